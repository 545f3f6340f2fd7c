//! The real program: what it refuses to start with, and what it says.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Seek, SeekFrom, Write},
    path::Path,
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use amends::store::{FILE_NAME, Holder, Store};

const CONFIG: &str = r#"
[[location]]
name = "Hotel Alpenblick"
timezone = "Europe/Vienna"

[[source]]
name = "Shop"
kind = "json"
url = "https://shop.example/api/reviews"

[[channel]]
name = "screen"
kind = "console"

[web]
listen = "127.0.0.1:0"
"#;

fn folder(config: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("{config}\n[store]\ndir = \"{}\"\n", folder.path().join("data").display());
    fs::write(folder.path().join("amends.toml"), text).unwrap();
    folder
}

fn amends(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_amends"));
    command.arg("--config").arg(folder.join("amends.toml")).args(arguments).env("NO_COLOR", "1");
    command
}

/// Runs a command that must end by itself soon.
fn run(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let Output { status, stdout, stderr } = amends(folder, arguments).output().unwrap();
    (status.code().unwrap(), String::from_utf8([stdout, stderr].concat()).unwrap())
}

#[test]
fn a_wrong_configuration_says_everything_at_once_and_starts_nothing() {
    let wrong = CONFIG
        .replace("Europe/Vienna", "Europe/Viena")
        .replace("kind = \"console\"", "kind = \"consol\"")
        .replace("url = ", "ulr = ");
    let folder = folder(&wrong);
    let (code, said) = run(folder.path(), &["run"]);
    assert_eq!(code, 1);
    for part in ["Europe/Viena", "consol", "ulr", "the configuration cannot be used; nothing was started"] {
        assert!(said.contains(part), "`{part}` is missing in:\n{said}");
    }
    assert!(!folder.path().join("data").exists(), "nothing was started");
}

#[test]
fn a_second_daemon_on_one_database_is_refused() {
    let folder = folder(CONFIG);
    let mut first = amends(folder.path(), &["run"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(first.stderr.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("is up: 1 source")), "it starts");
    let (code, said) = run(folder.path(), &["run"]);
    first.kill().unwrap();
    first.wait().unwrap();
    assert_eq!(code, 1);
    assert!(said.contains("another amends already runs on this database"), "{said}");
    // A dead one blocks nobody.
    let mut third = amends(folder.path(), &["run"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(third.stderr.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("is up: 1 source")), "it starts after kill -9");
    third.kill().unwrap();
    third.wait().unwrap();
}

#[test]
fn a_database_of_a_newer_program_is_refused_with_both_versions_and_left_alone() {
    let folder = folder(CONFIG);
    let data = folder.path().join("data");
    drop(Store::open(&data).unwrap());
    // The schema's number stands at byte 60 of the file (sqlite.org/fileformat2.html, "user version").
    let mut file = fs::File::options().read(true).write(true).open(data.join(FILE_NAME)).unwrap();
    file.seek(SeekFrom::Start(60)).unwrap();
    file.write_all(&99_u32.to_be_bytes()).unwrap();
    drop(file);
    let before = bytes(&data.join(FILE_NAME));
    for arguments in [&["run"][..], &["cases", "list"], &["status"]] {
        let (code, said) = run(folder.path(), arguments);
        assert_eq!(code, 1, "{arguments:?}: {said}");
        assert!(said.contains("the database has schema 99, made by a newer amends; this one knows up to"), "{said}");
    }
    assert_eq!(bytes(&data.join(FILE_NAME)), before);
}

fn bytes(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    fs::File::open(path).unwrap().read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
fn a_command_waits_a_while_for_a_locked_database_and_says_who_must_do_what() {
    let folder = folder(CONFIG);
    let store = Store::open(&folder.path().join("data")).unwrap();
    let (release, released) = std::sync::mpsc::channel::<()>();
    let (locked, is_locked) = std::sync::mpsc::channel();
    let holder = std::thread::spawn(move || {
        store.write_now(move |_| {
            locked.send(()).unwrap();
            released.recv().ok();
            Ok(())
        })
    });
    is_locked.recv().unwrap();
    let began = Instant::now();
    let (code, said) = run(folder.path(), &["channel", "test", "screen"]);
    let took = began.elapsed();
    release.send(()).unwrap();
    holder.join().unwrap().unwrap();
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("the database is locked by another program; close it"), "{said}");
    assert!(took < Duration::from_secs(30), "it waited {took:?}");
}

#[test]
fn a_command_that_wakes_the_daemon_harms_no_other_holder_of_the_database() {
    let folder = folder(CONFIG);
    let data = folder.path().join("data");
    drop(Store::open(&data).unwrap());
    // This process holds the database and listens to no signal, as a demo or a daemon that has just begun.
    let claim = amends::store::claim(&data, Holder::Daemon).unwrap();
    let (code, said) = run(folder.path(), &["cases", "note", "1", "x", "--by", "Maria"]);
    assert_eq!((code, said.contains("there is no case 1")), (1, true), "{said}");
    drop(claim);
    // An errand such as a restore is nobody to ask for a reload either.
    let _claim = amends::store::claim(&data, Holder::Errand).unwrap();
    let (code, said) = run(folder.path(), &["reload"]);
    assert_eq!((code, said.contains("no amends runs on")), (1, true), "{said}");
}
