//! `amends reload`: checks the configuration, then lets the running daemon read it again.

use anyhow::bail;

use super::{Exit, context::Context};
use crate::{app, store};

#[derive(Debug, clap::Args)]
pub struct Args {}

pub fn run(context: &Context, _: &Args) -> anyhow::Result<Exit> {
    let (loaded, _) = context.wire()?;
    let dir = app::data_dir(&loaded, &context.paths);
    let Some(pid) = store::holder(&dir) else {
        bail!("no amends runs on {}; start it with: amends run", dir.display());
    };
    let sent = std::process::Command::new("kill").args(["-HUP", &pid.to_string()]).status()?;
    if !sent.success() {
        bail!("cannot signal process {pid}; try it as the user who runs it, or: systemctl reload amends");
    }
    println!("✓ process {pid} reads its configuration again; its log says what changed");
    Ok(Exit::Fine)
}
