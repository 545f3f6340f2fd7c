//! An inbox read over IMAP, against a small server that keeps a folder and speaks the protocol on a real socket: what came is heard
//! once, listening ends when something comes, and a folder that counts anew loses and repeats nothing.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use amends::{
    http::{Purpose, fake::FakeWeb},
    review::Sighting,
    sources::{self, Coverage, Memory, PollError, Seen, Source, Visit},
};
use futures_util::StreamExt;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::Notify,
};

/// What the server keeps.
#[derive(Default)]
struct Folder {
    validity: u32,
    next: u32,
    mails: Vec<(u32, String)>,
    /// What clients have said, without what they log in with.
    said: Vec<String>,
    has_no_idle: bool,
}

#[derive(Clone)]
struct Server {
    folder: Arc<Mutex<Folder>>,
    came: Arc<Notify>,
    port: u16,
}

impl Server {
    async fn start() -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let folder = Folder { validity: 7, next: 1, ..Folder::default() };
        let server = Server { folder: Arc::new(Mutex::new(folder)), came: Arc::default(), port };
        let shared = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(shared.clone().serve(stream));
            }
        });
        server
    }

    fn with<T>(&self, change: impl FnOnce(&mut Folder) -> T) -> T {
        change(&mut self.folder.lock().unwrap())
    }

    fn mail(&self, from: &str, more: &str, text: &str) {
        self.with(|folder| {
            let uid = folder.next;
            folder.next += 1;
            let head = format!(
                "From: {from}\r\nMessage-ID: <{uid}@guest.example>\r\nDate: Fri, 20 Nov 2026 10:00:0{} +0000",
                uid % 10
            );
            folder.mails.push((uid, format!("{head}\r\n{more}Subject: Our stay\r\n\r\n{text}\r\n")));
        });
        self.came.notify_waiters();
    }

    /// Counts every mail anew, as after a move to another server.
    fn counts_anew(&self) {
        self.with(|folder| {
            folder.validity += 1;
            folder.next = 1_000;
            for (at, mail) in folder.mails.iter_mut().enumerate() {
                mail.0 = 500 + at as u32;
            }
        });
    }

    async fn serve(self, stream: TcpStream) {
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        let _ = write.write_all(b"* OK IMAP4rev1 ready\r\n").await;
        while let Ok(Some(line)) = lines.next_line().await {
            let (tag, command) = line.split_once(' ').unwrap();
            if !command.starts_with("LOGIN") {
                self.with(|folder| folder.said.push(command.to_owned()));
            }
            let answer = match command.split(' ').next().unwrap() {
                "CAPABILITY" => {
                    let idle = if self.with(|folder| folder.has_no_idle) { "" } else { " IDLE" };
                    format!("* CAPABILITY IMAP4rev1{idle}\r\n{tag} OK done\r\n")
                }
                "LOGIN" if command == "LOGIN \"desk@alba.example\" \"imap-password\"" => format!("{tag} OK in\r\n"),
                "LOGIN" => format!("{tag} NO [AUTHENTICATIONFAILED] no\r\n"),
                "EXAMINE" if command != "EXAMINE \"INBOX\"" => format!("{tag} NO no such folder\r\n"),
                "EXAMINE" => self.with(|folder| {
                    format!(
                        "* {} EXISTS\r\n* OK [UIDVALIDITY {}] v\r\n* OK [UIDNEXT {}] n\r\n{tag} OK [READ-ONLY] done\r\n",
                        folder.mails.len(),
                        folder.validity,
                        folder.next
                    )
                }),
                "UID" => self.with(|folder| uid(folder, command)) + &format!("{tag} OK done\r\n"),
                "IDLE" => {
                    let before = self.with(|folder| folder.mails.len());
                    let _ = write.write_all(b"+ idling\r\n").await;
                    self.came.notified().await;
                    let now = self.with(|folder| folder.mails.len());
                    assert!(now > before);
                    let _ = write.write_all(format!("* {now} EXISTS\r\n").as_bytes()).await;
                    assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("DONE"));
                    format!("{tag} OK done\r\n")
                }
                "LOGOUT" => format!("* BYE\r\n{tag} OK bye\r\n"),
                other => panic!("a client that only reads says no {other}"),
            };
            if write.write_all(answer.as_bytes()).await.is_err() {
                break;
            }
        }
    }
}

fn uid(folder: &Folder, command: &str) -> String {
    if let Some(query) = command.strip_prefix("UID SEARCH ") {
        let uids: Vec<u32> = match query.strip_prefix("UID ") {
            // `n:*` names the last mail even if n is beyond it (RFC 9051 §6.4.8).
            Some(range) => {
                let first: u32 = range.strip_suffix(":*").unwrap().parse().unwrap();
                let last = folder.mails.last().map(|(uid, _)| *uid);
                folder.mails.iter().map(|(uid, _)| *uid).filter(|uid| *uid >= first || Some(*uid) == last).collect()
            }
            None => {
                assert_eq!(query, "SINCE 22-Oct-2026");
                folder.mails.iter().map(|(uid, _)| *uid).collect()
            }
        };
        let list: String = uids.iter().map(|uid| format!(" {uid}")).collect();
        return format!("* SEARCH{list}\r\n");
    }
    let (set, _) = command.strip_prefix("UID FETCH ").unwrap().split_once(' ').unwrap();
    assert!(command.contains("BODY.PEEK[]<0."), "reading marks nothing as seen");
    let wanted: Vec<u32> = set.split(',').map(|uid| uid.parse().unwrap()).collect();
    let mails = folder.mails.iter().enumerate().filter(|(_, (uid, _))| wanted.contains(uid));
    mails
        .map(|(at, (uid, mail))| {
            format!(
                "* {} FETCH (UID {uid} INTERNALDATE \"20-Nov-2026 10:00:09 +0000\" BODY[]<0> {{{}}}\r\n{mail})\r\n",
                at + 1,
                mail.len()
            )
        })
        .collect()
}

fn source(port: u16, more: &str) -> Box<dyn Source> {
    let table = format!("host = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nuser = \"desk@alba.example\"\n{more}");
    (sources::find("imap").unwrap().build)(table.parse().unwrap()).unwrap()
}

async fn look(source: &dyn Source, memory: &mut Memory) -> Result<Seen, PollError> {
    let http = FakeWeb::new();
    let mut visit = Visit::new(&http, Purpose::Fetch, memory.clone(), "2026-11-21T10:00:00Z".parse().unwrap());
    let seen = source.poll(&mut visit).await?;
    *memory = visit.after;
    Ok(seen)
}

fn texts(seen: &Seen) -> Vec<&str> {
    seen.sightings.iter().filter_map(|one| one.text.as_deref()).collect()
}

const PASSWORD: &str = "password = \"imap-password\"";

#[tokio::test]
async fn what_comes_is_read_once_and_a_folder_that_counts_anew_repeats_no_identity() {
    let server = Server::start().await;
    server.mail("Mira <mira@guest.example>", "", "It was cold.");
    server.mail("Robot <robot@x.example>", "Auto-Submitted: auto-replied\r\n", "I am away.");
    let (source, mut memory) = (source(server.port, PASSWORD), Memory::default());

    let first = look(&*source, &mut memory).await.unwrap();
    assert_eq!((texts(&first), first.coverage), (vec!["It was cold."], Coverage::Some));
    let second = look(&*source, &mut memory).await.unwrap();
    assert_eq!(
        (texts(&second), second.count_stated),
        (vec![], Some(0)),
        "the last mail, which `n:*` names, is not new"
    );

    server.mail("Mira <mira@guest.example>", "References: <1@guest.example>\r\n", "Now it is warm, thank you.");
    let third = look(&*source, &mut memory).await.unwrap();
    assert_eq!(texts(&third), ["Now it is warm, thank you."]);
    let id = |seen: &Seen| seen.sightings.iter().map(|one: &Sighting| one.id.clone()).collect::<Vec<_>>();
    assert_eq!(id(&first), id(&third), "a thread with one guest is one voice");

    server.counts_anew();
    let anew = look(&*source, &mut memory).await.unwrap();
    assert_eq!((texts(&anew), id(&anew)), (vec!["Now it is warm, thank you."], id(&first)));
    let said = server.with(|folder| folder.said.clone());
    assert!(said.iter().all(|said| !said.contains("STORE") && !said.starts_with("SELECT")), "{said:?}");
}

/// The first thing that a source says by itself.
async fn heard(source: &dyn Source) -> Option<Vec<Sighting>> {
    source.hears(&FakeWeb::new()).unwrap().next().await
}

#[tokio::test]
async fn listening_ends_when_something_comes_and_at_once_when_it_came_before() {
    let server = Server::start().await;
    server.mail("Mira <mira@guest.example>", "", "It was cold.");
    let (source, mut memory) = (source(server.port, PASSWORD), Memory::default());
    look(&*source, &mut memory).await.unwrap();

    let quiet = tokio::time::timeout(Duration::from_millis(300), heard(&*source)).await;
    assert!(quiet.is_err(), "nothing came");
    let (first, ()) = tokio::join!(tokio::time::timeout(Duration::from_secs(20), heard(&*source)), async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        server.mail("Ben <ben@guest.example>", "", "It was loud.");
    });
    assert_eq!(first, Ok(Some(Vec::new())));
    let before = tokio::time::timeout(Duration::from_secs(20), heard(&*source)).await;
    assert_eq!(before, Ok(Some(Vec::new())), "what came between two looks is not waited for");

    server.with(|folder| folder.has_no_idle = true);
    assert_eq!(heard(&*source).await, None, "without IDLE there is polling alone");
}

#[tokio::test]
async fn a_wrong_password_or_folder_is_for_a_person_and_a_dead_server_is_not() {
    let server = Server::start().await;
    let mut memory = Memory::default();
    let wrong = look(&*source(server.port, "password = \"another\""), &mut memory).await;
    assert!(matches!(&wrong, Err(PollError::Reconnect(why)) if why.contains("name and password")), "{wrong:?}");
    let folder = look(&*source(server.port, &format!("{PASSWORD}\nfolder = \"Gone\"")), &mut memory).await;
    assert!(matches!(&folder, Err(PollError::Reconnect(why)) if why.contains("Gone")), "{folder:?}");
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    assert!(matches!(look(&*source(free, PASSWORD), &mut memory).await, Err(PollError::Http(_))));
}
