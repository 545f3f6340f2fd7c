//! The review as the page shows it, and its former versions. Everything in it was written by a stranger and is escaped by the template.

use url::Url;

use super::{
    super::when::{self, When},
    Seen,
};
use crate::{
    review::{Content, Rating},
    store::voices::Voice,
};

/// The review as it stands.
pub struct Guest {
    /// The rating, if there is one.
    pub rating: Option<Stars>,
    /// The guest's name.
    pub author: Option<String>,
    /// What they wrote.
    pub words: Words,
    /// The source's name.
    pub source: String,
    /// What was reviewed.
    pub item: Option<String>,
    /// Where to read it, and that place's host.
    pub link: Option<(String, String)>,
    /// When it was posted.
    pub posted: Option<When>,
    /// When we saw it first.
    pub first_seen: When,
    /// The public answer.
    pub reply: Option<String>,
}

/// A rating for eyes and for ears.
pub struct Stars {
    /// "★★☆☆☆", which is not read aloud.
    pub drawn: String,
    /// "2 of 5".
    pub words: String,
}

/// What a guest wrote.
pub struct Words {
    /// The headline.
    pub title: Option<String>,
    /// The text.
    pub text: Option<String>,
    /// A BCP 47 tag.
    pub language: Option<String>,
}

/// What the same guest said elsewhere.
pub struct Elsewhere {
    /// The review's number.
    pub review: i64,
    /// The source's name.
    pub source: String,
    /// By what the guest is known.
    pub because: &'static str,
    /// When we saw it.
    pub seen: When,
    /// Its rating.
    pub rating: Option<Stars>,
    /// Its words.
    pub words: Words,
    /// Where to read it, and that place's host.
    pub link: Option<(String, String)>,
}

/// A former version.
pub struct Before {
    /// When we saw it.
    pub seen: When,
    /// Its rating.
    pub rating: Option<Stars>,
    /// Its words.
    pub words: Words,
}

/// The review as it stands.
pub fn guest(seen: &Seen) -> Guest {
    let (review, zone, now) = (&seen.file.review, &seen.place.zone, seen.now);
    Guest {
        rating: review.content.rating.as_ref().map(stars),
        author: review.author.clone().filter(|author| !author.trim().is_empty()),
        words: words(&review.content, review.verdict.language.as_deref()),
        source: review.source.clone(),
        item: review.item.clone(),
        link: review.url.as_deref().and_then(link),
        posted: review.posted_at.map(|at| when::posted(at, review.precision, zone, now)),
        first_seen: when::when(review.first_seen_at, zone, now),
        reply: review.content.reply.as_ref().map(|reply| reply.text.clone()),
    }
}

/// What the same guest said elsewhere, in the order in which it came.
pub fn elsewhere(seen: &Seen) -> Vec<Elsewhere> {
    let voices = seen.file.voices.iter();
    voices
        .map(|Voice { kin, joined_at, review }| Elsewhere {
            review: review.id.0,
            source: review.source.clone(),
            because: kin.in_words(),
            seen: when::when(*joined_at, &seen.place.zone, seen.now),
            rating: review.content.rating.as_ref().map(stars),
            words: words(&review.content, review.verdict.language.as_deref()),
            link: review.url.as_deref().and_then(link),
        })
        .collect()
}

/// The former versions, the latest one first.
pub fn before(seen: &Seen) -> Vec<Before> {
    let former = seen.versions.iter().rev().filter(|version| version.number != seen.file.review.version);
    former
        .map(|version| Before {
            seen: when::when(version.seen_at, &seen.place.zone, seen.now),
            rating: version.content.rating.as_ref().map(stars),
            words: words(&version.content, version.verdict.language.as_deref()),
        })
        .collect()
}

fn stars(rating: &Rating) -> Stars {
    let full = rating.as_stars().min(5);
    Stars { drawn: format!("{}{}", "★".repeat(full), "☆".repeat(5 - full)), words: rating.in_words() }
}

fn words(content: &Content, judged: Option<&str>) -> Words {
    let language = content.language.as_deref().or(judged).filter(|tag| is_language(tag));
    Words { title: content.title.clone(), text: content.text.clone(), language: language.map(str::to_owned) }
}

/// Whether a platform's tag can stand in a `lang` attribute; some send "English (US)".
fn is_language(tag: &str) -> bool {
    (2..=35).contains(&tag.len())
        && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && tag.bytes().take_while(|byte| *byte != b'-').count() <= 3
}

/// A link that leads to a page and runs nothing.
fn link(url: &str) -> Option<(String, String)> {
    let url = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let host = url.host_str()?.to_owned();
    Some((url.into(), host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_web_address_becomes_a_link() {
        assert_eq!(link("https://site.example/a?b"), Some(("https://site.example/a?b".into(), "site.example".into())));
        for hostile in ["javascript:alert(1)", "data:text/html,x", "//site.example", "", "file:///etc/passwd"] {
            assert_eq!(link(hostile), None, "{hostile}");
        }
    }

    #[test]
    fn only_a_language_tag_becomes_a_lang_attribute() {
        for (tag, good) in [
            ("en", true),
            ("de-AT", true),
            ("zh-Hant-TW", true),
            ("English", false),
            ("", false),
            ("e", false),
            ("en\"", false),
        ] {
            assert_eq!(is_language(tag), good, "{tag}");
        }
    }
}
