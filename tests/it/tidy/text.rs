//! Reads Rust source text well enough for the rules: code without comments and strings, paths, and which lines are tests.
//!
//! It is no parser: it blanks what is not code and follows braces, which is all that the rules need.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// One source file. All texts have the file's own lines, so that positions are its positions.
pub struct Source {
    /// Relative to the crate, such as `src/work/ingest.rs`.
    pub path: String,
    /// The file as it is.
    pub whole: String,
    /// Only code: comments and what stands in strings are blank.
    pub code: String,
    /// Only what stands in strings.
    pub strings: String,
    /// By line: whether it belongs to tests.
    pub tests: Vec<bool>,
}

impl Source {
    /// Reads one text as the file of that path.
    pub fn new(path: &str, whole: &str) -> Source {
        let (code, strings) = split(whole);
        let tests = test_lines(&code);
        Source { path: path.to_owned(), whole: whole.to_owned(), code, strings, tests }
    }

    /// "src/work/ingest.rs:12", for a byte position.
    pub fn at(&self, position: usize) -> String {
        format!("{}:{}", self.path, self.line(position) + 1)
    }

    /// Whether a position lies in tests.
    pub fn is_test(&self, position: usize) -> bool {
        self.tests.get(self.line(position)).copied().unwrap_or(false)
    }

    fn line(&self, position: usize) -> usize {
        self.whole.as_bytes()[..position.min(self.whole.len())].iter().filter(|byte| **byte == b'\n').count()
    }

    /// The places where one of the needles stands in the code, as a word of its own.
    pub fn finds(&self, needles: &[&str]) -> Vec<usize> {
        let mut places: Vec<usize> = needles.iter().flat_map(|needle| words(&self.code, needle)).collect();
        places.sort_unstable();
        places
    }

    /// The first segments of every path below `root` (`crate`, `super`), also of braced lists, with their places.
    pub fn segments(&self, root: &str) -> Vec<(usize, String)> {
        let mut found = Vec::new();
        for start in words(&self.code, root) {
            let after = &self.code[start + root.len()..];
            let Some(rest) = after.trim_start().strip_prefix("::") else { continue };
            let begin = self.code.len() - rest.len();
            match rest.trim_start().strip_prefix('{') {
                Some(list) => found.extend(listed(list, self.code.len() - list.len())),
                None => found.extend(Some((begin, word(rest))).filter(|(_, word)| !word.is_empty())),
            }
        }
        found
    }
}

/// The heads of a braced list: `a::{b, c}, d` gives a and d.
fn listed(list: &str, begin: usize) -> Vec<(usize, String)> {
    let (mut depth, mut head, mut found) = (1, true, Vec::new());
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => break,
            '}' => depth -= 1,
            ',' if depth == 1 => head = true,
            c if head && depth == 1 && is_word(c) => {
                found.push((begin + at, word(&list[at..])));
                head = false;
            }
            _ => {}
        }
    }
    found
}

fn word(text: &str) -> String {
    text.trim_start().chars().take_while(|c| is_word(*c)).collect()
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// Where `needle` stands with no letter, digit or underscore joined to it.
fn words(text: &str, needle: &str) -> Vec<usize> {
    let joined = |at: Option<char>, edge: Option<char>| at.is_some_and(is_word) && edge.is_some_and(is_word);
    text.match_indices(needle)
        .map(|(at, _)| at)
        .filter(|at| {
            let (before, after) = (text[..*at].chars().next_back(), text[at + needle.len()..].chars().next());
            !joined(before, needle.chars().next()) && !joined(after, needle.chars().next_back())
        })
        .collect()
}

/// What stands at a place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Code,
    Comment,
    Text,
}

/// The code and the contents of the strings, each with all else blanked.
fn split(whole: &str) -> (String, String) {
    let (mut code, mut strings) = (String::new(), String::new());
    let mut rest = whole;
    while !rest.is_empty() {
        let (part, length) = next(rest, code.chars().next_back());
        for c in rest[..length].chars() {
            let blank = if c == '\n' { "\n".to_owned() } else { " ".repeat(c.len_utf8()) };
            let shown = |wanted| if part == wanted { c.to_string() } else { blank.clone() };
            code.push_str(&shown(Part::Code));
            strings.push_str(&shown(Part::Text));
        }
        rest = &rest[length..];
    }
    (code, strings)
}

/// What begins here, and how long it is in bytes.
fn next(rest: &str, before: Option<char>) -> (Part, usize) {
    let first = rest.chars().next().map_or(1, char::len_utf8);
    if rest.starts_with("//") {
        (Part::Comment, rest.find('\n').unwrap_or(rest.len()))
    } else if rest.starts_with("/*") {
        (Part::Comment, rest.find("*/").map_or(rest.len(), |at| at + 2))
    } else if let Some(length) = raw_string(rest).filter(|_| !before.is_some_and(is_word)) {
        (Part::Text, length)
    } else if rest.starts_with('"') {
        (Part::Text, closed(rest, '"'))
    } else if is_char(rest) {
        (Part::Text, closed(rest, '\''))
    } else {
        (Part::Code, first)
    }
}

/// The length of `r"…"`, `r#"…"#` or `br"…"` here.
fn raw_string(rest: &str) -> Option<usize> {
    let body = rest.strip_prefix("br").or_else(|| rest.strip_prefix('r'))?;
    let hashes = body.chars().take_while(|c| *c == '#').count();
    let inside = body[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    Some(inside.find(&end).map_or(rest.len(), |at| rest.len() - inside.len() + at + end.len()))
}

/// Whether a character begins here, and not a lifetime.
fn is_char(rest: &str) -> bool {
    let mut chars = rest.chars();
    chars.next() == Some('\'') && (chars.next() == Some('\\') || chars.next() == Some('\''))
}

/// The length of what begins with a quote and ends with the next that is not escaped.
fn closed(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    rest.len()
}

/// The lines below a `#[cfg(test)]`: to the end of its item.
fn test_lines(code: &str) -> Vec<bool> {
    let mut tests = vec![false; code.split('\n').count()];
    for (at, _) in code.match_indices("#[cfg(test)]") {
        let line = |position: usize| code[..position].matches('\n').count();
        for test in &mut tests[line(at)..=line(at + item(&code[at..]))] {
            *test = true;
        }
    }
    tests
}

/// The length of the item here: to its closing brace, or to its semicolon.
fn item(code: &str) -> usize {
    let mut depth = 0;
    for (at, c) in code.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => return at,
            '}' => depth -= 1,
            ';' if depth == 0 => return at,
            _ => {}
        }
    }
    code.len()
}

/// Every Rust file below a folder of the crate, sorted; whole files of tests are marked as such.
pub fn read_all(folder: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources: Vec<Source> = files(&root.join(folder))
        .into_iter()
        .map(|file| {
            let path = file.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            Source::new(&path, &fs::read_to_string(&file).unwrap())
        })
        .collect();
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    let declared: Vec<String> = sources.iter().flat_map(test_files).collect();
    for source in &mut sources {
        let own = source.path.trim_end_matches(".rs").trim_end_matches("/mod").to_owned();
        if declared.iter().any(|test| own == *test || own.starts_with(&format!("{test}/"))) {
            source.tests.fill(true);
        }
    }
    sources
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// The modules in files of their own that a source declares for tests alone, such as `src/store/store_tests`.
fn test_files(source: &Source) -> Vec<String> {
    let (folder, name) = source.path.trim_end_matches(".rs").rsplit_once('/').unwrap();
    let inner = if matches!(name, "mod" | "lib" | "main") { folder.to_owned() } else { format!("{folder}/{name}") };
    let mut found = Vec::new();
    for (at, _) in source.code.match_indices("#[cfg(test)]") {
        let declared = &source.code[at..at + item(&source.code[at..])];
        if let Some((_, module)) = declared.split_once("mod ").filter(|_| !declared.contains('{')) {
            let named = source.strings[at..at + declared.len()].trim().trim_matches('"').trim_end_matches(".rs");
            let file = if named.is_empty() { module.trim() } else { named };
            found.push(format!("{}/{file}", if named.is_empty() { &inner } else { folder }));
        }
    }
    found
}

#[test]
fn only_code_is_read_as_code() {
    let source = Source::new(
        "src/a.rs",
        "//! use crate::x;\nuse crate::{b::{c, d}, e};\nlet s = \"crate::f \\\" {\"; let r = r#\"crate::g \" }\"#;\n\
         fn h<'a>(c: &'a str) -> char { '{' }\n#[cfg(test)]\nmod tests {\n use crate::i;\n}\nuse crate::j::k;\n",
    );
    let named: Vec<String> = source.segments("crate").into_iter().map(|(_, name)| name).collect();
    assert_eq!(named, ["b", "e", "i", "j"]);
    assert_eq!(source.tests, [false, false, false, false, true, true, true, true, false, false]);
    assert_eq!(source.at(source.finds(&["crate::j"])[0]), "src/a.rs:9");
    assert!(source.strings.contains("crate::f") && source.strings.contains("crate::g"));
}

#[test]
fn files_of_tests_are_known_by_their_declaration() {
    let of = |path: &str, code: &str| test_files(&Source::new(path, code));
    assert_eq!(
        of("src/store/mod.rs", "#[cfg(test)]\n#[path = \"store_tests.rs\"]\nmod tests;"),
        ["src/store/store_tests"]
    );
    assert_eq!(of("src/sources/mod.rs", "#[cfg(test)]\nmod fake;\nmod feed;"), ["src/sources/fake"]);
    assert_eq!(of("src/sources/feed.rs", "#[cfg(test)]\nmod tests;"), ["src/sources/feed/tests"]);
    assert_eq!(of("src/id.rs", "#[cfg(test)]\nmod tests {\n}"), [] as [&str; 0]);
}
