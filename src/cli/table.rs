//! Tables for people: aligned, calm, no frame; one that is wider than the terminal wraps its last column.

use std::io::{IsTerminal, Write};

use comfy_table::{ContentArrangement, Table, presets};

/// Prints rows under their heads; `none` is said when there are no rows.
///
/// # Errors
/// If standard output is closed.
pub fn print(heads: &[&str], rows: Vec<Vec<String>>, none: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    if rows.is_empty() {
        return writeln!(out, "{none}");
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(heads.to_vec());
    if std::io::stdout().is_terminal() {
        table.set_content_arrangement(ContentArrangement::Dynamic);
    }
    for row in rows {
        table.add_row(row);
    }
    for line in table.to_string().lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}
