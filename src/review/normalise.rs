//! From raw sightings to one common form; what cannot be used is rejected with its reason, and the others go on.

use std::collections::HashSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Key, PostedAt, Rating, Reply, Sighting};
use crate::{id, text};

/// The most graphemes of a review's words that are kept.
pub const TEXT_GRAPHEMES_MAX: usize = 20_000;
/// The most graphemes of a title, a name or an id that are kept.
pub const LINE_GRAPHEMES_MAX: usize = 500;

/// The longest link that is kept, in bytes.
const LINK_BYTES_MAX: usize = 2_000;

/// A review in the common form.
#[derive(Clone, Debug, PartialEq)]
pub struct Normal {
    /// What identifies it; rating and text are never part of that.
    pub key: Key,
    /// The platform's own id, if it gives one.
    pub external_id: Option<String>,
    /// What was reviewed, where a page shows several things.
    pub item: Option<String>,
    /// The guest's displayed name.
    pub author: Option<String>,
    /// The platform's id of the guest.
    pub author_id: Option<String>,
    /// When it was posted; never later than when we saw it.
    pub posted_at: Option<PostedAt>,
    /// Where to read it: http or https only.
    pub url: Option<String>,
    /// Whether the platform says that the guest took it back.
    pub withdrawn: bool,
    /// What may change from version to version.
    pub content: Content,
    /// The [`Content::hash`] of that.
    pub hash: String,
}

impl Normal {
    /// What a stored review is found by: the key's base, and the hash of what it says.
    #[must_use]
    pub fn key_and_hash(&self) -> (&str, &str) {
        (self.key.base(), &self.hash)
    }
}

/// What a guest can change, and the public answer: one version of a review.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Content {
    /// The rating, if there is one.
    pub rating: Option<Rating>,
    /// The headline.
    pub title: Option<String>,
    /// The words.
    pub text: Option<String>,
    /// A BCP 47 tag, if the platform gives one.
    pub language: Option<String>,
    /// When the platform says it was changed.
    pub edited_at: Option<Timestamp>,
    /// The public answer.
    pub reply: Option<Reply>,
    /// Whether it was said to few or to the business alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub private: bool,
}

/// A sighting that could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Why, as a sentence for the owner.
    pub reason: String,
    /// A key of the sighting, so that the same one is told once.
    pub key: String,
}

impl Content {
    /// The SHA-256 over what a change would change: rating, title, text, answer. Times of the platform are left out.
    #[must_use]
    pub fn hash(&self) -> String {
        let rating = self.rating.as_ref().map(|r| format!("{:.4}", r.value)).unwrap_or_default();
        let reply = self.reply.as_ref().map(|reply| reply.text.as_str());
        let words = [self.title.as_deref(), self.text.as_deref(), reply];
        let [title, text, reply] = words.map(|words| text::fold_whitespace(words.unwrap_or_default()));
        id::stable("c", &[&rating, &title, &text, &reply])
    }

    /// Title and text in one, for judging and comparing.
    #[must_use]
    pub fn words(&self) -> String {
        [self.title.as_deref(), self.text.as_deref()].into_iter().flatten().collect::<Vec<_>>().join("\n")
    }
}

/// Makes a batch of sightings alike, in their order; exact copies within the batch count once.
#[must_use]
pub fn normalise(sightings: Vec<Sighting>, now: Timestamp) -> (Vec<Normal>, Vec<Rejected>) {
    let (mut normals, mut rejected) = (Vec::with_capacity(sightings.len()), Vec::new());
    let (mut seen, mut links) = (HashSet::new(), Links::default());
    for sighting in sightings {
        match one(sighting, &mut links, now) {
            Ok(normal) => {
                let told_apart = normal.content.text.is_none() && !normal.key.is_own();
                if told_apart || seen.insert((normal.key.base().to_owned(), normal.hash.clone())) {
                    normals.push(normal);
                }
            }
            Err(reason) => rejected.push(reason),
        }
    }
    (normals, rejected)
}

fn one(sighting: Sighting, links: &mut Links, now: Timestamp) -> Result<Normal, Rejected> {
    let reject =
        |sighting: &Sighting, reason: String| Rejected { reason, key: id::stable("r", &[&format!("{sighting:?}")]) };
    let (title, words) = (line(sighting.title.as_deref()), body(sighting.text.as_deref()));
    let rating = match sighting.rating.as_ref().map(Rating::understand) {
        None => None,
        Some(Ok(rating)) => rating,
        Some(Err(error)) if title.is_none() && words.is_none() => return Err(reject(&sighting, error.to_string())),
        Some(Err(_)) => None,
    };
    let says_something = rating.is_some() || title.is_some() || words.is_some();
    if !says_something && (!sighting.withdrawn || sighting.id.is_none()) {
        return Err(reject(&sighting, "it has neither a rating nor words".to_owned()));
    }
    let posted_at = sighting.posted_at.map(|posted| PostedAt { at: posted.at.min(now), ..posted });
    let key = Key::of(&sighting);
    let (external_id, item) = (line(sighting.id.as_deref()), line(sighting.item.as_deref()));
    let (author, author_id) = (line(sighting.author.as_deref()), line(sighting.author_id.as_deref()));
    let reply = sighting
        .reply
        .and_then(|reply| Some(Reply { text: body(Some(&reply.text))?, at: reply.at.map(|at| at.min(now)) }));
    let content = Content {
        rating,
        title,
        text: words,
        language: line(sighting.language.as_deref()),
        edited_at: sighting.edited_at.map(|at| at.min(now)),
        reply,
        private: sighting.private,
    };
    Ok(Normal {
        key,
        external_id,
        item,
        author,
        author_id,
        posted_at,
        withdrawn: sighting.withdrawn,
        url: sighting.url.filter(|url| links.lead_to_the_web(url)),
        hash: content.hash(),
        content,
    })
}

/// Tells links to the web from others. Those of one page mostly lead to one site, which is read once.
#[derive(Default)]
struct Links {
    /// The last link that did, up to the first slash of its path.
    site: String,
}

impl Links {
    fn lead_to_the_web(&mut self, link: &str) -> bool {
        if link.len() > LINK_BYTES_MAX {
            return false;
        }
        // Whatever follows that slash can be no error.
        if !self.site.is_empty() && link.starts_with(&self.site) {
            return true;
        }
        let leads = url::Url::parse(link).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        if leads {
            self.site = site(link).unwrap_or_default().to_owned();
        }
        leads
    }
}

/// A link up to the first slash of its path, if it is written as usual.
fn site(link: &str) -> Option<&str> {
    let begin = link.find("://")? + "://".len();
    let host = &link[begin..begin + link[begin..].find('/')?];
    let is_usual = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':');
    (!host.is_empty() && host.bytes().all(is_usual)).then(|| &link[..=begin + host.len()])
}

fn line(text: Option<&str>) -> Option<String> {
    let text = text::truncate(&text::fold_whitespace(&text::clean(text?)), LINE_GRAPHEMES_MAX);
    (!text.is_empty()).then_some(text)
}

fn body(text: Option<&str>) -> Option<String> {
    let text = text::truncate(text::clean(text?).trim(), TEXT_GRAPHEMES_MAX);
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::RawRating;

    fn now() -> Timestamp {
        "2026-11-21T10:00:00Z".parse().unwrap()
    }

    fn said(author: &str, stars: i64, text: &str) -> Sighting {
        Sighting {
            author: Some(author.into()),
            rating: Some(RawRating::new(stars)),
            text: (!text.is_empty()).then(|| text.into()),
            posted_at: PostedAt::parse("2026-11-20"),
            ..Sighting::default()
        }
    }

    #[test]
    fn an_exact_copy_on_one_page_counts_once() {
        let (normals, _) =
            normalise(vec![said("Ana", 1, "Cold"), said("Ana", 1, "Cold"), said("Ana", 1, "Loud")], now());
        assert_eq!(normals.len(), 2);
    }

    #[test]
    fn two_namesakes_who_only_rated_are_two() {
        let (normals, _) = normalise(vec![said("Ana", 1, ""), said("Ana", 1, "")], now());
        assert_eq!(normals.len(), 2);
    }

    #[test]
    fn what_says_nothing_is_rejected_and_the_rest_goes_on() {
        let empty = Sighting { author: Some("Ana".into()), ..Sighting::default() };
        let (normals, rejected) = normalise(vec![empty, said("Ben", 2, "Loud")], now());
        assert_eq!(normals.len(), 1);
        assert_eq!(rejected[0].reason, "it has neither a rating nor words");
    }

    #[test]
    fn a_rating_that_fits_no_scale_leaves_the_words_unrated() {
        let (normals, rejected) = normalise(vec![said("Ana", 4000, "Bed bugs")], now());
        assert_eq!((normals[0].content.rating.clone(), rejected.len()), (None, 0));
    }

    #[test]
    fn a_date_in_the_future_is_capped_at_now() {
        let late = Sighting { posted_at: PostedAt::parse("2027-01-01"), ..said("Ana", 1, "x") };
        assert_eq!(normalise(vec![late], now()).0[0].posted_at.unwrap().at, now());
    }

    proptest::proptest! {
        #[test]
        fn a_site_that_is_known_changes_no_answer(links in proptest::collection::vec("(https?|ftp|HTTP|h\tt)?:?[/\\\\\t]{0,3}[ab.:@\t é1]{0,3}[/?#\\\\]?[a /:]{0,3}", 0..40)) {
            let mut known = Links::default();
            for link in &links {
                proptest::prop_assert_eq!(known.lead_to_the_web(link), Links::default().lead_to_the_web(link), "{}", link);
            }
        }
    }

    #[test]
    fn a_link_that_is_no_web_link_is_dropped() {
        let link = Sighting { url: Some("javascript:alert(1)".into()), ..said("Ana", 1, "x") };
        assert_eq!(normalise(vec![link], now()).0[0].url, None);
    }
}
