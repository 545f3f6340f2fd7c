//! `amends export`: everything as JSON Lines, for other programs and for leaving.

use std::{fs::File, io::Write, path::PathBuf};

use anyhow::Context as _;

use super::{
    Exit,
    context::{Context, progress},
};
use crate::store::export;

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
    let bar = progress("exporting rows", None);
    let mut out = std::io::BufWriter::new(bar.wrap_write(sink));
    let rows = store.read_now(|tx| export::everything(tx, &mut out))?;
    out.flush()?;
    bar.finish_and_clear();
    eprintln!("{rows} rows");
    Ok(Exit::Fine)
}
