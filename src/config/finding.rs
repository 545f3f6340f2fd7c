//! [`Findings`]: problems while they are being found, and what must be masked before any of them is shown.
//!
//! Finished problems, with their lines of the file, are made at the end, when all secrets are known.

use std::sync::Arc;

use super::problem::{Level, Place, Problem, Shown};

/// A place in one of the files being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    /// Its index among the files.
    pub(super) file: usize,
    /// The first byte.
    pub(super) start: usize,
    /// The byte behind the last.
    pub(super) end: usize,
}

/// A problem being found.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    level: Level,
    message: String,
    spot: Option<Spot>,
    label: String,
    help: Option<String>,
    also: Option<(Spot, String)>,
}

impl Finding {
    /// An error at a place, with the words under its caret.
    pub(super) fn error(spot: Spot, message: impl Into<String>, label: impl Into<String>) -> Self {
        let (message, label) = (message.into(), label.into());
        Finding { level: Level::Error, message, spot: Some(spot), label, help: None, also: None }
    }

    /// A warning at a place.
    pub(super) fn warning(spot: Spot, message: impl Into<String>, label: impl Into<String>) -> Self {
        Finding { level: Level::Warning, ..Finding::error(spot, message, label) }
    }

    /// An error about all of it.
    pub(super) fn nowhere(level: Level, message: impl Into<String>) -> Self {
        Finding { level, message: message.into(), spot: None, label: String::new(), help: None, also: None }
    }

    /// Adds the way out, if there is one.
    pub(super) fn help(self, help: impl Into<Option<String>>) -> Self {
        Finding { help: help.into(), ..self }
    }

    /// Adds another place that it is about.
    pub(super) fn also(self, spot: Spot, label: impl Into<String>) -> Self {
        Finding { also: Some((spot, label.into())), ..self }
    }
}

/// Everything found so far.
#[derive(Debug, Default)]
pub(super) struct Findings {
    list: Vec<Finding>,
    secrets: Vec<Spot>,
}

impl Findings {
    pub(super) fn push(&mut self, finding: Finding) {
        self.list.push(finding);
    }

    /// Has what stands there masked wherever the file is shown.
    pub(super) fn mask(&mut self, spot: Spot) {
        self.secrets.push(spot);
    }

    /// Adds all of another's.
    pub(super) fn append(&mut self, other: Findings) {
        self.list.extend(other.list);
        self.secrets.extend(other.secrets);
    }

    /// Whether the configuration cannot be used.
    pub(super) fn has_errors(&self) -> bool {
        self.list.iter().any(|finding| finding.level == Level::Error)
    }

    /// The files as they may be shown.
    pub(super) fn masked(&self, files: Vec<(String, String)>) -> Vec<Arc<Shown>> {
        let masked = files.into_iter().enumerate().map(|(index, (name, text))| {
            let secrets = self.secrets.iter().filter(|spot| spot.file == index);
            Arc::new(Shown { name, text: secrets.fold(text, mask) })
        });
        masked.collect()
    }

    /// The finished problems.
    pub(super) fn finish(self, files: &[Arc<Shown>]) -> Vec<Problem> {
        let problems = self.list.into_iter().map(|finding| Problem {
            level: finding.level,
            message: finding.message,
            help: finding.help,
            place: finding.spot.and_then(|spot| place(files, spot)),
            label: finding.label,
            also: finding.also.and_then(|(spot, label)| place(files, spot).map(|place| Box::new((place, label)))),
        });
        problems.collect()
    }
}

/// The place with its file.
pub(super) fn place(files: &[Arc<Shown>], spot: Spot) -> Option<Place> {
    files.get(spot.file).map(|file| Place { file: Arc::clone(file), span: spot.start..spot.end })
}

/// Replaces what stands there by as many bytes of stars, but keeps line ends, so that all positions stay.
fn mask(text: String, spot: &Spot) -> String {
    let mut bytes = text.into_bytes();
    for byte in bytes.iter_mut().take(spot.end).skip(spot.start) {
        if !matches!(byte, b'\n' | b'\r') {
            *byte = b'*';
        }
    }
    String::from_utf8(bytes).unwrap_or_default()
}

/// The one of `known` that was probably meant by `written`.
pub(super) fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = written.chars().count();
    if length > 64 {
        return None;
    }
    let lower = written.to_lowercase();
    let near = known.into_iter().map(|name| (strsim::damerau_levenshtein(&lower, &name.to_lowercase()), name));
    let near = near.filter(|(distance, name)| *distance <= 2 + length / 5 && *distance < name.chars().count());
    near.min_by_key(|(distance, _)| *distance).map(|(_, name)| name)
}

/// "did you mean `x`?", or what there is to choose from.
pub(super) fn did_you_mean(written: &str, known: &[&str], what: &str) -> Option<String> {
    match nearest(written, known.iter().copied()) {
        Some(name) => Some(format!("did you mean `{name}`?")),
        None if known.is_empty() => None,
        None => Some(format!("{what}: {}", known.join(", "))),
    }
}
