//! `amends help`: of a command what it takes, of a kind of source how an owner gets access to it.

use std::fmt::Write as _;

use super::Exit;
use crate::{
    schedule::Span,
    sources::{self, Kind},
    terms::Retention,
};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// A command, or a kind of source such as google-business
    about: Vec<String>,
}

pub fn run(args: &Args, command: &mut clap::Command) -> anyhow::Result<Exit> {
    let Some(first) = args.about.first() else {
        command.print_help()?;
        return Ok(Exit::Fine);
    };
    if let Some(kind) = sources::find(first) {
        print!("{}", page(kind));
        return Ok(Exit::Fine);
    }
    let mut found = &mut *command;
    for name in &args.about {
        if found.find_subcommand(name).is_none() {
            let kinds = sources::ALL.iter().map(|kind| kind.name).collect::<Vec<_>>().join(", ");
            eprintln!("amends: there is no command and no kind of source `{name}`; the kinds are: {kinds}");
            return Ok(Exit::Usage);
        }
        found = found.find_subcommand_mut(name).expect("it was found just now");
    }
    found.print_help()?;
    Ok(Exit::Fine)
}

/// Everything an owner needs to know of one kind.
fn page(kind: &Kind) -> String {
    let mut page = format!("{}: {}\n", kind.name, kind.about);
    if !kind.access.is_empty() {
        let _ = write!(page, "\nGETTING ACCESS\n\n{}\n", kind.access.trim());
    }
    let words = match kind.terms.retention {
        Retention::Own => "may be kept as long as you like".to_owned(),
        Retention::For(span) => format!("may be kept for {}, then amends erases them", Span(span)),
        Retention::IdOnly => {
            "may not be kept: you get them in the alert, amends stores only that there was something".to_owned()
        }
    };
    let edits = if kind.terms.guest_can_edit { "can change a review there" } else { "cannot change a review there" };
    let _ = write!(
        page,
        "\nTERMS\n\nWhat guests wrote {words}.\nAsking a guest to reconsider: {}.\nA guest {edits}.\nRead at most every {}{}.\nSource: {}\n",
        kind.terms.ask.in_words(),
        Span(kind.interval_min),
        kind.quota.map(|quota| format!(", and at most {quota}")).unwrap_or_default(),
        kind.terms.source
    );
    let _ = write!(page, "\nIN THE CONFIGURATION\n\n{}\n", kind.example.trim());
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_page_that_fits_a_terminal() {
        for kind in sources::ALL {
            let page = page(kind);
            assert!(page.contains(kind.example.trim()), "{}", kind.name);
            for line in page.lines().filter(|line| !line.contains("://") && !line.starts_with('#')) {
                assert!(line.chars().count() <= 140, "{}: {line}", kind.name);
            }
        }
    }
}
