//! Recognises pages against robots: captchas, browser checks and consent walls that come with status 200 instead of the page.
//!
//! It never tries to pass them. What guests write cannot make a page look like one: marks count only on pages with few words.

use crate::markup;

/// How many bytes of a page are looked at.
const HEAD_BYTES_MAX: usize = 256 * 1024;
/// A page with more words than this shows something besides a challenge.
const WORDS_BYTES_MAX: usize = 3_000;

/// Words that stand in the title of a challenge page.
const TITLES: &[&str] = &[
    "just a moment",
    "attention required",
    "access denied",
    "are you a robot",
    "are you human",
    "bot verification",
    "captcha",
    "before you continue",
    "ddos-guard",
    "human verification",
    "making sure you're not a bot",
    "pardon our interruption",
    "please wait",
    "robot check",
    "security check",
    "verify you are human",
    "verifying your browser",
];

/// Marks in the code or the few words of a challenge page.
const MARKS: &[&str] = &[
    "_cf_chl_opt",
    "cf-error-details",
    "captcha-delivery.com",
    "g-recaptcha",
    "h-captcha",
    "cf-turnstile",
    "px-captcha",
    "gokuprops",
    "incapsula incident",
    "/_sec/cp_challenge",
    "kpsdk",
    "anubis_challenge",
    "sucuri website firewall",
    "checking your browser",
    "enable javascript and cookies to continue",
    "unusual traffic from your computer network",
    "verify you are a human",
    "verify you are human",
    "consent.google.com",
    "consent.youtube.com",
];

/// Whether a body is a page against robots rather than what was asked for.
#[must_use]
pub fn is_challenge(body: &[u8]) -> bool {
    let head = String::from_utf8_lossy(&body[..body.len().min(HEAD_BYTES_MAX)]).to_ascii_lowercase();
    if !is_html(&head) {
        return false;
    }
    let title = between(&head, "<title", "</title").unwrap_or_default();
    let marked = TITLES.iter().any(|words| title.contains(words)) || MARKS.iter().any(|mark| head.contains(mark));
    marked && body.len() <= HEAD_BYTES_MAX && markup::plain_from_html(&head).len() <= WORDS_BYTES_MAX
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
        check("\u{FEFF}\n<!doctype html><html><div class=\"g-recaptcha\"></div>Are you there?</html>", true);
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
