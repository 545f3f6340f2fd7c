//! Secrets: each secret key `x` may be given as `x`, in a file (`x_file`) or in an environment variable (`x_env`); here it is put in under `x`.
//!
//! Values never get into a message, and what stands in the file is masked wherever it is shown.

use std::{
    collections::{BTreeSet, HashMap},
    path::{Path, PathBuf},
};

use serde_json::Value as Json;

use super::{
    check::KINDED,
    files::{Access, Outside},
    finding::{Finding, Findings, Spot},
    shape::{Whole, alternatives, is_secret, properties},
    tree::{Entry, Node, Table, Value},
};

/// The largest file that is read as a secret; a key or token is far smaller.
const SECRET_BYTES_MAX: usize = 64 * 1024;

/// Values that were never meant to be used.
const PLACEHOLDERS: [&str; 7] = ["changeme", "change-me", "change_me", "password", "secret", "todo", "xxx"];

/// Puts all secrets of the file in.
pub(super) fn resolve(root: &mut Table, whole: &Whole, reader: &mut Reader<'_>) {
    // Of thousands of sources most are of a kind that knows no secrets.
    let mut with_secrets: HashMap<(&str, String), Option<&Json>> = HashMap::new();
    for entry in &mut root.entries {
        let Some(section) = KINDED.into_iter().find(|section| *section == entry.key) else {
            reader.node(&mut entry.node, &whole.root["properties"][entry.key.as_str()]);
            continue;
        };
        let Value::List(nodes) = &mut entry.node.value else { continue };
        for node in nodes {
            let Some((kind, _)) = node.as_table().and_then(|table| table.text("kind")) else { continue };
            let schema = with_secrets
                .entry((section, kind.to_owned()))
                .or_insert_with_key(|(section, kind)| whole.kind(section, kind).filter(|schema| holds_secret(schema)));
            if let Some(schema) = schema {
                reader.node(node, schema);
            }
        }
    }
}

/// Whether anything in a schema is a secret.
fn holds_secret(schema: &Json) -> bool {
    match schema {
        Json::Object(parts) => is_secret(schema) || parts.values().any(holds_secret),
        Json::Array(list) => list.iter().any(holds_secret),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => false,
    }
}

/// What is needed to read secrets.
pub(super) struct Reader<'a> {
    /// The files and the environment.
    pub(super) outside: &'a Outside<'a>,
    /// The folder of the main file, for relative paths.
    pub(super) folder: &'a Path,
    /// Which of the files being read anybody may read.
    pub(super) public: &'a [bool],
    pub(super) findings: &'a mut Findings,
}

/// The ways to give a secret, in the order in which messages name them.
#[derive(Clone, Copy)]
enum Form {
    Written,
    File,
    Variable,
}

impl Form {
    const ALL: [Form; 3] = [Form::Written, Form::File, Form::Variable];

    fn key(self, key: &str) -> String {
        match self {
            Form::Written => key.to_owned(),
            Form::File => format!("{key}_file"),
            Form::Variable => format!("{key}_env"),
        }
    }

    /// The secret that a key of this form gives.
    fn bare(self, key: &str) -> Option<&str> {
        match self {
            Form::Written => Some(key),
            Form::File => key.strip_suffix("_file"),
            Form::Variable => key.strip_suffix("_env"),
        }
    }
}

/// The secrets of a schema that a table gives, in whichever form, each once. Of thousands of tables most give none.
fn secrets_given<'a>(table: &Table, schema: &'a Json) -> BTreeSet<&'a str> {
    let Some(properties) = schema["properties"].as_object() else { return BTreeSet::new() };
    let meant = table.entries.iter().flat_map(|entry| Form::ALL.into_iter().filter_map(|form| form.bare(&entry.key)));
    let known = meant.filter_map(|key| properties.get_key_value(key));
    known.filter(|(_, schema)| is_secret(schema)).map(|(key, _)| key.as_str()).collect()
}

impl Reader<'_> {
    fn node(&mut self, node: &mut Node, schema: &Json) {
        match &mut node.value {
            Value::Table(table) => alternatives(schema).into_iter().for_each(|one| self.table(table, one)),
            Value::List(nodes) => alternatives(schema).into_iter().for_each(|one| self.list(nodes, &one["items"])),
            Value::Text(_) | Value::Integer(_) | Value::Float(_) | Value::Bool(_) | Value::Date(_) => {}
        }
    }

    fn list(&mut self, nodes: &mut [Node], items: &Json) {
        if is_secret(items) {
            nodes.iter().for_each(|inner| self.findings.mask(inner.spot));
        } else {
            nodes.iter_mut().for_each(|inner| self.node(inner, items));
        }
    }

    fn table(&mut self, table: &mut Table, schema: &Json) {
        for key in secrets_given(table, schema) {
            self.secret(table, key);
        }
        let open = &schema["additionalProperties"];
        for entry in &mut table.entries {
            match schema["properties"].get(&entry.key) {
                Some(inner) if !is_secret(inner) => self.node(&mut entry.node, inner),
                None if open.is_object() && is_secret(open) => self.findings.mask(entry.node.spot),
                None if open.is_object() => self.node(&mut entry.node, open),
                Some(_) | None => {}
            }
        }
    }

    /// Puts one secret in under its own key.
    fn secret(&mut self, table: &mut Table, key: &str) {
        if let Some(entry) = table.get(key) {
            self.findings.mask(entry.node.spot);
        }
        let given =
            Form::ALL.into_iter().filter_map(|form| table.get(&form.key(key)).map(|entry| (form, entry.clone())));
        let given: Vec<(Form, Entry)> = given.collect();
        if let [(_, first), (_, second), ..] = given.as_slice() {
            let message = format!("`{}` and `{}` are both given", first.key, second.key);
            let finding = Finding::error(second.key_spot, message, "the second").also(first.key_spot, "the first");
            self.findings.push(finding.help("keep one of them".to_owned()));
        }
        let Some((form, entry)) = given.into_iter().next() else { return };
        let value = self.value(form, &entry, key);
        table.entries.retain(|entry| Form::ALL.into_iter().all(|form| form.key(key) != entry.key));
        let node = match value {
            Some(value) => Node { spot: entry.node.spot, value: Value::Text(value) },
            None => entry.node,
        };
        table.entries.push(Entry { key: key.to_owned(), key_spot: entry.key_spot, node });
    }

    /// The secret; nothing if there is none, which has been said then, or which the check of types will say.
    fn value(&mut self, form: Form, entry: &Entry, key: &str) -> Option<String> {
        let text = entry.node.as_text()?;
        let value = match form {
            Form::Written => {
                self.written(entry, key);
                text.to_owned()
            }
            Form::File => self.file(text, entry)?,
            Form::Variable => self.variable(text, entry)?,
        };
        let value = value.trim_end_matches(['\n', '\r']);
        if value.trim().is_empty() {
            self.refuse(entry, "is empty");
            return None;
        }
        if PLACEHOLDERS.contains(&value.trim().to_lowercase().as_str()) {
            self.refuse(entry, "is still the placeholder of an example");
        }
        Some(value.to_owned())
    }

    fn refuse(&mut self, entry: &Entry, why: &str) {
        let what =
            if entry.key.ends_with("_file") || entry.key.ends_with("_env") { "the secret of" } else { "the secret" };
        self.findings.push(Finding::error(entry.node.spot, format!("{what} `{}` {why}", entry.key), why));
    }

    fn written(&mut self, entry: &Entry, key: &str) {
        if self.public.get(entry.node.spot.file) == Some(&true) {
            let message = format!("the secret `{key}` stands in a file that everybody on this machine may read");
            let help = format!("chmod o= the file, or write {key}_file = \"/path/to/a/file\"");
            self.findings.push(Finding::warning(entry.key_spot, message, "a secret").help(help));
        }
    }

    fn file(&mut self, name: &str, entry: &Entry) -> Option<String> {
        let spot = entry.node.spot;
        let path = self.path(name, entry)?;
        let read = match (self.outside.read)(&path) {
            Ok(read) => read,
            Err(error) => {
                let message = format!("the file of `{}` cannot be read: {}", entry.key, reason(&error));
                self.findings.push(Finding::error(spot, message, "this file"));
                return None;
            }
        };
        if matches!(read.access, Access::Group | Access::Everybody) {
            let message = format!("the file of `{}` may be read by others on this machine", entry.key);
            let help = "chmod 600 it, and make it belong to the user of amends".to_owned();
            self.findings.push(Finding::warning(spot, message, "this file").help(help));
        }
        self.text(read.bytes, entry)
    }

    fn text(&mut self, bytes: Vec<u8>, entry: &Entry) -> Option<String> {
        if bytes.len() > SECRET_BYTES_MAX {
            let message = format!("the file of `{}` is far too large for a secret", entry.key);
            self.findings.push(Finding::error(entry.node.spot, message, "this file"));
            return None;
        }
        let text = String::from_utf8(bytes).ok();
        if text.is_none() {
            self.findings.push(Finding::error(
                entry.node.spot,
                format!("the file of `{}` is not text", entry.key),
                "this file",
            ));
        }
        text
    }

    fn path(&mut self, name: &str, entry: &Entry) -> Option<PathBuf> {
        let Some(credential) = name.strip_prefix("credential:") else {
            return Some(self.folder.join(name));
        };
        let folder = (self.outside.env)("CREDENTIALS_DIRECTORY").filter(|folder| !folder.is_empty());
        let plain = !credential.is_empty() && !credential.contains(['/', '\\']) && credential != "..";
        match folder {
            Some(folder) if plain => Some(Path::new(&folder).join(credential)),
            Some(_) => {
                self.say(entry.node.spot, &format!("`{}` wants the plain name of a credential", entry.key), None);
                None
            }
            None => {
                let help = "add LoadCredential= to the unit, or name a file by its path".to_owned();
                let message = format!("`{}` names a credential, but systemd has handed over none", entry.key);
                self.say(entry.node.spot, &message, Some(help));
                None
            }
        }
    }

    fn variable(&mut self, name: &str, entry: &Entry) -> Option<String> {
        let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !plain {
            self.findings.mask(entry.node.spot);
            let message = format!("`{}` wants the name of an environment variable, not a value", entry.key);
            self.say(entry.node.spot, &message, None);
            return None;
        }
        let value = (self.outside.env)(name);
        if value.is_none() {
            self.findings.mask(entry.node.spot);
            let message = format!("the environment variable that `{}` names is not set", entry.key);
            self.say(entry.node.spot, &message, None);
        }
        value
    }

    fn say(&mut self, spot: Spot, message: &str, help: Option<String>) {
        self.findings.push(Finding::error(spot, message, "this").help(help));
    }
}

/// Why a file cannot be read, in plain words and without its path.
pub(super) fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "this user may not read it".to_owned(),
        std::io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        kind => kind.to_string(),
    }
}

/// Masks what may be a secret in a text that could not be parsed: values of keys that are secret in any section or sound like it,
/// and whole lines that are neither a key, a header nor a comment. Which section a line belongs to is not known in such a text.
pub(super) fn mask_unparsed(text: &str, file: usize, whole: &Whole, findings: &mut Findings) {
    let mut names: Vec<String> = ["pass", "secret", "token", "key", "auth"].map(str::to_owned).into();
    whole.kinds.values().chain([&whole.root]).for_each(|schema| collect_names(schema, &mut names));
    let (mut closer, mut start) = (None, 0);
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        if let Some(open) = closer {
            findings.mask(Spot { file, start, end });
            closer = Some(open).filter(|open| !line.contains(open));
        } else if let Some(value) = secret_value(line, &names) {
            findings.mask(Spot { file, start: start + value, end });
            closer = left_open(line[value..].trim());
        }
        start = end;
    }
}

/// Where what may be a secret begins in a line: behind its `=`, or with the line.
fn secret_value(line: &str, names: &[String]) -> Option<usize> {
    let trimmed = line.trim_start();
    let Some((key, _)) = line.split_once('=') else {
        return (!trimmed.starts_with(['[', '#']) && !trimmed.is_empty()).then_some(line.len() - trimmed.len());
    };
    let letters: String = key.chars().filter(|c| c.is_alphanumeric() || *c == '_').collect();
    let alike = names.iter().any(|name| strsim::damerau_levenshtein(&letters, name) <= name.len() / 3);
    let lower = line.to_ascii_lowercase();
    let first = names.iter().filter_map(|name| lower.find(name.as_str())).min();
    let first = if alike { Some(0) } else { first };
    first.and_then(|first| lower[first..].find('=').map(|at| first + at + 1))
}

/// What closes a value that goes on over the end of its line.
fn left_open(value: &str) -> Option<&'static str> {
    let pairs = [("\"\"\"", "\"\"\""), ("'''", "'''"), ("[", "]")];
    let (open, close) = pairs.into_iter().find(|(open, _)| value.starts_with(open))?;
    (!value[open.len()..].contains(close)).then_some(close)
}

/// The names of all secret keys in a schema, in small letters.
fn collect_names(schema: &Json, names: &mut Vec<String>) {
    for one in alternatives(schema) {
        for (key, inner) in properties(one) {
            if is_secret(inner) || is_secret(&inner["items"]) {
                names.push(key.to_lowercase());
            }
            collect_names(inner, names);
        }
        if one["items"].is_object() {
            collect_names(&one["items"], names);
        }
    }
}
