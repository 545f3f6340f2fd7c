//! Pages against robots: challenges, captchas and consent walls that come instead of the page.
//!
//! It only recognises them. Nothing here, or anywhere, tries to get past them.

use super::scan::Scan;
use crate::text;

/// How much of a page is looked at; challenges are short.
const LOOKED_AT_BYTES_MAX: usize = 256 * 1024;
/// A page longer than this is no challenge merely because its title sounds like one.
const SHORT_PAGE_BYTES: usize = 64 * 1024;

/// What only a challenge holds (a script that many a normal page embeds does not count), in lower case.
const CHALLENGES: [&str; 26] = [
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
    "please verify you are a human",
];

/// What the title of a short page says when it is a challenge, in lower case.
const TITLES: [&str; 20] = [
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

/// What the words of a short page say when it is a challenge, in lower case.
const WORDS: [&str; 7] = [
    "are you a robot",
    "i'm not a robot",
    "confirm you are human",
    "confirm that you are human",
    "verify that you are not a robot",
    "verify you are human",
    "prove you are human",
];

/// Whether a page without reviews is one against robots.
pub(super) fn is_blocked(html: &str, scan: &Scan<'_>) -> bool {
    if !scan.scripts.is_empty() {
        return false;
    }
    let head = &html[..html.floor_char_boundary(LOOKED_AT_BYTES_MAX)];
    let lower = head.to_lowercase();
    if CHALLENGES.iter().any(|mark| lower.contains(mark)) {
        return true;
    }
    let title = text::fold_whitespace(scan.title).to_lowercase();
    html.len() <= SHORT_PAGE_BYTES
        && (TITLES.iter().any(|mark| title.contains(mark)) || WORDS.iter().any(|mark| lower.contains(mark)))
}

#[cfg(test)]
mod tests {
    use super::{super::scan::scan, *};

    fn check(html: &str, expected: bool) {
        assert_eq!(is_blocked(html, &scan(html)), expected, "{html}");
    }

    #[test]
    fn challenges_are_recognised() {
        check("<html><head><title>Just a moment...</title></head><body><script>window._cf_chl_opt={}</script>", true);
        check("<html><title>hotel.example</title><script src='https://ct.captcha-delivery.com/c.js'></script>", true);
        check("<html><title>Robot Check</title><body>Type the letters</body>", true);
        check("<html><body><h1>Are you a robot?</h1></body></html>", true);
        check("<html><title>x</title><iframe>Request unsuccessful. Incapsula incident ID: 1-2</iframe>", true);
    }

    #[test]
    fn a_page_that_only_embeds_a_guard_is_not_a_challenge() {
        check("<html><title>Hotel</title><script src='https://js.datadome.co/tags.js'></script><p>Welcome</p>", false);
        check("<html><title>Hotel</title><script src='/_Incapsula_Resource?SWJIYLWA=1'></script><p>Hi</p>", false);
        check(
            "<html><title>Hotel</title><script src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'></script>",
            false,
        );
        check("<html><title>Hotel</title><div class='g-recaptcha'></div>", false);
        check("", false);
    }

    #[test]
    fn a_long_page_is_not_a_challenge_by_its_title_alone() {
        let words = "word ".repeat(20_000);
        check(&format!("<html><title>Captcha, the novel</title><p>{words}"), false);
    }
}
