//! The example configuration and the schema, as an owner gets them: built from the registries, usable as they stand.

use std::path::Path;

use amends::{
    app,
    config::{self, Access, Loaded, Look, Outside, Problems, ReadFile, SourceFile},
};
use serde_json::Value;

/// What a file of secrets holds in tests: keys where keys are wanted.
fn secret_in(path: &Path) -> &'static [u8] {
    match path.file_name().and_then(|name| name.to_str()) {
        Some("AuthKey.p8") => include_bytes!("../fixtures/app-store-connect/AuthKey.p8"),
        Some("google-play.json") => include_bytes!("../fixtures/google-play/account.json"),
        _ => b"c2VjcmV0LW9mLXRlc3RzLXdpdGgtZW5vdWdoLWJ5dGVz",
    }
}

/// Puts a configuration together from one text; every secret's file holds the same invented secret.
pub fn load(text: &str) -> Result<Loaded, Problems> {
    let read = |path: &Path| Ok(ReadFile { bytes: secret_in(path).to_vec(), access: Access::Owner });
    let file = ReadFile { bytes: text.as_bytes().to_vec(), access: Access::Owner };
    let files = vec![SourceFile { name: "amends.toml".to_owned(), read: file }];
    config::assemble(files, Path::new("/etc/amends"), &Outside { env: &|_| None, read: &read }, &app::shapes())
}

/// The same, for what must load.
#[track_caller]
pub fn load_good(text: &str) -> Loaded {
    load(text).unwrap_or_else(|problems| panic!("{}\n{text}", problems.render(Look::Plain)))
}

fn example() -> String {
    config::example(&app::shapes())
}

#[test]
fn the_example_in_the_repository_is_the_one_that_init_writes() {
    let committed = include_str!("../../config/amends.example.toml");
    assert!(committed == example(), "write it anew: amends init --print > config/amends.example.toml");
}

#[test]
fn the_example_loads_without_a_problem_and_its_adapters_build() {
    let loaded = load_good(&example());
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    let wired = app::wire(&loaded).unwrap_or_else(|problems| panic!("{problems:?}"));
    assert_eq!(wired.watched.len(), 1);
    assert_eq!(wired.channels.len(), 3);
}

#[test]
fn every_kind_and_every_section_is_in_the_example() {
    let example = example();
    for kind in
        amends::sources::ALL.iter().map(|kind| kind.name).chain(amends::channels::ALL.iter().map(|kind| kind.name))
    {
        assert!(example.contains(&format!("kind = \"{kind}\"")), "{kind}");
    }
    let schema = config::schema(&app::shapes());
    for section in schema["properties"].as_object().unwrap().keys() {
        assert!(example.contains(&format!("[{section}")), "[{section}]");
    }
}

#[test]
fn with_every_comment_taken_away_the_example_is_still_a_configuration() {
    // A commented line that is a setting or a section begins with `#` and no space.
    let bare = example();
    let all: Vec<String> = bare
        .lines()
        .map(|line| line.strip_prefix('#').filter(|rest| is_setting(rest)).unwrap_or(line).to_owned())
        .collect();
    let parsed: Result<toml::Table, _> = all.join("\n").parse();
    assert!(parsed.is_ok(), "{:?}\n{}", parsed.err(), all.join("\n"));
}

fn is_setting(rest: &str) -> bool {
    rest.starts_with("[[")
        || rest.split_once(" = ").is_some_and(|(key, _)| key.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
}

#[test]
fn the_schema_is_draft_07_and_every_reference_in_it_leads_somewhere() {
    let schema = config::schema(&app::shapes());
    assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
    assert_eq!(schema["type"], "object");
    walk(&schema, &mut |node| {
        if let Some(reference) = node.get("$ref").and_then(Value::as_str) {
            assert!(reference.strip_prefix('#').and_then(|path| schema.pointer(path)).is_some(), "{reference}");
        }
        if let Some(kinds) = node.get("type").filter(|kinds| kinds.is_string() || kinds.is_array()) {
            let known = ["object", "array", "string", "integer", "number", "boolean", "null"];
            let named = kinds.as_array().map_or_else(|| vec![kinds.clone()], Clone::clone);
            assert!(named.iter().all(|kind| kind.as_str().is_some_and(|kind| known.contains(&kind))), "{kinds}");
        }
        assert!(node.get("$defs").is_none(), "`$defs` is younger than draft-07");
    });
}

fn walk(node: &Value, visit: &mut impl FnMut(&Value)) {
    match node {
        Value::Object(object) => {
            visit(node);
            object.values().for_each(|inner| walk(inner, visit));
        }
        Value::Array(list) => list.iter().for_each(|inner| walk(inner, visit)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn every_key_of_the_example_is_in_the_schema() {
    let schema = config::schema(&app::shapes());
    let table: toml::Table = example().parse().unwrap();
    for (section, value) in &table {
        let own = &schema["properties"][section];
        assert!(own.is_object(), "{section}");
        let entries = match value {
            toml::Value::Array(list) => list.iter().filter_map(toml::Value::as_table).collect(),
            toml::Value::Table(table) => vec![table],
            other => panic!("{section}: {other}"),
        };
        for key in entries.iter().flat_map(|entry| entry.keys()) {
            assert!(knows(own, key), "{section}.{key}");
        }
    }
}

/// Whether some part of a section's schema has this key; the names of calendars are the owner's.
fn knows(section: &Value, key: &str) -> bool {
    let mut known = section["additionalProperties"].is_object();
    walk(section, &mut |node| known |= node["properties"].get(key).is_some());
    known
}
