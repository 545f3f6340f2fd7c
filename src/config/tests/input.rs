//! Bad input of every kind: empty, huge, deep, cut off, no text at all.

use proptest::prelude::*;

use super::{GOOD, World};
use crate::config::Look;

/// Loads `text` and compares each problem, as "line:column: message; way out", in order.
#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let problems = World::new(text).bad();
    let found: Vec<String> =
        problems.list().iter().map(|problem| problem.to_string().replace("amends.toml:", "")).collect();
    assert_eq!(found, expected, "in:\n{text}");
}

const LOCATION: &str = "[[location]]\nname = \"A\"\ntimezone = \"Europe/Vienna\"\n";

#[test]
fn with_several_locations_each_source_names_its_own() {
    let text = LOCATION.to_owned() + GOOD;
    check(
        &text,
        &[
            "14:1: `location` is missing in [[source]] `house page`: there are several; write one of A, Hotel Alpenblick",
        ],
    );
}

#[test]
fn an_empty_file_says_what_to_write() {
    let expected = "there is no [[location]]; write one: name = \"Hotel Alpenblick\", timezone = \"Europe/Vienna\"; or let `amends init` do it";
    for text in ["", "\n\n", "# nothing\n", "\u{feff}", "\r\n"] {
        check(text, &[expected]);
    }
}

#[test]
fn a_file_that_is_no_text_is_refused() {
    let check = |bytes: &[u8], expected: &str| {
        let problems = World::new(bytes).bad();
        assert_eq!(problems.list()[0].to_string(), expected);
    };
    check(b"[web]\n\xff\xfe", "amends.toml:2:1: the file is not UTF-8 text; save it as UTF-8");
    check(b"\xff\xfea\0", "amends.toml:1:1: the file is not UTF-8 text; save it as UTF-8");
    check(&vec![b'#'; 5_000_000], "amends.toml:1:1: the file is larger than a megabyte; is it the right file?");
}

#[test]
fn deep_nesting_is_refused_at_its_place() {
    let deep = |text: String| World::new(text).bad().list()[0].to_string();
    assert!(deep("x = ".to_owned() + &"[".repeat(100_000)).starts_with("amends.toml:1:"));
    assert!(deep("x = ".to_owned() + &"{a=".repeat(100_000)).starts_with("amends.toml:1:"));
    assert!(deep(format!("[{}a]", "a.".repeat(10_000))).starts_with("amends.toml:1:"));
}

#[test]
fn a_file_full_of_problems_is_read_and_shown_in_bounds() {
    let text: String = (0..5_000).map(|n| format!("key{n} = {n}\n")).collect();
    let problems = World::new(text).bad();
    assert_eq!(problems.list().len(), 5_000);
    let shown = problems.render(Look::Plain);
    assert!(shown.ends_with("and 4950 more\n5000 problems\n"), "{}", &shown[shown.len() - 200..]);
}

#[test]
fn all_problems_of_all_files_are_found_in_one_pass() {
    let problems =
        World::new(GOOD.replace("every = \"15m\"", "every = 15").replace("to = [\"Maria\"]", "to = [\"Mia\"]"))
            .file("conf.d/10-more.toml", "[report]\nweekly = \"Mun 08:00\"\n[calendar.desk]\nhours = \"always\"\n")
            .file("conf.d/20-more.toml", "[web]\nlistn = \"127.0.0.1:1\"\n")
            .bad();
    let found: Vec<String> = problems
        .list()
        .iter()
        .map(|problem| problem.place.as_ref().map_or(String::new(), ToString::to_string))
        .collect();
    let expected = [
        "amends.toml:15:9",
        "amends.toml:28:7",
        "conf.d/10-more.toml:2:10",
        "conf.d/10-more.toml:4:1",
        "conf.d/20-more.toml:2:1",
    ];
    assert_eq!(found, expected);
}

#[test]
fn syntax_errors_of_all_files_are_found_in_one_pass() {
    let problems = World::new("x = \n").file("conf.d/a.toml", "[web\n").bad();
    assert_eq!(problems.list().len(), 2);
}

/// What is put in somewhere.
const PIECES: [&str; 19] =
    ["", "\"", "'''", "[", "]", "=", "\n", "{", "\r", "\0", "ä", "😀", "$", "${", "\t", "#", "1", ".", ","];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Whatever is cut out of the file or put into it, it is read, or it is refused without showing its secret.
    #[test]
    fn a_damaged_file_is_read_or_refused_without_showing_its_secret(
        at in 0usize..GOOD.len(),
        cut in 0usize..40,
        put in prop::sample::select(PIECES.to_vec()),
    ) {
        let end = (at + cut).min(GOOD.len());
        let text = format!("{}{put}{}", &GOOD[..at], &GOOD[end..]);
        // Where the damage is to the secret's own line, nothing says any more that it is one.
        let whole = text.contains("\ntopic = \"alpenblick-7f3k2q\"\n");
        if let Err(problems) = World::new(text).load() {
            for look in [Look::Plain, Look::Fancy] {
                prop_assert!(!whole || !problems.render(look).contains("alpenblick-7f3k2q"), "{}", problems.render(look));
            }
            prop_assert!(!problems.list().is_empty());
        }
    }

    #[test]
    fn any_text_at_all_is_read_or_refused(text in "\\PC{0,200}", bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let inside = format!("{GOOD}\n[smtp]\npassword = {text}");
        for world in [World::new(text), World::new(bytes), World::new(inside)] {
            if let Err(problems) = world.load() {
                prop_assert!(!problems.render(Look::Plain).is_empty());
            }
        }
    }
}
