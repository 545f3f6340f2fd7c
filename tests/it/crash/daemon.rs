//! The real program on a database of its own: started, killed, asked for its export.

use std::{
    fmt::Write as _,
    fs::{self, File},
    future::Future,
    path::PathBuf,
    process::Stdio,
};

use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

use super::street::{SECRET, SITES, Street};

/// Which order the deliverer keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arm {
    /// Send, then mark.
    Ours,
    /// Mark, then send: the control.
    MarkFirst,
}

pub struct Daemon {
    arm: Arm,
    folder: TempDir,
}

impl Daemon {
    pub fn new(arm: Arm, street: &Street) -> Daemon {
        let daemon = Daemon { arm, folder: tempfile::tempdir().unwrap() };
        fs::write(daemon.config(), configuration(&daemon.folder.path().display().to_string(), &street.base)).unwrap();
        daemon
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("amends.toml")
    }

    /// Stands while a transaction runs.
    fn mark(&self) -> PathBuf {
        self.folder.path().join("in-a-transaction")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_amends"));
        command.arg("--config").arg(self.config()).args(arguments);
        command.env("AMENDS_LOG", "warn").env("AMENDS_TRACE_COMMITS", self.mark()).kill_on_drop(true);
        if self.arm == Arm::MarkFirst {
            command.env("AMENDS_CONTROL_ARM", "mark-first");
        }
        command
    }

    /// Runs the daemon until that moment, and kills it.
    pub async fn live_until(&self, moment: impl Future<Output = ()>) {
        drop(fs::remove_file(self.mark()));
        let log = File::options().create(true).append(true).open(self.folder.path().join("log")).unwrap();
        let mut child = self.command(&["run"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap();
        tokio::select! {
            () = moment => {}
            ended = child.wait() => {
                let log = fs::read_to_string(self.folder.path().join("log")).unwrap();
                panic!("the daemon ended by itself, {ended:?}:\n{log}");
            }
        }
        child.kill().await.unwrap();
    }

    pub fn died_inside_a_transaction(&self) -> bool {
        self.mark().exists()
    }

    /// Whether `amends check` finds the database whole.
    pub async fn is_sound(&self) -> bool {
        let output = self.command(&["check", "--offline"]).output().await.unwrap();
        output.status.success()
    }

    /// Every row of the database.
    pub async fn export(&self) -> Vec<Value> {
        let output = self.command(&["export"]).output().await.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

fn configuration(folder: &str, base: &str) -> String {
    let mut text = format!(
        r#"
        [[location]]
        name = "Hotel Alpenblick"
        timezone = "Europe/Vienna"

        [http]
        allow_private = ["127.0.0.0/8"]

        [web]
        listen = "127.0.0.1:0"

        [store]
        dir = "{folder}"

        [[channel]]
        name = "receiver"
        kind = "webhook"
        url = "{base}/alerts"
        secret = "{SECRET}"
        "#
    );
    for site in 0..SITES {
        write!(
            text,
            r#"
            [[source]]
            name = "site-{site}"
            kind = "json"
            url = "{base}/site/{site}"
            every = "200ms"
            surge_max = 1000000
            items = ".reviews[]"
            fields = {{ id = ".id", author = ".author", rating = ".stars", text = ".text", posted_at = ".day" }}
            "#
        )
        .unwrap();
    }
    text
}
