//! `amends init`: writes a commented configuration. It never overwrites: a second one is written beside the first.

use std::{fs, path::PathBuf};

use anyhow::Context as _;

use super::{Exit, context::Context};
use crate::{app, config};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print the file instead of writing it
    #[arg(long)]
    print: bool,
}

pub fn run(context: &Context, args: &Args) -> anyhow::Result<Exit> {
    let text = config::example(&app::shapes());
    if args.print {
        print!("{text}");
        return Ok(Exit::Fine);
    }
    let main = &context.paths.main;
    let target = if main.exists() { beside(main) } else { main.clone() };
    if let Some(dir) = target.parent().filter(|dir| !dir.as_os_str().is_empty()) {
        fs::create_dir_all(dir).with_context(|| format!("cannot make the folder {}", dir.display()))?;
    }
    write_private(&target, &text).with_context(|| format!("cannot write {}", target.display()))?;
    println!("wrote {}", target.display());
    if target != *main {
        println!("      {} exists and was left as it is; compare: diff {0} {1}", main.display(), target.display());
    }
    println!("next  1. open the file: put in your place, the pages where guests review you, and who must know");
    println!("      2. amends --config {} check", main.display());
    println!("      3. amends --config {} run", main.display());
    println!("or    amends demo    shows everything in a minute, with nothing set up");
    Ok(Exit::Fine)
}

/// The first free name beside the file: "amends.toml.new", "amends.toml.new2", …
fn beside(main: &std::path::Path) -> PathBuf {
    let named = |number: u32| {
        let mut name = main.as_os_str().to_owned();
        name.push(if number == 1 { ".new".to_owned() } else { format!(".new{number}") });
        PathBuf::from(name)
    };
    (1..).map(named).find(|path| !path.exists()).unwrap_or_else(|| named(1))
}

/// Readable by its owner alone: secrets may be put into it.
fn write_private(target: &std::path::Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o640);
    let mut file = options.open(target)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
