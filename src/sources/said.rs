//! What an interface said when it refused: its code and its words, for the owner to act on.

use std::fmt;

use serde_json::Value;

use super::part;
use crate::text;

/// The longest words kept of a refusal.
const WORDS_MAX: usize = 160;
/// The longest code kept.
const CODE_MAX: usize = 60;

/// An interface's own code and words for a refusal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// Such as `PERMISSION_DENIED`, `invalid_grant` or `190`.
    pub code: Option<String>,
    /// Such as "The caller does not have permission".
    pub words: Option<String>,
}

/// Where platforms put their codes: Google, Meta, Apple, OAuth 2 (RFC 6749 §5.2), AT Protocol, Yelp, Reddit and others.
const CODES: &[&str] =
    &["/error/status", "/error/code", "/errors/0/code", "/errors/0/extensions/code", "/error", "/code", "/status/code"];
/// Where they put their words.
const WORDS: &[&str] = &[
    "/error/message",
    "/error/description",
    "/errors/0/detail",
    "/errors/0/message",
    "/errors/0/title",
    "/errors/0",
    "/error_description",
    "/detail",
    "/message",
    "/Message",
    "/status/message",
    "/title",
];

impl Said {
    /// Reads the body of a refusal; `None` if it is none of the known shapes.
    #[must_use]
    pub fn read(body: &[u8]) -> Option<Said> {
        let answer: Value = serde_json::from_slice(body).ok()?;
        let first = |paths: &[&str], max| {
            let found = paths.iter().find_map(|path| part::text(&answer, path))?;
            Some(text::truncate(&text::fold_whitespace(&text::clean(&found)), max))
        };
        let said = Said { code: first(CODES, CODE_MAX), words: first(WORDS, WORDS_MAX) };
        (said != Said::default()).then_some(said)
    }

    /// Whether its code is one of these.
    #[must_use]
    pub fn is(&self, codes: &[&str]) -> bool {
        self.code.as_deref().is_some_and(|code| codes.contains(&code))
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.code, &self.words) {
            (Some(code), Some(words)) if code != words => write!(f, "{code}: {words}"),
            (Some(one), _) | (None, Some(one)) => f.write_str(one),
            (None, None) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &str, expected: Option<&str>) {
        assert_eq!(Said::read(body.as_bytes()).map(|said| said.to_string()).as_deref(), expected, "{body}");
    }

    #[test]
    fn every_platforms_refusal_is_read() {
        check(
            r#"{"error":{"code":403,"message":"No access","status":"PERMISSION_DENIED"}}"#,
            Some("PERMISSION_DENIED: No access"),
        );
        check(r#"{"error":{"message":"Expired","type":"OAuthException","code":190}}"#, Some("190: Expired"));
        check(
            r#"{"error":"invalid_grant","error_description":"Token has been expired or revoked."}"#,
            Some("invalid_grant: Token has been expired or revoked."),
        );
        check(
            r#"{"errors":[{"status":"403","code":"FORBIDDEN_ERROR","title":"No","detail":"Not allowed"}]}"#,
            Some("FORBIDDEN_ERROR: Not allowed"),
        );
        check(
            r#"{"error":{"code":"TOKEN_INVALID","description":"Invalid access token"}}"#,
            Some("TOKEN_INVALID: Invalid access token"),
        );
        check(r#"{"error":"ExpiredToken","message":"Token has expired"}"#, Some("ExpiredToken: Token has expired"));
        check(
            r#"{"error":"This API requires an authenticated user"}"#,
            Some("This API requires an authenticated user"),
        );
        check(r#"{"message":"Not Found"}"#, Some("Not Found"));
    }

    #[test]
    fn what_is_no_refusal_says_nothing_and_nothing_is_long_or_hidden() {
        for nothing in ["", "{}", "[]", "<html>no</html>", "{\"error\":{}}", "null"] {
            check(nothing, None);
        }
        let long = format!("{{\"message\":\"a\\u202e{}\"}}", "b".repeat(5_000));
        let said = Said::read(long.as_bytes()).unwrap().to_string();
        assert!(said.chars().count() <= WORDS_MAX + 1 && !said.contains('\u{202e}'), "{said}");
    }
}
