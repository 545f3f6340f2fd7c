//! Which of the ids on a page name a review for good, and which only its place on the page.
//!
//! A position must never become an id: a new review on top would shift them all, and the oldest would be taken for the newest.
//! When in doubt there is no id, and the review is known by author, day and item.

use std::collections::HashMap;

use url::Url;

use crate::review::Sighting;

/// A number below this in a fragment or an identifier may be a position.
const POSITION_MAX: u64 = 1_000;
/// A mix of letters and digits at least this long is no position.
const TOKEN_LENGTH_MIN: usize = 8;

/// Whether an `identifier` can name a review for good: neither a small number nor a word with one (`3`, `review-3`).
pub(super) fn is_lasting_name(name: &str) -> bool {
    let name = name.trim();
    let digits = name.trim_start_matches(|c: char| c.is_ascii_alphabetic() || matches!(c, '-' | '_' | '#' | ':' | '.'));
    let word_and_number = digits.bytes().all(|b| b.is_ascii_digit());
    let may_be_a_position = word_and_number && digits.parse::<u64>().map_or(digits.is_empty(), |n| n < POSITION_MAX);
    !name.is_empty() && (!may_be_a_position || (digits.is_empty() && name.len() >= TOKEN_LENGTH_MIN))
}

/// An `@id` or `url` as an id, if it names this review for good: an address of its own, or a fragment with a database's number.
pub(super) fn lasting_address(address: &str, page: Option<&Url>) -> Option<String> {
    let address = address.trim();
    let (place, fragment) =
        address.split_once('#').map_or((address, None), |(place, fragment)| (place, Some(fragment)));
    if let Some(fragment) = fragment {
        return is_lasting_fragment(fragment).then(|| address.to_owned());
    }
    let url = match Url::parse(address) {
        Ok(url) => url,
        Err(_) if address.starts_with(['/', '?']) => page?.join(address).ok()?,
        Err(_) => return None,
    };
    let own_place = matches!(url.scheme(), "http" | "https") && (url.path() != "/" || url.query().is_some());
    let is_page = page.is_some_and(|page| without_fragment(page) == without_fragment(&url));
    let other = matches!(url.scheme(), "urn" | "tag") && is_lasting_fragment(place);
    ((own_place && !is_page) || other).then(|| url.into())
}

fn without_fragment(url: &Url) -> &str {
    url.as_str().split('#').next().unwrap_or_default().trim_end_matches('/')
}

/// A number too great for a position, or a long mix of letters and digits (a hash, a UUID).
fn is_lasting_fragment(fragment: &str) -> bool {
    fragment.split(['-', '_', '/', '=', '.', ':']).any(|part| {
        let digits = part.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        let number = !digits.is_empty() && digits.parse::<u64>().is_ok_and(|n| n >= POSITION_MAX);
        let has = |kind: fn(&u8) -> bool| part.bytes().any(|b| kind(&b));
        let token = part.len() >= TOKEN_LENGTH_MIN && has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic);
        number || token
    })
}

/// Drops ids that several reviews share, and author ids that several names share or that are the page itself.
pub(super) fn drop_shared(sightings: &mut [Sighting], page: Option<&Url>) {
    let mut uses: HashMap<String, usize> = HashMap::new();
    let mut names: HashMap<String, Vec<Option<String>>> = HashMap::new();
    for sighting in sightings.iter() {
        if let Some(id) = &sighting.id {
            *uses.entry(id.clone()).or_default() += 1;
        }
        if let Some(id) = &sighting.author_id {
            let known = names.entry(id.clone()).or_default();
            if !known.contains(&sighting.author) {
                known.push(sighting.author.clone());
            }
        }
    }
    for sighting in sightings {
        sighting.id.take_if(|id| uses[id.as_str()] > 1);
        sighting.author_id.take_if(|id| names[id.as_str()].len() > 1 || is_everyones(id, page));
    }
}

/// Whether an address names no person: the page itself, or a site's front page.
fn is_everyones(address: &str, page: Option<&Url>) -> bool {
    let Ok(url) = Url::parse(address) else { return false };
    let front = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let is_page = page.is_some_and(|page| without_fragment(page) == without_fragment(&url)) && url.fragment().is_none();
    matches!(url.scheme(), "http" | "https") && (front || is_page)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> Url {
        Url::parse("https://hotel.example/rooms").unwrap()
    }

    #[track_caller]
    fn check(address: &str, expected: Option<&str>) {
        assert_eq!(lasting_address(address, Some(&page())).as_deref(), expected, "{address}");
    }

    #[test]
    fn an_address_of_its_own_is_an_id() {
        check("https://hotel.example/reviews/17", Some("https://hotel.example/reviews/17"));
        check("/reviews/17", Some("https://hotel.example/reviews/17"));
        check("https://hotel.example/rooms?review=17", Some("https://hotel.example/rooms?review=17"));
        check("urn:uuid:123e4567-e89b-12d3-a456-426614174000", Some("urn:uuid:123e4567-e89b-12d3-a456-426614174000"));
    }

    #[test]
    fn the_page_itself_and_the_front_page_are_no_ids() {
        check("https://hotel.example/rooms", None);
        check("https://hotel.example/rooms/", None);
        check("https://hotel.example/", None);
        check("", None);
        check("_:b1", None);
        check("r1", None);
    }

    #[test]
    fn a_fragment_is_an_id_only_with_a_databases_number() {
        check("#r1", None);
        check("#review-12", None);
        check("https://hotel.example/rooms#review-3", None);
        check("#review-88213", Some("#review-88213"));
        check("https://hotel.example/rooms#li-comment-4071", Some("https://hotel.example/rooms#li-comment-4071"));
        check("#rev_9f8a7b6c5d", Some("#rev_9f8a7b6c5d"));
        check("#reviews", None);
    }

    #[test]
    fn a_small_number_is_never_an_identifier() {
        for name in ["1", "17", "999", "review-3", "r3", "#3", "", "abc"] {
            assert!(!is_lasting_name(name), "{name}");
        }
        for name in ["1000", "88213", "rev-88213", "77a-xyz", "AbCdEfGhIj", "18446744073709551616"] {
            assert!(is_lasting_name(name), "{name}");
        }
    }

    #[test]
    fn what_is_shared_names_nobody() {
        let said = |author: &str, id: &str, author_id: &str| Sighting {
            id: Some(id.into()),
            author: Some(author.into()),
            author_id: Some(author_id.into()),
            ..Sighting::default()
        };
        let mut all = vec![
            said("Ana", "x", "https://hotel.example/guests"),
            said("Ben", "x", "https://hotel.example/guests"),
            said("Cleo", "y", "https://hotel.example/u/cleo"),
            said("Dan", "z", "https://other.example/"),
        ];
        drop_shared(&mut all, Some(&page()));
        let left: Vec<_> = all.iter().map(|s| (s.id.as_deref(), s.author_id.as_deref())).collect();
        let cleo = Some("https://hotel.example/u/cleo");
        assert_eq!(left, [(None, None), (None, None), (Some("y"), cleo), (Some("z"), None)]);
    }
}
