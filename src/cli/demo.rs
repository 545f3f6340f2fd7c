//! `amends demo`: a make-believe street of review sites, and a week in a minute.

use super::Exit;

#[derive(Debug, clap::Args)]
pub struct Args {}

pub fn run(_: &Args) -> anyhow::Result<Exit> {
    anyhow::bail!("not yet")
}
