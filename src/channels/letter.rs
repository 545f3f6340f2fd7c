//! The HTML of an alert's letter: one card, at most 600 pixels wide, for phones and for dark screens.
//!
//! It asks for nothing from elsewhere: no pictures, scripts or fonts. Addresses in a guest's words are broken up, so that mail programs do
//! not turn them into links.

use askama::Template;

use super::{
    Envelope,
    shown::{Guest, Page, Shown, button, line},
};
use crate::{
    alert::{Alert, Reason},
    judge::Severity,
    text,
};

/// The most bytes of a person's name.
const PERSON_BYTES_MAX: usize = 60;

/// The letter as HTML. Askama escapes every field; what a guest may have a hand in comes ready, from [`defang`].
#[derive(Template)]
#[template(path = "mail/alert.html")]
struct Html<'a> {
    look: Look,
    shown: &'a Shown,
    guest: Option<&'a Guest>,
    signed: String,
    title: String,
    words: String,
    lines: Vec<String>,
    button: &'static str,
    link: Option<&'a str>,
    page: Option<&'a Page>,
    greeting: Option<String>,
}

/// The colour of the band and the word on it; light first, then for dark letters.
struct Look {
    word: &'static str,
    colour: &'static str,
    class: &'static str,
}

/// Renders the letter with at most `words_bytes_max` bytes of the guest's words, before they are escaped.
pub(super) fn html(alert: &Alert, shown: &Shown, envelope: &Envelope, words_bytes_max: usize) -> String {
    let guest = shown.guest.as_ref();
    let words = guest.and_then(|guest| guest.words.as_deref()).unwrap_or_default();
    let title = guest.and_then(|guest| guest.title.as_deref()).unwrap_or_default();
    let letter = Html {
        look: look(alert),
        shown,
        guest,
        signed: guest.map(signed).unwrap_or_default(),
        title: defang(title),
        words: defang(&text::truncate_bytes(words, words_bytes_max)),
        lines: shown.lines.iter().map(|line| defang(line)).collect(),
        button: button(alert.reason),
        link: envelope.link.as_deref(),
        page: guest.and_then(|guest| guest.page.as_ref()),
        greeting: envelope.person.as_deref().map(|person| line(person, PERSON_BYTES_MAX)),
    };
    letter.render().expect("writing the template to a string cannot fail")
}

fn look(alert: &Alert) -> Look {
    let (word, colour, class) = match alert.reason {
        _ if alert.severity == Severity::Urgent => ("Urgent", "#b3261e", "bad"),
        Reason::NewNegative => ("New review", "#b4502b", "warm"),
        Reason::BecameNegative | Reason::Relapsed => ("Review lowered", "#b4502b", "warm"),
        Reason::TurnedAround => ("Turned around", "#2e7d4f", "good"),
        Reason::Improved => ("Review raised", "#2e7d4f", "good"),
        Reason::SourceHealed => ("Working again", "#2e7d4f", "good"),
        Reason::Due => ("Due", "#946200", "due"),
        Reason::Escalated => ("Still waiting", "#946200", "due"),
        Reason::Woke => ("Back on your list", "#946200", "due"),
        Reason::GuestSaid => ("The guest answered", "#44597a", "due"),
        Reason::Vanished => ("No longer shown", "#4a5a73", "calm"),
        Reason::Returned => ("Shown again", "#4a5a73", "calm"),
        Reason::Unrated => ("To read", "#4a5a73", "calm"),
        Reason::Baseline => ("First look", "#4a5a73", "calm"),
        Reason::SourceTrouble | Reason::SourceAnomaly | Reason::ChannelBroken => ("Needs a look", "#4a5a73", "calm"),
        Reason::WeeklyReport => ("Weekly report", "#4a5a73", "calm"),
        Reason::Test => ("Test", "#4a5a73", "calm"),
    };
    Look { word, colour, class }
}

/// The name and the date. `bdi` keeps a name in Arabic or Hebrew from turning the date round.
fn signed(guest: &Guest) -> String {
    let author = guest.author.as_deref().map(|author| format!("<bdi>{}</bdi>", defang(author)));
    author.into_iter().chain(guest.posted.clone()).collect::<Vec<_>>().join(", ")
}

/// Escapes a guest's words and breaks up what mail programs would turn into links: each `.` and `@` within a word gets a tag of its own.
fn defang(words: &str) -> String {
    let mut out = String::with_capacity(words.len() + 64);
    let mut chars = words.chars().peekable();
    let mut before = ' ';
    while let Some(c) = chars.next() {
        let inside = !before.is_whitespace() && chars.peek().is_some_and(|next| !next.is_whitespace());
        match c {
            '\n' => out.push_str("<br>"),
            '.' | '@' | ':' if inside => {
                out.push_str("<span>&#");
                out.push_str(&u32::from(c).to_string());
                out.push_str(";</span>");
            }
            c => out.push_str(&text::escape_html(c.encode_utf8(&mut [0; 4]))),
        }
        before = c;
    }
    out
}
