//! A string that nobody prints: passwords, tokens, and addresses that work like passwords.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};
use sha2::{Digest, Sha256};

/// The `format` by which a JSON Schema marks a secret, so that `config` also accepts `<key>_file` and `<key>_env`.
pub const SCHEMA_FORMAT: &str = "secret";

/// A secret value. It has no `Display`, and its `Debug` shows dots.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// What stands where a secret is wanted that nothing will be sent with.
pub const STAND_IN: &str = "stands in for a secret that is not needed";

impl Secret {
    /// Wraps a value that must not be printed.
    #[must_use]
    pub fn new(value: impl Into<String>) -> Self {
        Secret(value.into())
    }

    /// Whether it only stands in for a secret, so that it need not have the form of one.
    #[must_use]
    pub fn is_stand_in(&self) -> bool {
        self.0 == STAND_IN
    }

    /// The value itself, for the one place that sends or checks it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl Secret {
    /// Encrypts this for whoever knows `key`, so that it can be stored where the key is not (ChaCha20-Poly1305, RFC 8439).
    #[must_use]
    pub fn sealed_with(&self, key: &Secret) -> String {
        let mut nonce = [0_u8; NONCE_LEN];
        getrandom::fill(&mut nonce).expect("the operating system gives random bytes");
        let mut sealed = self.0.clone().into_bytes();
        key.cipher()
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut sealed)
            .expect("a token is short enough");
        URL_SAFE_NO_PAD.encode([&nonce[..], &sealed].concat())
    }

    /// What was sealed with this as its key; nothing if it was sealed with another one, or changed since.
    #[must_use]
    pub fn unseal(&self, sealed: &str) -> Option<Secret> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_LEN>()?;
        let mut sealed = sealed.to_vec();
        let plain =
            self.cipher().open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::empty(), &mut sealed).ok()?;
        String::from_utf8(plain.to_vec()).ok().map(Secret)
    }

    fn cipher(&self) -> LessSafeKey {
        let key = Sha256::new().chain_update(b"amends seals\0").chain_update(self.0.trim()).finalize();
        LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, &key).expect("a SHA-256 is as long as the key"))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("••••")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = String::deserialize(deserializer)?;
        if value.trim().is_empty() {
            return Err(de::Error::custom("a secret must not be empty"));
        }
        Ok(Secret(value))
    }
}

impl JsonSchema for Secret {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Secret".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": SCHEMA_FORMAT, "minLength": 1 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_for_its_key_alone() {
        let (key, token) = (Secret::new("the first token\n"), Secret::new("the second"));
        let sealed = token.sealed_with(&key);
        assert!(!sealed.contains("second") && sealed != token.sealed_with(&key));
        assert_eq!(Secret::new("the first token").unseal(&sealed), Some(token));
        assert_eq!(Secret::new("another").unseal(&sealed), None);
        for damaged in ["", "AAAA", "?", &sealed[1..], &sealed[..sealed.len() - 1]] {
            assert_eq!(key.unseal(damaged), None, "{damaged}");
        }
    }

    #[test]
    fn a_secret_is_not_in_its_debug_output() {
        assert_eq!(format!("{:?}", Some(Secret::new("hunter2"))), "Some(••••)");
    }
}
