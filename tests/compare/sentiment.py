#!/usr/bin/env python3
"""Judges the same labelled English texts with `amends judge` and with the lexicon tools that people reach for, in one run.

usage: sentiment.py DIR --amends BIN [--cap N]

DIR holds *_en.jsonl[.gz], a line {"text", "label": "neg|neu|pos"} each; rows marked "mixed" are left out. The peers (vaderSentiment,
textblob, afinn) are installed from PyPI into a temporary environment. Prints, for each set and on the mean, precision, recall and F1 of
"negative" at each tool's own threshold, then texts a CPU-second and peak memory of each in a process of its own."""
import argparse
import glob
import gzip
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import venv

PEERS = ["vaderSentiment==3.3.2", "textblob==0.20.1", "afinn==0.1"]

# Runs in the temporary environment: texts in, one word a text out.
JUDGE = r"""
import json, resource, sys, time
tool, texts = sys.argv[1], [json.loads(line)["text"] for line in sys.stdin]
begin = time.process_time()
if tool == "vader":
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer
    judge = SentimentIntensityAnalyzer()
    scores = [judge.polarity_scores(text)["compound"] for text in texts]; low, high = -0.05, 0.05
elif tool == "textblob":
    from textblob import TextBlob
    scores = [TextBlob(text).sentiment.polarity for text in texts]; low, high = -1e-9, 1e-9
else:
    from afinn import Afinn
    judge = Afinn()
    scores = [judge.score(text) for text in texts]; low, high = -1e-9, 1e-9
spent = time.process_time() - begin
words = ["negative" if s <= low else "positive" if s >= high else "neutral" for s in scores]
print(json.dumps({"words": words, "seconds": spent, "peak_kb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}))
"""


def rows(path, cap):
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt") as file:
        found = [json.loads(line) for line in file]
    return [row for row in found if not row.get("mixed")][:cap]


def by_peer(python, tool, texts):
    lines = "".join(json.dumps({"text": text}) + "\n" for text in texts)
    done = subprocess.run([python, "-c", JUDGE, tool], input=lines, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def by_amends(binary, texts):
    lines = "".join(json.dumps({"text": text}) + "\n" for text in texts)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([binary, "judge"], input=lines, capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    words = [json.loads(line)["verdict"] for line in done.stdout.splitlines()]
    return {"words": words, "seconds": spent, "peak_kb": peak_of(binary, lines)}


def peak_of(binary, lines):
    """The peak of `amends` alone: RUSAGE_CHILDREN would give the largest child of all."""
    code = (
        "import resource, subprocess, sys; subprocess.run([sys.argv[1], 'judge'], stdin=sys.stdin, stdout=subprocess.DEVNULL);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    done = subprocess.run([sys.executable, "-c", code, binary], input=lines, capture_output=True, text=True, check=True)
    return int(done.stdout)


def measures(gold, said):
    hits = sum(g == "neg" and s == "negative" for g, s in zip(gold, said))
    precision = hits / max(1, sum(s == "negative" for s in said))
    recall = hits / max(1, gold.count("neg"))
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("dir")
    args.add_argument("--amends", default="target/release/amends")
    args.add_argument("--cap", type=int, default=1200)
    args = args.parse_args()
    paths = sorted(glob.glob(f"{args.dir}/*_en*.jsonl*"))
    if not paths:
        sys.exit(f"no *_en*.jsonl in {args.dir}")
    with tempfile.TemporaryDirectory() as home:
        venv.create(home, with_pip=True)
        python = os.path.join(home, "bin", "python")
        subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *PEERS], check=True)
        tools = {
            "amends": lambda texts: by_amends(args.amends, texts),
            **{tool: (lambda texts, tool=tool: by_peer(python, tool, texts)) for tool in ("vader", "textblob", "afinn")},
        }
        compare(paths, args.cap, tools)


def compare(paths, cap, tools):
    totals = {tool: {"f1": [], "texts": 0, "seconds": 0.0, "peak_kb": 0} for tool in tools}
    print(f"{'set':26}{'texts':>7}{'neg':>6}" + "".join(f"{tool:>24}" for tool in tools))
    print(" " * 39 + "       P      R      F1  " * len(tools))
    for path in paths:
        found = rows(path, cap)
        gold, texts = [row["label"] for row in found], [row["text"] for row in found]
        cells = ""
        for tool, judge in tools.items():
            done = judge(texts)
            figures = measures(gold, done["words"])
            cells += "   " + "".join(f"{figure:7.3f}" for figure in figures)
            total = totals[tool]
            total["f1"].append(figures[2])
            total["texts"] += len(texts)
            total["seconds"] += done["seconds"]
            total["peak_kb"] = max(total["peak_kb"], done["peak_kb"])
        print(f"{os.path.basename(path).split('.')[0]:26}{len(texts):7}{gold.count('neg'):6}{cells}")
    print("\ntool       mean F1   texts a CPU-second   peak MB   (amends with start-up and JSON, the peers without)")
    for tool, total in totals.items():
        rate = total["texts"] / max(1e-9, total["seconds"])
        print(f"{tool:10}{sum(total['f1']) / len(total['f1']):8.3f}{rate:18.0f}{total['peak_kb'] / 1024:15.0f}")


if __name__ == "__main__":
    main()
