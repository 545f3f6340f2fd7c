//! [`Problem`]: what is wrong in the owner's file, where, and the way out; and how that is shown.
//!
//! It shows lines of the file only with secrets masked. It decides nothing.

use std::{fmt, ops::Range, sync::Arc};

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, Severity};

/// The most problems that are shown at once; the rest are counted.
const SHOWN_MAX: usize = 50;

/// How grave a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// The configuration cannot be used.
    Error,
    /// It can be used, but the owner should know.
    Warning,
}

/// How problems are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// With colours and lines, for a terminal.
    Fancy,
    /// In plain ASCII, for files, journals and `NO_COLOR`.
    Plain,
}

impl Look {
    /// The look for an output: fancy on a terminal unless `NO_COLOR` has a value.
    #[must_use]
    pub fn of(output: &impl std::io::IsTerminal, no_color: Option<&str>) -> Self {
        if output.is_terminal() && no_color.is_none_or(str::is_empty) { Look::Fancy } else { Look::Plain }
    }
}

/// A file as it may be shown: its name, and its text with secrets masked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) name: String,
    pub(super) text: String,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub(super) file: Arc<Shown>,
    pub(super) span: Range<usize>,
}

impl Place {
    /// The file's name as it was given.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file.name
    }

    /// The line and the column in characters, both from 1.
    #[must_use]
    pub fn line_column(&self) -> (usize, usize) {
        let before = self.file.text.get(..self.span.start).unwrap_or(&self.file.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = self.line_column();
        write!(f, "{}:{line}:{column}", self.file())
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// How grave it is.
    pub level: Level,
    /// What is wrong, with section and key: lower case, no full stop.
    pub message: String,
    /// The way out.
    pub help: Option<String>,
    /// Where it stands, if in a file.
    pub place: Option<Place>,
    /// What is written under the caret.
    pub(super) label: String,
    /// The other place that it is about, and what is written there.
    pub(super) also: Option<Box<(Place, String)>>,
}

impl Problem {
    /// A problem without a place.
    pub fn new(level: Level, message: impl Into<String>) -> Self {
        let (message, label) = (message.into(), String::new());
        Problem { level, message, help: None, place: None, label, also: None }
    }

    /// Where it comes among others: by file as read, then by position.
    fn order(&self) -> (Option<(&str, usize)>, &str) {
        (self.place.as_ref().map(|place| (place.file(), place.span.start)), &self.message)
    }

    /// Draws it with its lines of the file.
    #[must_use]
    pub fn render(&self, look: Look) -> String {
        let theme = match look {
            Look::Fancy => GraphicalTheme::unicode(),
            Look::Plain => GraphicalTheme::none(),
        };
        let mut out = String::new();
        let handler = GraphicalReportHandler::new_themed(theme).with_width(100).with_links(false).tab_width(4);
        match handler.render_report(&mut out, &Drawn::of(self)) {
            Ok(()) => out,
            Err(fmt::Error) => self.to_string(),
        }
    }
}

/// One line: place, message, the way out.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        f.write_str(&self.message)?;
        match &self.help {
            Some(help) => write!(f, "; {help}"),
            None => Ok(()),
        }
    }
}

/// Everything that is wrong, found in one pass, in the order of the files; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    pub(super) fn new(mut problems: Vec<Problem>) -> Self {
        problems.sort_by(|a, b| a.order().cmp(&b.order()));
        Problems(problems)
    }

    pub(super) fn into_list(self) -> Vec<Problem> {
        self.0
    }

    /// The problems, errors and warnings, in the order of the files.
    #[must_use]
    pub fn list(&self) -> &[Problem] {
        &self.0
    }

    /// Draws all of them, and their number at the end.
    #[must_use]
    pub fn render(&self, look: Look) -> String {
        render(&self.0, look)
    }
}

/// Draws problems, and their number at the end: "3 problems, 1 warning".
#[must_use]
pub fn render(problems: &[Problem], look: Look) -> String {
    let mut out: String = problems.iter().take(SHOWN_MAX).map(|problem| problem.render(look) + "\n").collect();
    if problems.len() > SHOWN_MAX {
        out += &format!("and {} more\n", problems.len() - SHOWN_MAX);
    }
    out + &count(problems) + "\n"
}

fn count(problems: &[Problem]) -> String {
    let errors = problems.iter().filter(|problem| problem.level == Level::Error).count();
    let number = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    match (errors, problems.len() - errors) {
        (errors, 0) => number(errors, "problem"),
        (0, warnings) => number(warnings, "warning"),
        (errors, warnings) => format!("{}, {}", number(errors, "problem"), number(warnings, "warning")),
    }
}

/// One line a problem, for logs.
impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().take(SHOWN_MAX).try_for_each(|problem| writeln!(f, "{problem}"))?;
        f.write_str(&count(&self.0))
    }
}

impl std::error::Error for Problems {}

/// A problem in the form that miette draws.
#[derive(Debug)]
struct Drawn<'a> {
    problem: &'a Problem,
    source: Option<NamedSource<String>>,
    help: Option<String>,
}

impl<'a> Drawn<'a> {
    fn of(problem: &'a Problem) -> Self {
        let source = problem.place.as_ref().map(|place| NamedSource::new(place.file(), place.file.text.clone()));
        let elsewhere = match (&problem.place, &problem.also) {
            (Some(place), Some(also)) if place.file != also.0.file => Some(format!("{}: {}", also.1, also.0)),
            _ => None,
        };
        let help = match (problem.help.clone(), elsewhere) {
            (Some(help), Some(elsewhere)) => Some(format!("{help}\n{elsewhere}")),
            (help, elsewhere) => help.or(elsewhere),
        };
        Drawn { problem, source, help }
    }
}

impl fmt::Display for Drawn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem.message)
    }
}

impl std::error::Error for Drawn<'_> {}

impl Diagnostic for Drawn<'_> {
    fn severity(&self) -> Option<Severity> {
        Some(match self.problem.level {
            Level::Error => Severity::Error,
            Level::Warning => Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.source.as_ref().map(|source| source as &dyn miette::SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let place = self.problem.place.as_ref()?;
        let main = LabeledSpan::new_primary_with_span(Some(self.problem.label.clone()), place.span.clone());
        let also = self.problem.also.iter().filter(|also| also.0.file == place.file);
        let also = also.map(|also| LabeledSpan::new_with_span(Some(also.1.clone()), also.0.span.clone()));
        Some(Box::new(std::iter::once(main).chain(also)))
    }
}
