//! The JSON Schema of the whole file, put together from our own sections and the shapes of the kinds that the registries declare.
//!
//! It checks nothing; `check` walks what it makes. References are resolved here, so that nobody below meets one.

use std::collections::BTreeMap;

use schemars::{Schema, generate::SchemaSettings};
use serde_json::{Map, Value as Json, json};

use super::model::Config;
use crate::secret::SCHEMA_FORMAT;

/// How deep schemas are followed, so that one that refers to itself ends.
const DEPTH_MAX: usize = 24;

/// What configuration knows of one kind of source or channel.
#[derive(Clone, Debug)]
pub struct Shape {
    /// The name in `kind = "…"`.
    pub name: &'static str,
    /// The JSON Schema of its keys.
    pub schema: Schema,
    /// A commented example section.
    pub example: &'static str,
}

/// The shapes of both registries, in the order in which users see them.
#[derive(Clone, Debug, Default)]
pub struct Shapes {
    /// Of the sources.
    pub sources: Vec<Shape>,
    /// Of the channels.
    pub channels: Vec<Shape>,
}

/// The schema of the whole file: the sections of each kind apart.
#[derive(Debug)]
pub(super) struct Whole {
    /// The file; `source` and `channel` with their common keys only.
    pub(super) root: Json,
    /// By kind: common keys and its own.
    pub(super) kinds: BTreeMap<(&'static str, String), Json>,
}

impl Whole {
    pub(super) fn of(shapes: &Shapes) -> Self {
        let settings = SchemaSettings::draft07().with(|settings| settings.inline_subschemas = true);
        let root = inline(settings.into_generator().into_root_schema_for::<Config>().as_value());
        let mut kinds = BTreeMap::new();
        for (section, shapes) in [("source", &shapes.sources), ("channel", &shapes.channels)] {
            for shape in shapes {
                let own = inline(shape.schema.as_value());
                kinds.insert((section, shape.name.to_owned()), join(item(&root, section), &own, shape.name));
            }
        }
        Whole { root, kinds }
    }

    /// The names of the kinds of a section, sorted.
    pub(super) fn kinds_of(&self, section: &str) -> Vec<&str> {
        self.kinds.keys().filter(|(of, _)| *of == section).map(|(_, name)| name.as_str()).collect()
    }

    /// The schema of one `[[source]]` or `[[channel]]` of that kind.
    pub(super) fn kind(&self, section: &'static str, name: &str) -> Option<&Json> {
        self.kinds.get(&(section, name.to_owned()))
    }

    /// The keys that every entry of a section has.
    pub(super) fn common(&self, section: &str) -> Vec<&str> {
        properties(item(&self.root, section)).map(|(key, _)| key.as_str()).collect()
    }
}

/// The schema of the items of a list at the top of the file.
pub(super) fn item<'a>(root: &'a Json, section: &str) -> &'a Json {
    &root["properties"][section]["items"]
}

/// The keys of an object and their schemas.
pub(super) fn properties(schema: &Json) -> impl Iterator<Item = (&String, &Json)> {
    schema["properties"].as_object().into_iter().flatten()
}

/// The alternatives of a schema, without "nothing"; itself if it has none.
pub(super) fn alternatives(schema: &Json) -> Vec<&Json> {
    match several(schema) {
        Some(list) => list.iter().filter(|one| one["type"] != "null").flat_map(alternatives).collect(),
        None => vec![schema],
    }
}

fn several(schema: &Json) -> Option<&Vec<Json>> {
    ["anyOf", "oneOf"].iter().find_map(|key| schema[key].as_array())
}

/// Whether the value is a secret, so that `<key>_file` and `<key>_env` stand for it too.
pub(super) fn is_secret(schema: &Json) -> bool {
    match several(schema) {
        Some(list) => list.iter().any(|one| one["type"] != "null" && is_secret(one)),
        None => schema["format"] == SCHEMA_FORMAT,
    }
}

/// The keys that an object must have, and their schemas.
pub(super) fn required(schema: &Json) -> impl Iterator<Item = (&str, &Json)> {
    let keys = schema["required"].as_array().into_iter().flatten().filter_map(Json::as_str);
    keys.filter_map(|key| Some((key, schema["properties"].get(key)?)))
}

/// The JSON Schema (draft-07) of the whole file, the keys of every kind among it, for editors.
#[must_use]
pub fn schema(shapes: &Shapes) -> Json {
    let whole = Whole::of(shapes);
    let mut root = whole.root.clone();
    for section in ["source", "channel"] {
        let kinds: Vec<&Json> =
            whole.kinds.iter().filter(|((of, _), _)| *of == section).map(|(_, kind)| kind).collect();
        if !kinds.is_empty() {
            root["properties"][section]["items"] = json!({ "oneOf": kinds });
        }
    }
    with_secret_forms(&mut root);
    root["$schema"] = json!("http://json-schema.org/draft-07/schema#");
    root["title"] = json!("amends.toml");
    root
}

/// Adds `<key>_file` and `<key>_env` beside each secret, one of the three being required where the secret is.
fn with_secret_forms(schema: &mut Json) {
    match schema {
        Json::Array(list) => list.iter_mut().for_each(with_secret_forms),
        Json::Object(object) => {
            object.values_mut().for_each(with_secret_forms);
            let secrets: Vec<String> =
                properties_of(object).filter(|(_, schema)| is_secret(schema)).map(|(key, _)| key.clone()).collect();
            secrets.iter().for_each(|key| add_secret_forms(object, key));
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

fn properties_of(object: &Map<String, Json>) -> impl Iterator<Item = (&String, &Json)> {
    object.get("properties").and_then(Json::as_object).into_iter().flatten()
}

fn add_secret_forms(object: &mut Map<String, Json>, key: &str) {
    let (file, env) = (format!("{key}_file"), format!("{key}_env"));
    if let Some(properties) = object.get_mut("properties").and_then(Json::as_object_mut) {
        let about = format!("The file that holds `{key}`, or \"credential:NAME\" for one of systemd's.");
        properties.insert(file.clone(), json!({ "type": "string", "description": about }));
        let about = format!("The environment variable that holds `{key}`.");
        properties.insert(env.clone(), json!({ "type": "string", "description": about }));
    }
    let Some(required) = object.get_mut("required").and_then(Json::as_array_mut) else { return };
    let before = required.len();
    required.retain(|name| name != key);
    if required.len() < before {
        let one_of = json!({ "anyOf": [{ "required": [key] }, { "required": [file] }, { "required": [env] }] });
        let all = object.entry("allOf").or_insert_with(|| json!([]));
        if let Some(all) = all.as_array_mut() {
            all.push(one_of);
        }
    }
}

/// The keys that every entry has and those of one kind, as one object.
fn join(common: &Json, own: &Json, kind: &str) -> Json {
    let both = |key: &str| -> Map<String, Json> {
        let maps = [common, own].into_iter().filter_map(|schema| schema[key].as_object());
        maps.flatten().map(|(name, schema)| (name.clone(), schema.clone())).collect()
    };
    let mut properties = both("properties");
    properties.insert("kind".to_owned(), json!({ "type": "string", "const": kind, "description": "Its kind." }));
    let required = [common, own].into_iter().filter_map(|schema| schema["required"].as_array());
    let required: Vec<&Json> = required.flatten().collect();
    json!({ "type": "object", "title": kind, "properties": properties, "required": required, "additionalProperties": false })
}

/// A schema with every reference replaced by what it refers to.
fn inline(root: &Json) -> Json {
    let mut whole = resolve(root, root, 0);
    if let Some(object) = whole.as_object_mut() {
        for key in ["$defs", "definitions", "$schema"] {
            object.remove(key);
        }
    }
    whole
}

fn resolve(root: &Json, schema: &Json, depth: usize) -> Json {
    if depth > DEPTH_MAX {
        return Json::Bool(true);
    }
    match schema {
        Json::Array(list) => list.iter().map(|one| resolve(root, one, depth + 1)).collect(),
        Json::Object(object) => {
            let target =
                object.get("$ref").and_then(Json::as_str).and_then(|to| root.pointer(to.trim_start_matches('#')));
            let mut resolved = match target.map(|target| resolve(root, target, depth + 1)) {
                Some(Json::Object(resolved)) => resolved,
                Some(_) | None => Map::new(),
            };
            let beside = object.iter().filter(|(key, _)| !["$ref", "$defs", "definitions"].contains(&key.as_str()));
            resolved.extend(beside.map(|(key, value)| (key.clone(), resolve(root, value, depth + 1))));
            Json::Object(resolved)
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => schema.clone(),
    }
}
