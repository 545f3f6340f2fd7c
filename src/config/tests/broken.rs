//! Broken configurations: each is refused, and the message names the key and the line.

use super::{GOOD, World};

/// Loads `text` and compares each problem, as "line:column message; way out", in order.
#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let problems = World::new(text).bad();
    let found: Vec<String> =
        problems.list().iter().map(|problem| problem.to_string().replace("amends.toml:", "")).collect();
    assert_eq!(found, expected, "in:\n{text}");
}

/// Replaces a line of the good configuration and expects one problem.
#[track_caller]
fn broken(line: &str, by: &str, expected: &str) {
    assert!(GOOD.contains(line), "{line}");
    check(&GOOD.replacen(line, by, 1), &[expected]);
}

const LOCATION: &str = "[[location]]\nname = \"A\"\ntimezone = \"Europe/Vienna\"\n";

#[test]
fn unknown_keys_are_refused_with_the_nearest_one() {
    broken("timezone =", "timezome =", "");
}
