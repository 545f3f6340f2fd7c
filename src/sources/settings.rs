//! From a source's table in the configuration to its own settings.
//!
//! Secrets are put in and unknown keys are refused with a suggestion before this; what arrives here wrong is still refused.

use serde::de::DeserializeOwned;
use url::Url;

use crate::config::SettingsError;

/// Reads the settings of one source.
///
/// # Errors
/// If a key is missing, unknown, or has the wrong type; the message never shows a value.
pub(super) fn read<T: DeserializeOwned>(table: toml::Table) -> Result<T, SettingsError> {
    table.try_into().map_err(|error: toml::de::Error| SettingsError { key: None, message: error.message().to_owned() })
}

/// Reads an http or https address.
///
/// # Errors
/// If it is none, or carries a name and password.
pub(super) fn web_address(key: &str, text: &str) -> Result<Url, SettingsError> {
    let url = Url::parse(text.trim()).map_err(|error| {
        SettingsError::key(key, format!("`{key}` is no web address ({error}); it begins with https://"))
    })?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(SettingsError::key(key, format!("`{key}` must begin with https:// or http://")));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(SettingsError::key(
            key,
            format!("`{key}` must not carry a name and password; use a header instead"),
        ));
    }
    Ok(url)
}

/// An address without what may be secret in it: its query and fragment.
pub(super) fn without_secrets(url: &Url) -> Url {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    url
}

/// Whether a server that was asked at `from` may send us on to `to`: the same host and port, never from https to http.
pub(super) fn is_same_place(from: &Url, to: &Url) -> bool {
    let scheme_holds = to.scheme() == "https" || (to.scheme() == "http" && from.scheme() == "http");
    let same_port = from.port_or_known_default() == to.port_or_known_default();
    let upgraded = from.scheme() == "http" && to.scheme() == "https" && to.port().is_none() && from.port().is_none();
    scheme_holds && from.host_str() == to.host_str() && (same_port || upgraded)
}

/// An address as it stands in a document, made absolute.
pub(super) fn join(base: Option<&Url>, link: &str) -> Option<Url> {
    let link = link.trim();
    match base {
        Some(base) => base.join(link).ok(),
        None => Url::parse(link).ok(),
    }
    .filter(|url| matches!(url.scheme(), "http" | "https"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_may_send_us_on_only_to_itself_and_never_to_less_protection() {
        let check = |from: &str, to: &str, expected: bool| {
            assert_eq!(is_same_place(&from.parse().unwrap(), &to.parse().unwrap()), expected, "{from} {to}");
        };
        check("https://a.example/1", "https://a.example/2", true);
        check("http://a.example/1", "https://a.example/2", true);
        check("https://a.example/1", "http://a.example/2", false);
        check("https://a.example/1", "https://b.example/2", false);
        check("https://a.example/1", "https://a.example:8443/2", false);
        check("http://127.0.0.1:4000/1", "http://127.0.0.1:4000/2", true);
        check("https://a.example/1", "ftp://a.example/2", false);
    }

    #[test]
    fn an_address_with_a_password_is_refused_without_showing_it() {
        let error = web_address("url", "https://me:hunter2@a.example/").unwrap_err();
        assert_eq!(error.message, "`url` must not carry a name and password; use a header instead");
    }
}
