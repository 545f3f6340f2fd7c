//! Where the owner's file and the data lie, and reading them: the only part of `config` that touches the disk.
//!
//! Everything else works on texts, and on an [`Outside`] that tests make up.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use super::problem::{Level, Problem};

/// The largest configuration file; a thousand sources fit in.
pub(super) const FILE_BYTES_MAX: usize = 1024 * 1024;

/// The most files in `conf.d`.
const FILES_MAX: usize = 200;

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Only its owner.
    Owner,
    /// Its group too.
    Group,
    /// Everybody on this machine.
    Everybody,
}

/// A file that was read.
#[derive(Clone, Debug)]
pub struct ReadFile {
    /// What is in it, cut off behind a megabyte.
    pub bytes: Vec<u8>,
    /// Who may read it.
    pub access: Access,
}

/// A configuration file to be put together with others.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Its name in messages.
    pub name: String,
    /// What was read.
    pub read: ReadFile,
}

/// What configuration asks of the world around it.
pub struct Outside<'a> {
    /// The value of an environment variable.
    pub env: &'a dyn Fn(&str) -> Option<String>,
    /// Reads a secret's file.
    pub read: &'a dyn Fn(&Path) -> io::Result<ReadFile>,
}

/// Who runs the program; it decides where files lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum User {
    /// The administrator: `/etc`, `/var/lib`.
    Root,
    /// Anybody else: the XDG folders.
    Other,
}

impl User {
    /// The user of this process.
    #[must_use]
    pub fn current() -> Self {
        #[cfg(unix)]
        if fs::metadata("/proc/self").is_ok_and(|process| std::os::unix::fs::MetadataExt::uid(&process) == 0) {
            return User::Root;
        }
        User::Other
    }
}

/// Where things lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    /// The main file; `conf.d/*.toml` beside it is read after it.
    pub main: PathBuf,
    /// The folder of the data, unless `[store] dir` says otherwise.
    pub data: PathBuf,
}

impl Paths {
    /// The main file is the one of the flag, else `$AMENDS_CONFIG`, else `/etc/amends/amends.toml` for root, else
    /// `$XDG_CONFIG_HOME/amends/amends.toml`. The data are in `$AMENDS_DATA`, else `$STATE_DIRECTORY`, else `/var/lib/amends` for root,
    /// else `$XDG_STATE_HOME/amends`.
    #[must_use]
    pub fn find(flag: Option<&Path>, user: User, env: &dyn Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| env(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let home = |name: &str, below: &str| {
            set(name)
                .filter(|path| path.is_absolute())
                .or_else(|| set("HOME").map(|home| home.join(below)))
                .unwrap_or_default()
        };
        // systemd lists several folders with colons; the first is ours.
        let state = env("STATE_DIRECTORY").and_then(|list| list.split(':').next().map(str::to_owned));
        let state = state.filter(|path| !path.is_empty()).map(PathBuf::from);
        let main = flag.map(Path::to_owned).or_else(|| set("AMENDS_CONFIG"));
        let data = set("AMENDS_DATA").or(state);
        match user {
            User::Root => Paths {
                main: main.unwrap_or_else(|| "/etc/amends/amends.toml".into()),
                data: data.unwrap_or_else(|| "/var/lib/amends".into()),
            },
            User::Other => Paths {
                main: main.unwrap_or_else(|| home("XDG_CONFIG_HOME", ".config").join("amends/amends.toml")),
                data: data.unwrap_or_else(|| home("XDG_STATE_HOME", ".local/state").join("amends")),
            },
        }
    }
}

/// Reads a file, up to a megabyte and a byte.
///
/// # Errors
/// If it cannot be read.
pub fn read(path: &Path) -> io::Result<ReadFile> {
    let file = File::open(path)?;
    let access = access(&file.metadata()?);
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
    Ok(ReadFile { bytes, access })
}

#[cfg(unix)]
fn access(metadata: &fs::Metadata) -> Access {
    match std::os::unix::fs::MetadataExt::mode(metadata) {
        mode if mode & 0o004 != 0 => Access::Everybody,
        mode if mode & 0o040 != 0 => Access::Group,
        _ => Access::Owner,
    }
}

#[cfg(not(unix))]
fn access(_: &fs::Metadata) -> Access {
    Access::Owner
}

/// Reads the main file and, in the order of their names, the files of `conf.d` beside it.
pub(super) fn read_all(main: &Path) -> Result<Vec<SourceFile>, Problem> {
    let mut paths = vec![main.to_owned()];
    paths.extend(beside(main)?);
    paths.iter().map(|path| read_one(path, main)).collect()
}

fn read_one(path: &Path, main: &Path) -> Result<SourceFile, Problem> {
    let name = path.display().to_string();
    match read(path) {
        Ok(read) => Ok(SourceFile { name, read }),
        Err(error) => {
            let mut problem =
                Problem::new(Level::Error, format!("{name} cannot be read: {}", super::secrets::reason(&error)));
            let absent = error.kind() == io::ErrorKind::NotFound && path == main;
            problem.help =
                absent.then(|| "`amends init` writes one; `--config` or AMENDS_CONFIG name another".to_owned());
            Err(problem)
        }
    }
}

fn beside(main: &Path) -> Result<Vec<PathBuf>, Problem> {
    let folder = main.with_file_name("conf.d");
    let Ok(listed) = fs::read_dir(&folder) else { return Ok(Vec::new()) };
    let paths = listed.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let visible = |path: &PathBuf| path.file_name().is_some_and(|name| !name.to_string_lossy().starts_with('.'));
    let mut paths: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|end| end == "toml") && visible(path)).collect();
    paths.sort();
    if paths.len() > FILES_MAX {
        return Err(Problem::new(Level::Error, format!("{} has more than {FILES_MAX} files", folder.display())));
    }
    Ok(paths)
}
