//! `amends completions` and `amends man`: for the shell and the manual.

use std::{fs, io::Write, path::PathBuf};

use super::Exit;

#[derive(Debug, clap::Args)]
pub struct CompletionArgs {
    /// The shell
    #[arg(value_enum)]
    shell: clap_complete::Shell,
}

#[derive(Debug, clap::Args)]
pub struct ManArgs {
    /// Write one page a command into this folder [default: the main page to standard output]
    dir: Option<PathBuf>,
}

pub fn completions(args: &CompletionArgs, command: &mut clap::Command) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, command, "amends", &mut script);
    std::io::stdout().write_all(&script)?;
    Ok(Exit::Fine)
}

pub fn man(args: &ManArgs, command: clap::Command) -> anyhow::Result<Exit> {
    match &args.dir {
        None => clap_mangen::Man::new(command).render(&mut std::io::stdout())?,
        Some(dir) => {
            fs::create_dir_all(dir)?;
            clap_mangen::generate_to(command, dir)?;
        }
    }
    Ok(Exit::Fine)
}
