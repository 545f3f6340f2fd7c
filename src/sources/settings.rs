//! From a source's table in the configuration to its own settings.
//!
//! Secrets are put in and unknown keys are refused with a suggestion before this; what arrives here wrong is still refused.

use serde::de::DeserializeOwned;

use crate::config::SettingsError;

/// Reads the settings of one source.
///
/// # Errors
/// If a key is missing, unknown, or has the wrong type; the message never shows a value.
pub(super) fn read<T: DeserializeOwned>(table: toml::Table) -> Result<T, SettingsError> {
    table.try_into().map_err(|error: toml::de::Error| SettingsError { key: None, message: error.message().to_owned() })
}
