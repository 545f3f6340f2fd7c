//! What is said on the terminal: calm lines of at most 80 columns, in colour only where there is a terminal that wants it.
//!
//! It decides nothing and knows no story.

use std::io::Write;

use jiff::{Timestamp, tz::TimeZone};
use unicode_segmentation::UnicodeSegmentation;

/// The width of a line.
const COLUMNS: usize = 80;
/// Where the words of a line begin: behind the time and the mark.
const INDENT: usize = 15;

/// Whether lines carry colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// For a terminal.
    Shown,
    /// For a file, a program, or `NO_COLOR`.
    Left,
}

/// What kind of line it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A guest did something on a site.
    Guest,
    /// The daemon saw something.
    Seen,
    /// A telephone rang.
    Alert,
    /// A person did something.
    Person,
    /// Something was refused.
    Refused,
    /// A guest is content again.
    Turned,
    /// Other news.
    News,
}

impl Mark {
    fn sign(self) -> &'static str {
        match self {
            Mark::Guest => "●",
            Mark::Seen => "◉",
            Mark::Alert => "→",
            Mark::Person => "✓",
            Mark::Refused => "✗",
            Mark::Turned => "★",
            Mark::News => "·",
        }
    }

    /// The SGR colour of the sign.
    fn colour(self) -> &'static str {
        match self {
            Mark::Guest => "31",
            Mark::Seen => "36",
            Mark::Alert => "1;36",
            Mark::Person => "32",
            Mark::Refused => "33",
            Mark::Turned => "1;33",
            Mark::News => "2",
        }
    }
}

/// Says what happens.
pub struct Narrator {
    colours: Colours,
    zone: TimeZone,
}

impl Narrator {
    /// Speaks with the clock of a zone.
    #[must_use]
    pub fn new(colours: Colours, zone: TimeZone) -> Self {
        Narrator { colours, zone }
    }

    /// Something happened at `at`, by the hotel's clock.
    pub fn happened(&self, at: Timestamp, mark: Mark, words: &str) {
        let time = at.to_zoned(self.zone.clone()).strftime("%a %H:%M").to_string();
        let mut lines = wrap(words, COLUMNS - INDENT).into_iter();
        let first = lines.next().unwrap_or_default();
        self.print(&format!(" {}  {}  {first}", self.paint("2", &time), self.paint(mark.colour(), mark.sign())));
        lines.for_each(|line| self.print(&format!("{:INDENT$}{line}", "")));
    }

    /// A heading with room above it.
    pub fn heading(&self, words: &str) {
        self.print("");
        self.print(&format!(" {}", self.paint("1", words)));
    }

    /// A plain line, folded where it is too long; the second and later lines are as far in as the first.
    pub fn line(&self, words: &str) {
        let indent = words.len() - words.trim_start().len();
        if words.trim().is_empty() {
            self.print("");
        }
        for line in wrap(words, COLUMNS - 1 - indent) {
            self.print(&format!(" {:indent$}{line}", ""));
        }
    }

    /// A line that must stay whole: a link, a command, a line of the report.
    pub fn whole(&self, line: &str) {
        self.print(line);
    }

    /// A thing that had to happen and did.
    pub fn happened_in_list(&self, words: &str) {
        self.item(&self.paint("32", "✓"), words);
    }

    /// A thing that had to happen and did not.
    pub fn missing_in_list(&self, words: &str) {
        self.item(&self.paint("31", "✗"), words);
    }

    fn item(&self, sign: &str, words: &str) {
        let mut lines = wrap(words, COLUMNS - 7).into_iter();
        self.print(&format!("   {sign}  {}", lines.next().unwrap_or_default()));
        lines.for_each(|line| self.print(&format!("      {line}")));
    }

    fn paint(&self, colour: &str, words: &str) -> String {
        match self.colours {
            Colours::Shown => format!("\x1b[{colour}m{words}\x1b[0m"),
            Colours::Left => words.to_owned(),
        }
    }

    /// A reader that went away is no reason to stop a story.
    fn print(&self, line: &str) {
        let _ = writeln!(std::io::stdout().lock(), "{}", line.trim_end());
    }
}

/// Words in lines of at most `columns`; a word that is longer stays whole.
fn wrap(words: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width(line) + 1 + width(word) <= columns => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    lines
}

fn width(words: &str) -> usize {
    words.graphemes(true).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(words: &str, columns: usize, expected: &[&str]) {
        assert_eq!(wrap(words, columns), expected);
    }

    #[test]
    fn words_are_folded_and_a_long_one_stays_whole() {
        check("", 10, &[]);
        check("one two three", 7, &["one two", "three"]);
        check("see http://127.0.0.1:26363/case now", 8, &["see", "http://127.0.0.1:26363/case", "now"]);
        check("★★★★★ “größer”", 8, &["★★★★★", "“größer”"]);
    }

    #[test]
    fn colours_are_left_out_where_they_are_not_wanted() {
        let narrator = |colours| Narrator::new(colours, TimeZone::UTC);
        assert_eq!(narrator(Colours::Left).paint("31", "x"), "x");
        assert_eq!(narrator(Colours::Shown).paint("31", "x"), "\u{1b}[31mx\u{1b}[0m");
    }
}
