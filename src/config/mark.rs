//! Hashes of a source's entry, by which equals are found among thousands without keeping or comparing all of them.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    mem,
};

use super::model::SourceEntry;

/// A hash of all that stands in an entry.
pub(super) fn of_entry(entry: &SourceEntry) -> u64 {
    let SourceEntry { name, kind, location, every, quota, revisit_every, open_recent, surge_max, mine, settings } =
        entry;
    let mut hasher = DefaultHasher::new();
    (name, kind, location, surge_max, mine).hash(&mut hasher);
    (every, quota, revisit_every, open_recent).hash(&mut hasher);
    table(settings, &mut hasher);
    hasher.finish()
}

/// A hash of what an entry watches, the same under another name or at another pace.
pub(super) fn of_place(entry: &SourceEntry) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&entry.kind, &entry.location).hash(&mut hasher);
    table(&entry.settings, &mut hasher);
    hasher.finish()
}

/// The order of the keys counts for nothing.
fn table(from: &toml::Table, hasher: &mut impl Hasher) {
    from.len().hash(hasher);
    let entries = from.iter().map(|(key, inner)| {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        value(inner, &mut hasher);
        hasher.finish()
    });
    entries.fold(0, u64::wrapping_add).hash(hasher);
}

fn value(from: &toml::Value, hasher: &mut impl Hasher) {
    mem::discriminant(from).hash(hasher);
    match from {
        toml::Value::String(text) => text.hash(hasher),
        toml::Value::Integer(number) => number.hash(hasher),
        toml::Value::Float(number) => number.to_bits().hash(hasher),
        toml::Value::Boolean(yes) => yes.hash(hasher),
        toml::Value::Datetime(date) => date.to_string().hash(hasher),
        toml::Value::Array(values) => {
            values.len().hash(hasher);
            values.iter().for_each(|inner| value(inner, hasher));
        }
        toml::Value::Table(inner) => table(inner, hasher),
    }
}
