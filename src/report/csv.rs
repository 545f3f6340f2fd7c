//! The report as a table for a spreadsheet.
//!
//! Cells that a spreadsheet would take for a formula get an apostrophe at their head, as OWASP's "CSV Injection" page advises:
//! guests choose their own names.

use super::{
    cell::{Amount, Cell},
    rows::Row,
    weekly::Weekly,
};

const HEAD: [&str; 10] = [
    "section",
    "key",
    "what",
    "this week",
    "last week",
    "12-week habit",
    "this week (number)",
    "last week (number)",
    "habit (number)",
    "unit",
];

/// The report as CSV: the table first, then the lists. Lines end in CRLF, as RFC 4180 asks.
#[must_use]
pub fn to_csv(weekly: &Weekly) -> String {
    table(records(weekly))
}

/// Records of one length as CSV, each cell harmless.
pub(super) fn table<const N: usize>(records: impl IntoIterator<Item = [String; N]>) -> String {
    let mut out = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for record in records {
        out.write_record(record.iter().map(|cell| harmless(cell)))
            .expect("all records are of one length, and memory takes them");
    }
    let bytes = out.into_inner().expect("memory takes what is left");
    String::from_utf8(bytes).expect("only strings were written")
}

fn records(weekly: &Weekly) -> Vec<[String; 10]> {
    let text = |parts: [&str; 4]| {
        let [section, key, what, this] = parts.map(str::to_owned);
        [
            section,
            key,
            what,
            this,
            String::new(),
            String::new(),
            String::new(),
            String::new(),
            String::new(),
            String::new(),
        ]
    };
    let mut records = vec![HEAD.map(str::to_owned)];
    records.push(text(["week", &weekly.week.name, &weekly.title, &weekly.week.days]));
    records.push(text(["week", "subject", "subject", &weekly.subject]));
    records.extend(weekly.rows.iter().map(row));
    records.extend(weekly.chart.iter().map(|bar| {
        let mut record = text(["chart", &bar.week, "typical time to turnaround", &bar.cell.words]);
        (record[6], record[9]) = number(&bar.cell);
        record
    }));
    if let Some(cohort) = &weekly.cohort {
        records.push(text(["cohort", "5-8-weeks-ago", "bad reviews of 5 to 8 weeks ago", &cohort.words]));
    }
    for save in &weekly.saves {
        let mut record =
            text(["save", &save.case.to_string(), &format!("{}, {}", save.guest, save.source), &save.took.words]);
        (record[6], record[9]) = number(&save.took);
        records.push(record);
    }
    for waiting in &weekly.waiting {
        let what = format!("{}, {}: {}", waiting.guest, waiting.source, waiting.stage);
        let mut record = text(["waiting", &waiting.case.to_string(), &what, &waiting.waited.words]);
        (record[6], record[9]) = number(&waiting.waited);
        records.push(record);
    }
    for site in &weekly.sites {
        let mut record = text(["site", &site.source, "mean rating", &site.mean]);
        record[4].clone_from(&site.mean_before);
        records.push(record);
    }
    records
}

fn row(row: &Row) -> [String; 10] {
    let (this, unit) = number(&row.this_week);
    let ((last, last_unit), (habit, habit_unit)) = (number(&row.last_week), number(&row.habit));
    let unit = [unit, last_unit, habit_unit].into_iter().find(|unit| !unit.is_empty()).unwrap_or_default();
    [
        "table".to_owned(),
        row.key.clone(),
        row.label.trim().to_owned(),
        row.this_week.words.clone(),
        row.last_week.words.clone(),
        row.habit.words.clone(),
        this,
        last,
        habit,
        unit,
    ]
}

/// A cell as a bare number with its unit; empty where there is none, or where a time is not reached.
fn number(cell: &Cell) -> (String, String) {
    let (number, unit) = match cell.amount {
        Amount::Unknown => return (String::new(), String::new()),
        Amount::Over { .. } => return (String::new(), "seconds".to_owned()),
        Amount::Count { count } => (count.to_string(), "count"),
        Amount::Time { seconds } => (seconds.to_string(), "seconds"),
        Amount::Share { part, whole } => (format!("{:.4}", part as f64 / whole as f64), "share"),
        Amount::Money { cents } => (format!("{:.2}", cents as f64 / 100.0), "money"),
    };
    (number, unit.to_owned())
}

/// Keeps a spreadsheet from running what a stranger wrote; plain numbers stay numbers.
fn harmless(cell: &str) -> String {
    let risky = |c: char| matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠');
    match cell.chars().next() {
        Some(first) if risky(first) && cell.parse::<f64>().is_err() => format!("'{cell}"),
        Some(_) | None => cell.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_looks_like_a_formula_is_made_harmless() {
        for (cell, expected) in [
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("+43 660", "'+43 660"),
            ("-2+3", "'-2+3"),
            ("＝1", "'＝1"),
            ("-2.5", "-2.5"),
            ("Ana", "Ana"),
            ("", ""),
        ] {
            assert_eq!(harmless(cell), expected);
        }
    }
}
