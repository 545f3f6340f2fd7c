//! Reviews from a file of any kind that owners get: a table as CSV or XLSX, or Google's archive of a business. Pure; an import never
//! alerts.

mod sheet;
mod table;
mod takeout;

use crate::review::Sighting;

pub use table::{DayOrder, Field};

/// What was read from a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Read {
    /// What kind of file it is, in words.
    pub kind: &'static str,
    /// The rows as sightings.
    pub sightings: Vec<Sighting>,
    /// The columns that were used: their heads and what they were taken for.
    pub columns: Vec<(String, Field)>,
    /// The order of numeric dates, and why it is believed.
    pub day_order: Option<(DayOrder, String)>,
    /// What could not be read, with the reason.
    pub unreadable: Vec<(String, String)>,
}

/// Why a file could not be read at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// No column was recognised as rating or text.
    #[error(
        "no column was recognised as rating or text; the heads are: {0}; say which is which: --map \"HEAD=rating\""
    )]
    NoColumns(String),
    /// The field of a `--map` does not exist.
    #[error("`{0}` is not a field; the fields are id, author, rating, title, text, posted, language, url, reply")]
    NoField(String),
    /// The file has no head line.
    #[error("the file is empty")]
    Empty,
    /// Dates such as 03/04/2026 could be read in two ways.
    #[error("dates such as {0} can be read in two ways; say which: --dates day-first or --dates month-first")]
    AmbiguousDates(String),
    /// A workbook or archive that is damaged, or holds something else.
    #[error("{0}")]
    NotReadable(String),
}

/// What the owner says about the file.
#[derive(Clone, Debug, Default)]
pub struct Hints {
    /// Columns by their heads.
    pub map: Vec<(String, String)>,
    /// The order of numeric dates.
    pub day_order: Option<DayOrder>,
    /// The scale's best rating.
    pub best: Option<f64>,
}

/// Reads a file by what is in it, whatever its name.
///
/// # Errors
/// If it holds no reviews that can be told, or its dates can be read in two ways.
pub fn read(bytes: &[u8], hints: &Hints) -> Result<Read, ImportError> {
    let start = bytes.iter().position(|byte| !byte.is_ascii_whitespace() && !matches!(byte, 0xEF | 0xBB | 0xBF));
    match start.map(|start| &bytes[start..]) {
        None => Err(ImportError::Empty),
        Some([b'P', b'K', 3, 4, ..]) if sheet::is_workbook(bytes) => sheet::read(bytes, hints),
        Some([b'P', b'K', 3, 4, ..]) => takeout::read_archive(bytes),
        Some([b'{', ..]) => takeout::read_document(bytes),
        Some(_) => table::read_csv(bytes, hints),
    }
}
