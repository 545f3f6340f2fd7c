//! What Meta's interfaces (Facebook, Instagram, Threads) share: the meaning of their error codes and how their webhooks are signed.

use super::{
    Answer, ParseError, PollError, Push, PushError, Taken,
    push::{from_hex, is_same_secret, is_signed},
};
use crate::{config::SettingsError, secret::Secret};

/// Codes that mean: wait.
const THROTTLED: &[&str] = &["4", "17", "32", "613", "80001", "80002"];

/// Meta's codes say more than its statuses, which are often 400.
pub(super) fn explain(error: &PollError) -> Option<PollError> {
    let PollError::Status { retry_after, said: Some(said), .. } = error else { return None };
    if said.is(&["190", "102", "10", "200", "283"]) {
        return Some(PollError::Reconnect(said.to_string()));
    }
    if said.is(&["12"]) {
        return Some(PollError::Reconnect(format!("Facebook does not offer this any more ({said})")));
    }
    said.is(THROTTLED).then_some(PollError::OverQuota { retry_after: *retry_after })
}

/// The version of Meta's interface, unless the owner says otherwise.
pub(super) fn default_version() -> String {
    "v25.0".to_owned()
}

/// A version of Meta's interface, as it stands in addresses.
///
/// # Errors
/// If it is none.
pub(super) fn version(text: &str) -> Result<&str, SettingsError> {
    let number = text.trim().strip_prefix('v').filter(|number| number.chars().all(|c| c.is_ascii_digit() || c == '.'));
    number.map(|_| text.trim()).ok_or_else(|| SettingsError::key("version", "`version` looks like \"v25.0\""))
}

/// Takes in a call of Meta's: its check of the address is answered, what is signed is read.
///
/// # Errors
/// If there is no webhook, the call is not Meta's, or it cannot be read.
pub(super) fn taken(
    hook: Option<&Hook>,
    push: &Push<'_>,
    read: impl FnOnce(&[u8]) -> Result<Taken, ParseError>,
) -> Result<Taken, PushError> {
    match hook.ok_or(PushError::NotOffered)?.greeted(push)? {
        Some(greeted) => Ok(greeted),
        None => Ok(read(push.body)?),
    }
}

/// What Meta's webhooks are known by.
pub(super) struct Hook {
    app_secret: Secret,
    verify_token: Secret,
}

impl Hook {
    /// From the keys `app_secret` and `verify_token`; without either there is no webhook.
    ///
    /// # Errors
    /// If only one of them is there.
    pub(super) fn of(app_secret: Option<Secret>, verify_token: Option<Secret>) -> Result<Option<Hook>, SettingsError> {
        match (app_secret, verify_token) {
            (Some(app_secret), Some(verify_token)) => Ok(Some(Hook { app_secret, verify_token })),
            (None, None) => Ok(None),
            _ => Err(SettingsError::key("app_secret", "`app_secret` and `verify_token` go together")),
        }
    }

    /// Answers Meta's check of the address, or verifies a call by the app's secret; `None` means that the call holds.
    ///
    /// # Errors
    /// If the token or the signature is wrong.
    fn greeted(&self, push: &Push<'_>) -> Result<Option<Taken>, PushError> {
        if push.method == http::Method::GET {
            let token = push.query("hub.verify_token").unwrap_or_default();
            if push.query("hub.mode").as_deref() != Some("subscribe") || !is_same_secret(&self.verify_token, &token) {
                return Err(PushError::Forged("the verify token is not ours"));
            }
            let body = push.query("hub.challenge").unwrap_or_default();
            return Ok(Some(Taken { answer: Answer { content_type: "text/plain", body }, ..Taken::default() }));
        }
        let code = push.header("x-hub-signature-256").and_then(|value| from_hex(value.strip_prefix("sha256=")?));
        if is_signed(self.app_secret.reveal().trim().as_bytes(), &[push.body], code.into_iter()) {
            Ok(None)
        } else {
            Err(PushError::Forged("the signature is missing or wrong"))
        }
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Method};

    use super::*;
    use crate::sources::Said;

    fn greet(method: &Method, query: &str, signature: &str) -> Result<Option<Taken>, PushError> {
        let url = format!("https://amends.example/in/x?{query}").parse().unwrap();
        let headers = HeaderMap::from_iter([("x-hub-signature-256".parse().unwrap(), signature.parse().unwrap())]);
        let now = "2026-11-21T10:00:00Z".parse().unwrap();
        let push = Push { method, url: &url, headers: &headers, body: br#"{"amends":"ping","n":1}"#, now };
        let hook = Hook::of(Some(Secret::new("appsecret")), Some(Secret::new("hello"))).unwrap().unwrap();
        hook.greeted(&push)
    }

    #[test]
    fn a_call_is_signed_by_the_apps_secret() {
        let good = "sha256=a8d15cd6b07723680597ab7bbd01d40328001069b1c24231fdb04461eb78142c";
        assert_eq!(greet(&Method::POST, "", good), Ok(None));
        for bad in ["sha256=a8d1", "", "sha1=a8d15cd6b07723680597ab7bbd01d40328001069b1c24231fdb04461eb78142c"] {
            assert!(matches!(greet(&Method::POST, "", bad), Err(PushError::Forged(_))), "{bad}");
        }
    }

    #[test]
    fn the_check_of_the_address_is_answered_only_to_our_token() {
        let good =
            greet(&Method::GET, "hub.mode=subscribe&hub.challenge=42&hub.verify_token=hello", "").unwrap().unwrap();
        assert_eq!(good.answer.body, "42");
        assert!(greet(&Method::GET, "hub.mode=subscribe&hub.challenge=42&hub.verify_token=other", "").is_err());
        assert!(greet(&Method::GET, "hub.challenge=42", "").is_err());
    }

    #[test]
    fn codes_say_more_than_statuses() {
        let explained = |code: &str| {
            let said = Said { code: Some(code.to_owned()), words: None };
            explain(&PollError::Status { status: 400, retry_after: None, said: Some(said) })
        };
        assert!(matches!(explained("190"), Some(PollError::Reconnect(_))));
        assert!(matches!(explained("12"), Some(PollError::Reconnect(why)) if why.contains("does not offer")));
        assert_eq!(explained("613"), Some(PollError::OverQuota { retry_after: None }));
        assert_eq!(explained("1"), None);
    }
}
