#!/usr/bin/env python3
"""Compares `amends parse --kind page` with the Python library extruct, page by page.

    python3 -m venv /tmp/extruct && /tmp/extruct/bin/pip install extruct
    /tmp/extruct/bin/python tests/compare/extruct.py DIR --amends target/debug/amends

For each file of DIR it collects every distinct review (author, rating, words) that extruct finds as JSON-LD, microdata or
RDFa, and the ones that amends prints as JSON lines. A review that only extruct has is MISSING (exit 1); one that only amends
has is an extra, listed with the reason. It judges no other field, and it compares what is on the page, not what is true.

How two reviews are the same: words and names are unescaped, stripped of tags and compared without white space (where a blank
stands between two inline elements is a matter of rendering); ratings are compared as numbers where they are numbers; an author
that extruct gives as a link may be our author's id. A review on which extruct has neither author, rating nor words is left out.
"""

import argparse
import collections
import html
import json
import logging
import pathlib
import re
import subprocess
import sys

# This file has the library's name: look for the library elsewhere.
sys.path[:] = [place for place in sys.path if pathlib.Path(place or ".").resolve() != pathlib.Path(__file__).resolve().parent]
import extruct  # noqa: E402

SYNTAXES = ("json-ld", "microdata", "rdfa")
TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9]*(?:\s[^<>]*)?/?>")
CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?([\w-]+)", re.I)
NAMELESS = "no words, rating or author"


def folded(words):
    """Words without tags, entities and white space."""
    words = str(words or "")
    for _ in range(2):
        words = html.unescape(TAG.sub("", words))
    return re.sub(r"[\s\u200b\u200e\u200f\u2060\ufeff\u202a-\u202e\u2066-\u2069\x00-\x1f\x7f-\x9f]+", "", words).casefold()


def figure(rating):
    """A rating as a number, where it is one."""
    words = str("" if rating is None else rating).strip()
    try:
        return f"{float(words.replace(',', '.')):g}"
    except ValueError:
        number = re.search(r"\d+(?:[.,]\d+)?", words)
        return f"{float(number[0].replace(',', '.')):g}" if number else folded(words)


def local(name):
    return re.split(r"[/#:]", str(name))[-1]


def as_list(value):
    if value is None:
        return []
    return [inner for outer in value for inner in as_list(outer)] if isinstance(value, list) else [value]


class Graph:
    """extruct's three shapes as one: a node has types and properties by their local names."""

    def __init__(self, roots):
        self.by_id = {}
        self.nodes = []
        for root in roots:
            self.add(root)

    def add(self, value):
        for one in as_list(value):
            if not isinstance(one, dict):
                continue
            self.nodes.append(one)
            if "@id" in one and len(one) > len(self.by_id.get(one["@id"], {})):
                self.by_id[one["@id"]] = one
            for inner in one.values():
                self.add(inner)

    def types(self, node):
        return [local(name) for name in as_list(node.get("@type", node.get("type"))) if isinstance(name, str)]

    def get(self, node, *names):
        """The values of the first of these properties that is there."""
        if isinstance(node.get("properties"), dict):
            node = node["properties"]
        for name in names:
            for key in node:
                if local(key) == name and as_list(node[key]):
                    return [self.resolve(value) for value in as_list(node[key])]
        return []

    def resolve(self, value):
        if isinstance(value, dict) and set(value) <= {"@id", "@type"}:
            return self.by_id.get(value.get("@id"), value)
        return value

    def words(self, value, *names):
        """What a value says: itself, its `@value`, or the first of these properties."""
        if not isinstance(value, dict):
            return value
        if "@value" in value:
            return value["@value"]
        for inner in self.get(value, *names):
            said = self.words(inner, *names)
            if said not in (None, ""):
                return said
        return value.get("value") if not names or "properties" not in value else None

    def reviews(self):
        for node in self.nodes:
            if any(name.endswith("Review") for name in self.types(node)) and set(node) - {"@id", "@type", "type"}:
                yield self.review(node)

    def review(self, node):
        first = lambda values: next((v for v in values if v not in (None, "", {})), None)
        author = self.words(first(self.get(node, "author", "creator")), "name", "alternateName")
        if author is None and (person := first(self.get(node, "author", "creator"))):
            author = person.get("@id") if isinstance(person, dict) else person
        rating = None
        for value in self.get(node, "reviewRating", "ratingValue"):
            rating = self.words(value, "ratingValue") if isinstance(value, dict) else value
            if rating not in (None, ""):
                break
        text = None
        for name in ("reviewBody", "description", "text"):
            parts = [self.words(part, "text") for part in self.get(node, name)]
            text = "\n".join(str(part) for part in parts if part not in (None, ""))
            if folded(text):
                break
        author = "" if str(author or "").startswith("_:") else author  # a person without a name
        return (str(author or ""), figure(rating), folded(text))


def decoded(raw):
    """A page's text by its mark, its own statement, or UTF-8 if that fits, or else windows-1252."""
    stated = CHARSET.search(raw[:4096])
    name = "utf-8-sig" if raw.startswith(b"\xef\xbb\xbf") else stated[1].decode() if stated else "utf-8"
    try:
        words = raw.decode(name, "replace")
    except LookupError:
        words = raw.decode("utf-8", "replace")
    if not stated and words.count("\ufffd") * 4 >= sum(not c.isascii() and c != "\ufffd" for c in words):
        return raw.decode("cp1252", "replace") if "\ufffd" in words else words
    return words


def by_extruct(raw):
    """What extruct finds, by review, with the syntaxes that hold it."""
    found = collections.defaultdict(set)
    page = decoded(raw).encode("utf-8", "replace")
    for syntax in SYNTAXES:
        try:
            roots = extruct.extract(page, encoding="UTF-8", syntaxes=[syntax], errors="strict").get(syntax, [])
        except Exception as error:  # extruct gives up on all scripts of a page if one is damaged
            found[None].add(f"extruct cannot read the {syntax}: {type(error).__name__}")
            continue
        for review in Graph(roots).reviews():
            found[review].add(syntax)
    return found


def by_amends(amends, file):
    """What `amends parse` prints, one review a line; its exit code, too."""
    run = subprocess.run([amends, "parse", "--kind", "page", str(file)], capture_output=True, timeout=120)
    if run.returncode not in (0, 1, 2, 3):
        raise SystemExit(f"{file}: amends ended with {run.returncode}: {run.stderr.decode('utf-8', 'replace')}")
    return [json.loads(line) for line in run.stdout.splitlines() if line.strip()], run.returncode


def matches(theirs, ours):
    author, rating, text = theirs
    names = {folded(ours.get("author")), folded(ours.get("author_id"))}
    same_author = folded(author) in names or (not names - {""} and not author)
    # A link as the author: extruct gives the address, we the words of the link.
    same_author = same_author or re.match(r"https?://|/", author or "") is not None
    words = {folded(ours.get("text")), folded((ours.get("text") or "") + (ours.get("title") or ""))}
    return same_author and rating == figure(ours.get("stars")) and text in words


def reason(ours, troubles):
    """Why extruct may lack a review of ours."""
    if troubles:
        return "; ".join(sorted(troubles))
    if not any((ours.get("author"), ours.get("text"), ours.get("stars"))):
        return NAMELESS
    return "extruct gives no such review: an untyped `review`, a repaired script, or fields that it leaves empty"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("dir", type=pathlib.Path)
    parser.add_argument("--amends", default="target/debug/amends")
    parser.add_argument("--quiet", action="store_true", help="only totals and what is missing")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    totals = collections.Counter()
    for file in sorted(path for path in options.dir.rglob("*") if path.is_file()):
        theirs = by_extruct(file.read_bytes())
        troubles = theirs.pop(None, set())
        ours, code = by_amends(options.amends, file)
        missing = [t for t in theirs if any(t) and not any(matches(t, o) for o in ours)]
        extras = [o for o in ours if not any(matches(t, o) for t in theirs)]
        totals.update(files=1, extruct=len(theirs), amends=len(ours), missing=len(missing), extras=len(extras))
        totals.update(pages_with_reviews=bool(theirs or ours), refused=code == 3, failed=code in (1, 2), troubled=bool(troubles))
        if not options.quiet and (theirs or ours or troubles):
            print(f"{file.name}: extruct {len(theirs)}, amends {len(ours)} (exit {code})")
        for review in missing:
            print(f"  MISSING in {file.name} ({', '.join(sorted(theirs[review]))}): {review!r:.300}")
        for extra in extras if not options.quiet else []:
            shown = {key: str(extra.get(key))[:60] for key in ("author", "stars", "text")}
            print(f"  extra: {shown}: {reason(extra, troubles)}")
    print(json.dumps(totals))
    if not totals["extruct"]:
        sys.exit("extruct found no review at all: nothing was compared")
    sys.exit(1 if totals["missing"] else 0)


if __name__ == "__main__":
    main()
