//! Puts the configuration together: files, environment, secrets, checks; and remembers where everything stood.
//!
//! [`assemble`] is the whole of it without a disk; [`load`] only reads the files for it.

use std::{collections::HashMap, fmt, path::Path, sync::Arc};

use super::{
    SettingsError, check, environment,
    files::{self, Access, FILE_BYTES_MAX, Outside, Paths, SourceFile},
    finding::{Finding, Findings, Spot, place},
    mark, merge,
    model::{Config, SourceEntry},
    names,
    problem::{Level, Place, Problem, Problems, Shown},
    renamed, secrets,
    shape::{Shapes, Whole},
    tree::{self, Table},
};

/// A configuration that can be used.
#[derive(Clone)]
pub struct Loaded {
    /// The configuration. A source without `location` has been given the only one there is.
    pub config: Config,
    /// What the owner should know though it can be used.
    pub warnings: Vec<Problem>,
    files: Vec<Arc<Shown>>,
    root: Table,
}

impl fmt::Debug for Loaded {
    /// Without what stands in the files, because secrets are put in.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Loaded { config, warnings, files: _, root: _ } = self;
        f.debug_struct("Loaded").field("config", config).field("warnings", warnings).finish_non_exhaustive()
    }
}

/// One of the lists of sections whose keys depend on their kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// `[[source]]`.
    Source,
    /// `[[channel]]`.
    Channel,
}

impl Section {
    fn key(self) -> &'static str {
        match self {
            Section::Source => "source",
            Section::Channel => "channel",
        }
    }
}

impl Loaded {
    /// Where a key stands: "web.listen", "source.0.url", "source.0"; none if it was not given.
    #[must_use]
    pub fn origin(&self, path: &str) -> Option<Place> {
        self.root.spot(path).and_then(|spot| place(&self.files, spot))
    }

    /// The configuration alone; where in the files each key stands is forgotten.
    #[must_use]
    pub fn into_config(self) -> Config {
        self.config
    }

    /// What an adapter could not use, as a problem at its key, else at the head of its section; `index` counts in the order of the configuration.
    #[must_use]
    pub fn problem_at(&self, section: Section, index: usize, error: &SettingsError) -> Problem {
        let name = match section {
            Section::Source => self.config.sources.get(index).map(|entry| &entry.name),
            Section::Channel => self.config.channels.get(index).map(|entry| &entry.name),
        };
        let (name, head) = (name.map_or("", String::as_str), section.key());
        let path = format!("{head}.{index}");
        let (place, message) = match &error.key {
            Some(key) => {
                (self.origin(&format!("{path}.{key}")), format!("`{key}` in [[{head}]] `{name}`: {}", error.message))
            }
            None => (None, format!("[[{head}]] `{name}`: {}", error.message)),
        };
        let mut problem = Problem::new(Level::Error, message);
        problem.place = place.or_else(|| self.origin(&path));
        problem.label = "cannot be used".to_owned();
        problem
    }

    /// A problem that was found later, at a key such as "source.0.every", or else at the section that holds it.
    #[must_use]
    pub fn problem(&self, level: Level, path: &str, message: &str) -> Problem {
        let holder = path.rsplit_once('.').map_or("", |(holder, _)| holder);
        let mut problem = Problem::new(level, message);
        problem.place = self.origin(path).or_else(|| self.origin(holder));
        problem.label = "here".to_owned();
        problem
    }
}

/// Reads the main file and `conf.d/*.toml` beside it, and puts the configuration together.
///
/// # Errors
/// With every problem that it finds, in one pass.
pub fn load(paths: &Paths, env: &dyn Fn(&str) -> Option<String>, shapes: &Shapes) -> Result<Loaded, Problems> {
    let sources = files::read_all(&paths.main)?;
    let folder = paths.main.parent().unwrap_or(Path::new(""));
    assemble(sources, folder, &Outside { env, read: &files::read }, shapes)
}

/// Puts the configuration together from the texts of its files; `folder` is where relative paths of secrets begin.
///
/// # Errors
/// With every problem that it finds, in one pass.
pub fn assemble(
    sources: Vec<SourceFile>,
    folder: &Path,
    outside: &Outside<'_>,
    shapes: &Shapes,
) -> Result<Loaded, Problems> {
    let (mut findings, whole) = (Findings::default(), Whole::of(shapes));
    let public: Vec<bool> = sources.iter().map(|source| source.read.access == Access::Everybody).collect();
    let mut files: Vec<(String, String)> = Vec::new();
    let Some(mut root) = read_trees(sources, &mut files, &whole, &mut findings) else {
        return Err(refuse(findings, files));
    };
    let overrides = environment::override_keys(&mut root, &whole.root, files.len(), outside.env);
    files.push(("environment".to_owned(), overrides));
    environment::interpolate(&mut root, files.len() - 1, outside.env, &mut findings);
    renamed::apply(&mut root, &mut findings);
    secrets::resolve(
        &mut root,
        &whole,
        &mut secrets::Reader { outside, folder, public: &public, findings: &mut findings },
    );
    check::check(&root, &whole, &mut findings);
    names::check(&root, &mut findings);
    if !findings.has_errors() {
        fullness(&root, &mut findings);
    }
    if findings.has_errors() {
        return Err(refuse(findings, files));
    }
    match build(&root, &whole) {
        Ok(config) => {
            twins(&config, &root, &mut findings);
            Ok(finish(config, root, findings, files))
        }
        Err(error) => {
            findings.push(Finding::nowhere(Level::Error, format!("the configuration cannot be used: {error}")));
            Err(refuse(findings, files))
        }
    }
}

/// Parses each file and puts them together; none if one of them is not TOML, because then the rest would look wrong too.
fn read_trees(
    sources: Vec<SourceFile>,
    files: &mut Vec<(String, String)>,
    whole: &Whole,
    findings: &mut Findings,
) -> Option<Table> {
    let mut root = Some(Table::default());
    for (index, source) in sources.into_iter().enumerate() {
        let (text, readable) = text(source.read.bytes, index);
        match readable.and_then(|()| tree::parse(&text, index)) {
            Ok(table) => {
                if let Some(root) = &mut root {
                    merge::merge(root, table, findings);
                }
            }
            Err(finding) => {
                findings.push(*finding);
                secrets::mask_unparsed(&text, index, whole, findings);
                root = None;
            }
        }
        files.push((source.name, text));
    }
    root
}

/// The file's text, without a byte order mark; and why it cannot be read, if so.
fn text(bytes: Vec<u8>, file: usize) -> (String, Result<(), Box<Finding>>) {
    let at = |start: usize, end: usize| Spot { file, start, end };
    if bytes.len() > FILE_BYTES_MAX {
        let finding = Finding::error(at(0, 0), "the file is larger than a megabyte", "far too large");
        return (String::new(), Err(Box::new(finding.help("is it the right file?".to_owned()))));
    }
    match String::from_utf8(bytes) {
        Ok(text) => (text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text), Ok(())),
        Err(error) => {
            let end = error.utf8_error().valid_up_to();
            // What follows may be anything, a secret in another encoding among it: nothing of it is shown.
            let text = String::from_utf8_lossy(&error.as_bytes()[..end]).into_owned() + "\u{fffd}";
            let finding = Finding::error(at(end, end + 3), "the file is not UTF-8 text", "not UTF-8");
            (text, Err(Box::new(finding.help("save it as UTF-8".to_owned()))))
        }
    }
}

/// A configuration without a location cannot do anything; one without a source does nothing yet.
fn fullness(root: &Table, findings: &mut Findings) {
    if root.get("location").is_none() {
        let finding = Finding::nowhere(Level::Error, "there is no [[location]]");
        findings.push(
            finding.help(
                "write one: name = \"Hotel Alpenblick\", timezone = \"Europe/Vienna\"; or let `amends init` do it"
                    .to_owned(),
            ),
        );
    } else if root.get("source").is_none() {
        let finding = Finding::nowhere(Level::Warning, "there is no [[source]], so nothing is watched");
        findings.push(finding.help("`amends sources` lists what can be watched".to_owned()));
    }
}

/// The configuration itself; the keys of each kind go to its `settings`.
fn build(root: &Table, whole: &Whole) -> Result<Config, String> {
    let mut plain = root.to_toml();
    let sources = split(&mut plain, Section::Source, whole);
    let channels = split(&mut plain, Section::Channel, whole);
    let mut config: Config = plain.try_into().map_err(|error: toml::de::Error| error.message().to_owned())?;
    for (entry, settings) in config.sources.iter_mut().zip(sources) {
        entry.settings = settings;
    }
    for (entry, settings) in config.channels.iter_mut().zip(channels) {
        entry.settings = settings;
    }
    if let [only] = config.locations.as_slice() {
        config.sources.iter_mut().for_each(|source| source.location = Some(only.name.clone()));
    }
    Ok(config)
}

/// Takes the keys of its kind out of each entry of a section.
fn split(plain: &mut toml::Table, section: Section, whole: &Whole) -> Vec<toml::Table> {
    let common = whole.common(section.key());
    let Some(toml::Value::Array(entries)) = plain.get_mut(section.key()) else { return Vec::new() };
    let tables = entries.iter_mut().filter_map(toml::Value::as_table_mut);
    let split = tables.map(|table| {
        let (shared, own) = std::mem::take(table).into_iter().partition(|(key, _)| common.contains(&key.as_str()));
        *table = shared;
        own
    });
    split.collect()
}

/// Warns of sources that are the same but for their names.
fn twins(config: &Config, root: &Table, findings: &mut Findings) {
    let sections = root.tables(Section::Source.key());
    // With ten thousand sources, comparing each with each took two seconds.
    let mut alike: HashMap<u64, Vec<&SourceEntry>> = HashMap::new();
    for (source, (_, spot)) in config.sources.iter().zip(&sections) {
        let before = alike.entry(mark::of_place(source)).or_default();
        let same = |other: &&&SourceEntry| {
            (&other.kind, &other.location, &other.settings) == (&source.kind, &source.location, &source.settings)
        };
        let twin = before.iter().find(same).copied();
        before.push(source);
        if let Some(other) = twin {
            let names = (&source.name, &other.name);
            let message =
                format!("[[source]] `{}` is the same as `{}`: every review would be told twice", names.0, names.1);
            findings.push(Finding::warning(*spot, message, "the same again").help("keep one of them".to_owned()));
        }
    }
}

fn finish(config: Config, root: Table, findings: Findings, files: Vec<(String, String)>) -> Loaded {
    let files = findings.masked(files);
    Loaded { config, warnings: Problems::new(findings.finish(&files)).into_list(), files, root }
}

fn refuse(findings: Findings, files: Vec<(String, String)>) -> Problems {
    let files = findings.masked(files);
    Problems::new(findings.finish(&files))
}
