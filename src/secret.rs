//! A string that nobody prints: passwords, tokens, and addresses that work like passwords.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

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
    fn a_secret_is_not_in_its_debug_output() {
        assert_eq!(format!("{:?}", Some(Secret::new("hunter2"))), "Some(••••)");
    }
}
