//! Addresses as they may be shown and logged.
//!
//! It guesses no secrets: the query and the user name are always left out, and a webhook's path by the second form.

use std::borrow::Cow;

use url::{Position, Url};

/// The scheme, host and path of an address, without user name, password, query and fragment.
#[must_use]
pub fn redact(url: &Url) -> String {
    format!("{}://{}{}", url.scheme(), host_key(url), url.path())
}

/// The host and the last four characters of the path, for an address that works like a password (a webhook).
#[must_use]
pub fn redact_secret(url: &Url) -> String {
    let path = url.path();
    let is_long = path.chars().count() > 16;
    let shown = path.char_indices().nth_back(3).map_or(path.len(), |(at, _)| at);
    format!("{}/…{}", host_key(url), if is_long { &path[shown..] } else { "" })
}

/// The host of an address, with the port if it is not the usual one: what politeness counts by.
#[must_use]
pub fn host_key(url: &Url) -> String {
    host_and_port(url).into_owned()
}

/// The [`host_key`] of an address as it stands in it, where it does.
pub(super) fn host_and_port(url: &Url) -> Cow<'_, str> {
    let host = host_name(url);
    match url.port() {
        None => Cow::Borrowed(host),
        Some(_) if url.host_str() == Some(host) => Cow::Borrowed(&url[Position::BeforeHost..Position::AfterPort]),
        Some(port) => Cow::Owned(format!("{host}:{port}")),
    }
}

/// The host of an address without its port, and without the dot that may end it.
pub(super) fn host_name(url: &Url) -> &str {
    let host = url.host_str().unwrap_or_default();
    host.strip_suffix('.').unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(show: fn(&Url) -> String, url: &str, expected: &str) {
        assert_eq!(show(&Url::parse(url).unwrap()), expected);
    }

    #[test]
    fn query_user_and_fragment_are_never_shown() {
        check(redact, "https://me:pw@api.example/v1/reviews?key=s3cret#x", "https://api.example/v1/reviews");
        check(redact, "http://192.168.1.20:8080/", "http://192.168.1.20:8080/");
    }

    #[test]
    fn of_a_webhook_only_four_characters_are_shown() {
        check(redact_secret, "https://hooks.example/services/T0/B0/abcdefwxyz", "hooks.example/…wxyz");
        check(redact_secret, "https://hooks.example/services/T0/B0/abcd?k=v", "hooks.example/…abcd");
        check(redact_secret, "https://ntfy.example/desk", "ntfy.example/…");
        check(redact_secret, "https://ntfy.example/", "ntfy.example/…");
    }

    #[test]
    fn the_same_host_is_the_same_however_it_is_written() {
        check(host_key, "https://Shop.Example:443/a", "shop.example");
        check(host_key, "http://shop.example./a", "shop.example");
        check(host_key, "http://shop.example.:8080/a", "shop.example:8080");
        check(host_key, "http://me:pw@127.0.0.1:8080/a", "127.0.0.1:8080");
        check(host_key, "http://[::1]:8080", "[::1]:8080");
    }
}
