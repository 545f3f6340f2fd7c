//! Recognises pages against robots: captchas, browser checks and consent walls that come with status 200 instead of the page.
//!
//! It never tries to pass them. What guests write cannot make a page look like one: marks count only on pages with few words.

use crate::{markup, text};

/// How many bytes of a page are looked at.
const HEAD_BYTES_MAX: usize = 256 * 1024;
/// A page with more words than this shows something besides a challenge.
const WORDS_BYTES_MAX: usize = 3_000;

/// What only a challenge holds (a script that many a normal page embeds does not count), in lower case.
const MARKS: &[&str] = &[
    // Cloudflare
    "_cf_chl_opt",
    "cf-browser-verification",
    "cf-challenge-running",
    "id=\"challenge-error-text\"",
    "attention required! | cloudflare",
    "cf-error-details",
    // DataDome
    "captcha-delivery.com",
    // HUMAN, formerly PerimeterX
    "px-captcha",
    "access to this page has been denied",
    // Imperva, formerly Incapsula
    "incapsula incident id",
    "request unsuccessful. incapsula",
    // Akamai
    "errors.edgesuite.net",
    // AWS WAF
    "window.gokuprops",
    // Sucuri
    "sucuri website firewall - access denied",
    "sucuri_cloudproxy_js",
    // Distil
    "pardon our interruption",
    // Google and Yahoo
    "unusual traffic from your computer network",
    "action=\"https://consent.google.com",
    "action=\"https://consent.youtube.com",
    "consent.yahoo.com/v2/collectconsent",
    // Amazon
    "/errors/validatecaptcha",
    "enter the characters you see below",
    // Kasada, Vercel, others
    "/_kasada/",
    "vercel security checkpoint",
    "ddos-guard",
    // Anubis
    "anubis_challenge",
    "making sure you're not a bot",
    "please verify you are a human",
    "enable javascript and cookies to continue",
    "/_sec/cp_challenge",
];

/// What the title of a page with few words says when it is a challenge, in lower case.
const TITLES: &[&str] = &[
    "just a moment",
    "are you a robot",
    "are you human",
    "robot check",
    "bot check",
    "captcha",
    "attention required",
    "access denied",
    "access to this page",
    "security check",
    "security checkpoint",
    "human verification",
    "verify you are human",
    "verifying your browser",
    "checking your browser",
    "one more step",
    "ddos protection",
    "before you continue",
    "request blocked",
    "unusual traffic",
];

/// What the words of a page with few words say when it is a challenge, in lower case.
const WORDS: &[&str] = &[
    "are you a robot",
    "i'm not a robot",
    "confirm you are human",
    "confirm that you are human",
    "verify that you are not a robot",
    "verify you are human",
    "prove you are human",
];

/// Whether a body is a page against robots rather than what was asked for.
#[must_use]
pub fn is_challenge(body: &[u8]) -> bool {
    let head = String::from_utf8_lossy(&body[..body.len().min(HEAD_BYTES_MAX)]).to_lowercase();
    if body.len() > HEAD_BYTES_MAX || !is_html(&head) {
        return false;
    }
    let title = text::fold_whitespace(between(&head, "<title", "</title").unwrap_or_default());
    let marked =
        TITLES.iter().any(|words| title.contains(words)) || MARKS.iter().chain(WORDS).any(|mark| head.contains(mark));
    marked && markup::plain_from_html(&head).len() <= WORDS_BYTES_MAX
}

/// Whether lower-case text is a web page.
#[must_use]
pub fn is_html(lower_case: &str) -> bool {
    let start = lower_case.trim_start_matches(['\u{FEFF}', ' ', '\n', '\r', '\t']);
    let start = &start[..start.floor_char_boundary(1_000)];
    start.starts_with("<!doctype html") || (start.starts_with('<') && start.contains("<html"))
}

fn between<'a>(text: &'a str, open: &str, close: &str) -> Option<&'a str> {
    let rest = &text[text.find(open)? + open.len()..];
    let rest = &rest[rest.find('>')? + 1..];
    Some(&rest[..rest.find(close)?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(page: &str, expected: bool) {
        assert_eq!(is_challenge(page.as_bytes()), expected, "{page:.120}");
    }

    #[test]
    fn challenge_pages_are_recognised() {
        check("<!DOCTYPE html><html><head><title>Just a moment...</title></head><body></body></html>", true);
        check("<html><script>window._cf_chl_opt={}</script><body>Checking</body></html>", true);
        check("<html><title>hotel.example</title><script src='https://ct.captcha-delivery.com/c.js'></script>", true);
        check("<html><title>Robot Check</title><body>Type the letters</body>", true);
        check("\u{FEFF}\n<!doctype html><html><body><h1>Are you a robot?</h1></body></html>", true);
        check("<html><title>x</title><iframe>Request unsuccessful. Incapsula incident ID: 1-2</iframe>", true);
    }

    #[test]
    fn a_page_that_only_embeds_a_guard_is_none() {
        check("<html><title>Hotel</title><script src='https://js.datadome.co/tags.js'></script><p>Welcome</p>", false);
        check("<html><title>Hotel</title><script src='/_Incapsula_Resource?SWJIYLWA=1'></script><p>Hi</p>", false);
        check(
            "<html><title>Hotel</title><script src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'></script>",
            false,
        );
        check("<html><title>Hotel</title><div class='g-recaptcha'></div>", false);
        check("<html><head><title lang=en>Access Denied</title></head><body>Reference #18.2</body></html>", true);
    }

    #[test]
    fn a_page_of_reviews_is_none_whatever_guests_write_or_forms_embed() {
        let review = "<p>The lobby computer told me to verify you are human, _cf_chl_opt.</p>";
        let page = format!("<html><title>Reviews</title><body>{}</body></html>", review.repeat(60));
        check(&page, false);
        check("<html><head><title>Hotel Alba</title></head><body>4 reviews</body></html>", false);
    }

    #[test]
    fn what_is_no_web_page_is_none() {
        check("", false);
        check("{\"title\":\"captcha\"}", false);
        check("<rss><channel><title>captcha</title></channel></rss>", false);
    }
}
