//! The platforms' own mails to an owner: "you have a new review". Where a place offers no other way in, they open the case.
//!
//! Their wording changes without notice, so little is asked of it: a sender of the platform, a subject that speaks of a review, and
//! stars if they are found. Senders and subjects are from people's notes, unverified.

use url::Url;

use crate::review::RawRating;

/// A platform by the domain that its mails come from.
const PLATFORMS: &[(&str, &str)] = &[
    ("agoda.com", "Agoda"),
    ("airbnb.com", "Airbnb"),
    ("booking.com", "Booking.com"),
    ("expedia.com", "Expedia"),
    ("expediagroup.com", "Expedia"),
    ("expediapartnercentral.com", "Expedia"),
    ("facebookmail.com", "Facebook"),
    ("feefo.com", "Feefo"),
    ("google.com", "Google"),
    ("holidaycheck.com", "HolidayCheck"),
    ("holidaycheck.de", "HolidayCheck"),
    ("hostelworld.com", "Hostelworld"),
    ("hotels.com", "Hotels.com"),
    ("judge.me", "Judge.me"),
    ("opentable.com", "OpenTable"),
    ("reviews.io", "Reviews.io"),
    ("stamped.io", "Stamped"),
    ("thefork.com", "TheFork"),
    ("tripadvisor.com", "Tripadvisor"),
    ("trustpilot.com", "Trustpilot"),
    ("trustpilotmail.com", "Trustpilot"),
    ("vrbo.com", "Vrbo"),
    ("yelp.com", "Yelp"),
    ("yotpo.com", "Yotpo"),
];
/// Words of a subject that speaks of a review.
const REVIEW: &[&str] = &[
    "review",
    "bewertung",
    "avis",
    "recensione",
    "recensioni",
    "reseña",
    "opinión",
    "opinion",
    "beoordeling",
    "avaliação",
    "recenz",
    "anmeldelse",
    "omdöme",
    "recension",
    "arvostelu",
    "arvio",
    "értékelés",
    "κριτική",
    "отзыв",
    "yorum",
    "口コミ",
    "评价",
    "评论",
];
/// Words of a subject that speaks of something else: a reminder, advice, the owner's own asking.
const OTHER: &[&str] = &["tips", "tipps", "how to", "webinar", "invoice", "rechnung", "summary", "digest"];
/// What stars are called, as beginnings of words.
const STARS: &[&str] = &[
    "star",
    "stern",
    "étoile",
    "etoile",
    "estrella",
    "stell",
    "ster",
    "estrela",
    "stjärn",
    "stjern",
    "gwiazd",
    "hvězd",
    "tähte",
    "csillag",
    "αστέρι",
    "звезд",
    "yıldız",
    "★",
    "⭐",
];
/// What stands between a rating and the best one, from longest to shortest.
const OF: &[&str] = &[" out of ", " von ", " sur ", " van ", " de ", " su ", " av ", " z ", "/", " / ", " of "];
/// How far into a mail stars are looked for.
const LOOK_CHARS: usize = 3_000;

/// The platform that a mail comes from.
pub(super) fn platform(sender: &str) -> Option<&'static str> {
    let domain = sender.rsplit_once('@')?.1.to_lowercase();
    let is_of = |known: &str| domain == known || domain.strip_suffix(known).is_some_and(|front| front.ends_with('.'));
    let found = PLATFORMS.iter().find(|(known, _)| is_of(known)).map(|(_, name)| *name)?;
    // Google's domain writes of everything.
    let is_business = |local: &str| ["business", "local", "maps"].iter().any(|word| local.contains(word));
    (found != "Google" || is_business(&sender.to_lowercase())).then_some(found)
}

/// Whether a subject tells of a review.
pub(super) fn tells_of_a_review(subject: &str) -> bool {
    let subject = subject.to_lowercase();
    REVIEW.iter().any(|word| subject.contains(word)) && !OTHER.iter().any(|word| subject.contains(word))
}

/// The stars that a mail names, in its subject or near its beginning.
pub(super) fn stars(subject: &str, text: &str) -> Option<RawRating> {
    let start: String = text.chars().take(LOOK_CHARS).collect();
    stars_in(subject).or_else(|| stars_in(&start))
}

fn stars_in(text: &str) -> Option<RawRating> {
    let drawn =
        text.chars().skip_while(|c| *c != '★' && *c != '⭐').take_while(|c| matches!(c, '★' | '⭐' | '\u{fe0f}'));
    let drawn = drawn.filter(|c| *c != '\u{fe0f}').count();
    if (1..=5).contains(&drawn) && !text.contains("★★★★★★") {
        return Some(RawRating::on(drawn as f64, 1.0, 5.0));
    }
    let lower = text.to_lowercase();
    numbers(&lower).find_map(|(value, after)| {
        let best = OF.iter().find_map(|of| number(after.strip_prefix(of)?)).map(|(best, _)| best);
        match best {
            Some(best) if (best == 5.0 || best == 10.0) && value <= best => Some(RawRating::on(value, 1.0, best)),
            Some(_) => None,
            None => {
                let word = after.trim_start_matches([' ', '-', '\u{a0}', '\u{2011}']);
                let is_stars = STARS.iter().any(|stars| word.starts_with(stars));
                (is_stars && (1.0..=5.0).contains(&value)).then(|| RawRating::on(value, 1.0, 5.0))
            }
        }
    })
}

/// Every number of a text with what stands behind it.
fn numbers(text: &str) -> impl Iterator<Item = (f64, &str)> {
    let starts = text.char_indices().filter(|(at, c)| {
        c.is_ascii_digit()
            && !text[..*at].ends_with(|before: char| before.is_alphanumeric() || matches!(before, '.' | ',' | '/'))
    });
    starts.filter_map(|(at, _)| number(&text[at..]))
}

/// A number with at most two digits before and one behind a point or comma.
fn number(text: &str) -> Option<(f64, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 || digits > 2 {
        return None;
    }
    let (whole, rest) = text.split_at(digits);
    let fraction = rest.strip_prefix(['.', ',']).filter(|behind| behind.starts_with(|c: char| c.is_ascii_digit()));
    let Some(fraction) = fraction else { return Some((whole.parse().ok()?, rest)) };
    let length = fraction.bytes().take_while(u8::is_ascii_digit).count();
    Some((format!("{whole}.{}", &fraction[..length]).parse().ok()?, &fraction[length..]))
}

/// The first address in a text that leads to the platform.
pub(super) fn link(text: &str, sender: &str) -> Option<String> {
    let domain = sender.rsplit_once('@')?.1.to_lowercase();
    let main = PLATFORMS.iter().map(|(known, _)| *known).find(|known| domain.ends_with(known))?;
    let starts = text.match_indices("https://").map(|(at, _)| &text[at..]);
    let ends = |c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | ')' | ']');
    starts.map(|rest| &rest[..rest.find(ends).unwrap_or(rest.len())]).find_map(|address| {
        let url = Url::parse(address).ok()?;
        url.host_str().is_some_and(|host| host == main || host.ends_with(&format!(".{main}"))).then(|| url.into())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platforms_are_known_by_their_whole_domain() {
        for (sender, expected) in [
            ("noreply@e.tripadvisor.com", Some("Tripadvisor")),
            ("noreply@booking.com", Some("Booking.com")),
            ("businessprofile-noreply@google.com", Some("Google")),
            ("calendar-notification@google.com", None),
            ("me@nottripadvisor.com", None),
            ("nobody", None),
        ] {
            assert_eq!(platform(sender), expected, "{sender}");
        }
    }

    #[test]
    fn stars_are_found_however_they_are_written() {
        for (text, expected) in [
            ("Mira left a 2-star review", Some((2.0, 5.0))),
            ("Neue Bewertung: 1 Stern", Some((1.0, 5.0))),
            ("Nouvel avis : 3 étoiles", Some((3.0, 5.0))),
            ("New review: ★★☆☆☆", Some((2.0, 5.0))),
            ("A guest rated you 4.5/10", Some((4.5, 10.0))),
            ("Gast bewertet mit 6,0 von 10", Some((6.0, 10.0))),
            ("Rated 3 out of 5", Some((3.0, 5.0))),
            ("On 24/10 a guest wrote", None),
            ("Booking 4711 in 2026", None),
            ("12 reviews this month", None),
            ("", None),
        ] {
            let expected = expected.map(|(value, best)| RawRating::on(value, 1.0, best));
            assert_eq!(stars(text, ""), expected, "{text}");
        }
    }

    #[test]
    fn advice_and_other_mails_are_no_notices() {
        assert!(tells_of_a_review("You have a new review") && tells_of_a_review("Neue Bewertung für Hotel Alba"));
        assert!(!tells_of_a_review("5 tips to get more reviews") && !tells_of_a_review("Your reservation"));
    }

    #[test]
    fn the_link_leads_to_the_platform_itself() {
        let text = "See https://tracker.example/x and <https://www.tripadvisor.com/Review-1>";
        assert_eq!(link(text, "a@e.tripadvisor.com").as_deref(), Some("https://www.tripadvisor.com/Review-1"));
        assert_eq!(link("https://evil-tripadvisor.com/", "a@tripadvisor.com"), None);
    }
}
