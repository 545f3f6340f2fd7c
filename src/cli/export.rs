//! `amends export`: everything as JSON Lines, for other programs and for leaving.

use std::{fs::File, io::Write, path::PathBuf};

use anyhow::Context as _;

use super::{
    Exit,
    context::{Context, progress},
};
use crate::{sources, store::export, terms::Retention};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file [default: standard output]
    #[arg(long, short)]
    output: Option<PathBuf>,
}

pub fn run(context: &Context, args: &Args) -> anyhow::Result<Exit> {
    let loaded = context.load_quietly()?;
    let store = context.existing_store(&loaded)?;
    let sink: Box<dyn Write> = match &args.output {
        Some(file) => Box::new(File::create(file).with_context(|| format!("cannot write {}", file.display()))?),
        None => Box::new(std::io::stdout().lock()),
    };
    let restricted: Vec<&str> =
        sources::ALL.iter().filter(|kind| kind.terms.retention != Retention::Own).map(|kind| kind.name).collect();
    let used = |kind: &&&str| loaded.config.sources.iter().any(|source| source.kind == ***kind);
    let left_out: Vec<&str> = restricted.iter().filter(used).copied().collect();
    let bar = progress("exporting rows", None);
    let mut out = std::io::BufWriter::new(bar.wrap_write(sink));
    let rows = store.read_now(|tx| export::everything(tx, &restricted, &mut out))?;
    out.flush()?;
    bar.finish_and_clear();
    eprintln!("{rows} rows");
    if !left_out.is_empty() {
        eprintln!("without the words of {}: their terms allow no copies", left_out.join(", "));
    }
    Ok(Exit::Fine)
}
