//! The first sheet of a workbook (XLSX) as a table.

use std::io::Cursor;

use calamine::{Data, DataType, Reader, Xlsx};

use super::{Hints, ImportError, Read, table};

/// The most cells that are read.
const CELLS_MAX: usize = 5_000_000;

/// Whether an archive is a workbook.
pub(super) fn is_workbook(bytes: &[u8]) -> bool {
    zip::ZipArchive::new(Cursor::new(bytes)).is_ok_and(|archive| archive.index_for_name("xl/workbook.xml").is_some())
}

/// Reads the first sheet that holds something; its first row are the heads.
///
/// # Errors
/// If it is damaged, or as [`table::read_rows`].
pub(super) fn read(bytes: &[u8], hints: &Hints) -> Result<Read, ImportError> {
    let damaged =
        |_| ImportError::NotReadable("this workbook is damaged; open it and save it anew as XLSX or CSV".to_owned());
    let mut workbook: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes)).map_err(damaged)?;
    let mut rows = Vec::new();
    for name in workbook.sheet_names() {
        let range = workbook.worksheet_range(&name).map_err(damaged)?;
        if range.get_size().0.saturating_mul(range.get_size().1) > CELLS_MAX {
            return Err(ImportError::NotReadable(format!("the sheet \"{name}\" is too large; save it as CSV")));
        }
        rows = range.rows().map(|row| row.iter().map(written).collect::<Vec<String>>()).collect();
        if !rows.is_empty() {
            break;
        }
    }
    let mut rows = rows.into_iter().skip_while(|row| row.iter().all(String::is_empty));
    let heads = rows.next().ok_or(ImportError::Empty)?;
    let rows = rows.filter(|row| !row.iter().all(String::is_empty)).map(csv::StringRecord::from).collect();
    let read = table::read_rows(heads, rows, hints)?;
    Ok(Read { kind: "a workbook", ..read })
}

/// A cell as a person reads it; dates as ISO 8601.
fn written(cell: &Data) -> String {
    match cell {
        Data::DateTime(_) => {
            cell.as_datetime().map_or_else(String::new, |at| at.format("%Y-%m-%d %H:%M:%S").to_string())
        }
        Data::DateTimeIso(text) => text.clone(),
        Data::Empty | Data::Error(_) => String::new(),
        other => other.as_string().unwrap_or_default().trim().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORKBOOK: &[u8] = include_bytes!("../../../tests/fixtures/reviews.xlsx");

    #[test]
    fn the_first_sheet_that_holds_something_is_read_with_its_dates() {
        let read = super::super::read(WORKBOOK, &Hints::default()).unwrap();
        assert_eq!(read.kind, "a workbook");
        let first = &read.sightings[0];
        assert_eq!((first.author.as_deref(), first.text.as_deref()), (Some("Jörg"), Some("Sehr laut; kalt")));
        assert_eq!(first.rating.as_ref().map(|rating| rating.stars.clone()), Some(serde_json::json!("2")));
        assert_eq!(first.posted_at.unwrap().at.to_string(), "2026-07-01T10:30:00Z");
        assert_eq!(read.sightings.len(), 2, "an empty row is none");
    }

    #[test]
    fn a_damaged_workbook_says_so_wherever_it_breaks() {
        for at in (4..WORKBOOK.len()).step_by(97) {
            let mut damaged = WORKBOOK.to_vec();
            damaged[at] ^= 0x55;
            let _ = super::super::read(&damaged, &Hints::default());
            assert!(super::super::read(&WORKBOOK[..at], &Hints::default()).is_err(), "{at}");
        }
    }
}
