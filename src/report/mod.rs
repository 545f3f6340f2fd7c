//! The weekly turnaround report: one set of rows from `figures`, rendered as text, HTML, JSON and CSV.
//!
//! [`weekly`] computes, the renderings only arrange: none of them holds a number of its own. It sends nothing; that is `work`.

mod cell;
mod csv;
mod history;
mod html;
mod lines;
mod rows;
mod subject;
mod text;
mod weekly;

use serde_json::Value;

use crate::alert::ReportBody;

pub use self::csv::to_csv;
pub use cell::{Amount, Cell};
pub use history::{history_csv, history_json, history_text};
pub use html::render_html;
pub use lines::{CohortLine, PraiseLine, SaveLine, SiteLine, UnratedLines, WaitingLine};
pub use rows::{Bar, Group, Row};
pub use text::render_text;
pub use weekly::{WeekHead, Weekly, weekly};

/// The subject of the mail, which carries the news: "Week 47: 3 turned, 1 waiting 9 days".
#[must_use]
pub fn subject(weekly: &Weekly) -> String {
    weekly.subject.clone()
}

/// The report as JSON.
#[must_use]
pub fn to_json(weekly: &Weekly) -> Value {
    serde_json::to_value(weekly).expect("the report holds only strings, numbers and lists of them")
}

/// The report as an alert carries it.
#[must_use]
pub fn body(weekly: &Weekly) -> ReportBody {
    ReportBody { text: render_text(weekly), html: render_html(weekly), json: to_json(weekly) }
}

#[cfg(test)]
#[path = "report_tests.rs"]
mod tests;
