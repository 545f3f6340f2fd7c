//! stub
use super::{Exit, context::Context};
#[derive(Debug, clap::Args)]
pub struct Args {}
pub fn run(_: &Context, _: &Args) -> anyhow::Result<Exit> {
    anyhow::bail!("not yet")
}
