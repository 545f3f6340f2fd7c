//! `amends reload`: checks the configuration, then lets the running daemon read it again.

use anyhow::bail;
use rustix::process::Signal;

use super::{
    Exit,
    context::{Context, signal},
};
use crate::{app, store};

#[derive(Debug, clap::Args)]
pub struct Args {}

pub fn run(context: &Context, _: &Args) -> anyhow::Result<Exit> {
    let (loaded, _) = context.wire()?;
    let dir = app::data_dir(&loaded, &context.paths);
    let Some(pid) = store::holder(&dir) else {
        bail!("no amends runs on {}; start it with: amends run", dir.display());
    };
    signal(pid, Signal::HUP)?;
    println!("✓ process {pid} reads its configuration again; its log says what changed");
    Ok(Exit::Fine)
}
