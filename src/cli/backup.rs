//! `amends backup` and `amends restore`: a verified copy, and the way back.

use std::path::PathBuf;

use super::{Exit, context::Context};
use crate::{
    app,
    clock::Clock,
    store::{self, copies},
};

#[derive(Debug, clap::Args)]
pub struct BackupArgs {
    /// The copy; it must not exist yet
    file: PathBuf,
}

#[derive(Debug, clap::Args)]
pub struct RestoreArgs {
    /// The copy
    file: PathBuf,
    /// Only look whether the copy is sound
    #[arg(long)]
    dry_run: bool,
}

pub fn backup(context: &Context, args: &BackupArgs) -> anyhow::Result<Exit> {
    let loaded = context.load_quietly()?;
    let store = context.existing_store(&loaded)?;
    let bar = super::context::progress("copying and verifying", None);
    bar.enable_steady_tick(std::time::Duration::from_millis(100));
    let holds = store.backup(&args.file)?;
    let (at, path) = (Clock::system().now(), std::path::absolute(&args.file).unwrap_or_else(|_| args.file.clone()));
    store.write_now(move |tx| copies::note(tx, &path, at))?;
    bar.finish_and_clear();
    println!(
        "✓ {}: {} reviews, {} cases, schema {}, verified",
        args.file.display(),
        holds.reviews,
        holds.cases,
        holds.schema
    );
    Ok(Exit::Fine)
}

pub fn restore(context: &Context, args: &RestoreArgs) -> anyhow::Result<Exit> {
    if args.dry_run {
        let holds = store::verify(&args.file)?;
        println!(
            "✓ {}: {} reviews, {} cases, schema {}; nothing was changed",
            args.file.display(),
            holds.reviews,
            holds.cases,
            holds.schema
        );
        return Ok(Exit::Fine);
    }
    let loaded = context.load_quietly()?;
    let dir = app::data_dir(&loaded, &context.paths);
    let _claim = store::claim(&dir, store::Holder::Errand)?;
    let holds = store::restore(&args.file, &dir)?;
    println!("✓ restored {} reviews and {} cases into {}", holds.reviews, holds.cases, dir.display());
    if dir.join(store::REPLACED).exists() {
        println!("  the former database is kept there as {}", store::REPLACED);
    }
    println!("  start again with: amends run");
    Ok(Exit::Fine)
}
