//! What a look costs beside what the question costs: the daemon and a bare loop on the same feeds, in one run, in CPU time.
//!
//! `cargo bench --bench wire -- [SOURCES]` (or `tests/bench/run`) prints a line a measure: both figures and their ratio. The machine's
//! noise is in both. It asserts nothing but that all work was done. Linux only: CPU times are read from `/proc`.
//!
//! The bare loop is the least that could be called a watcher: reqwest with validators on one thread, feed-rs for what is new, one row a
//! review, one durable commit (WAL, FULL) a feed. It judges nothing, keeps no versions and tells nobody.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

/// Reviews in a feed.
const REVIEWS: usize = 50;
/// How long everything may take before the run is given up.
const PATIENCE: Duration = Duration::from_secs(300);
/// How often the daemon looks while unchanged looks are counted, and for how long.
const EVERY_SECS: usize = 2;
const STEADY: Duration = Duration::from_secs(10);

/// Answers given that nothing has changed.
static UNCHANGED: AtomicUsize = AtomicUsize::new(0);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["bare", port, sources, rounds, folder] => bare(port, parsed(sources), parsed(rounds), Path::new(folder)),
        [] => compare(500),
        [sources] => compare(parsed(sources)),
        _ => panic!("say how many sources, or nothing"),
    }
}

fn parsed<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().expect("a number")
}

fn compare(sources: usize) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || serve(&listener));
    let folder = tempfile::tempdir().expect("a folder");
    println!("{sources} feeds of {REVIEWS} reviews; CPU seconds per 1,000 looks\n");
    println!("{:<44} {:>10} {:>10} {:>8}", "", "daemon", "bare loop", "ratio");

    let (cold, steady) = daemon(port, sources, folder.path());
    let once = bare_cpu(port, sources, 1, folder.path());
    let rounds = 20;
    let again = (bare_cpu(port, sources, 1 + rounds, folder.path()) - once).max(0.0) / rounds as f64;
    let per_1000 = |cpu: f64| cpu / sources as f64 * 1_000.0;
    for (what, ours, bare) in [
        ("first look: parsed, judged, stored, durable", per_1000(cold), per_1000(once)),
        ("unchanged look (304)", steady, per_1000(again)),
    ] {
        println!("{what:<44} {ours:>10.3} {bare:>10.3} {:>7.1}x", ours / bare);
    }
    println!("{:<44} {:>10.0}", "new reviews a CPU second", REVIEWS as f64 * 1_000.0 / per_1000(cold));
}

/// The daemon's CPU for the first look at everything, and per 1,000 unchanged looks after it.
fn daemon(port: u16, sources: usize, folder: &Path) -> (f64, f64) {
    let config = folder.join("amends.toml");
    let section = |k| {
        format!(
            "[[source]]\nname = \"s{k}\"\nkind = \"feed\"\nurl = \"http://127.0.0.1:{port}/{k}\"\nevery = \"{EVERY_SECS}s\"\n"
        )
    };
    let head = format!(
        "[[location]]\nname = \"H\"\ntimezone = \"UTC\"\n[http]\nallow_private = [\"127.0.0.0/8\"]\n[web]\nlisten = \"127.0.0.1:0\"\n[store]\ndir = \"{}\"\n[[channel]]\nname = \"c\"\nkind = \"console\"\n",
        folder.join("data").display()
    );
    let text = head + &(0..sources).map(section).collect::<String>();
    std::fs::write(&config, text).expect("the configuration can be written");
    let mut child = Command::new(env!("CARGO_BIN_EXE_amends"))
        .args(["--config".as_ref(), config.as_os_str(), "run".as_ref()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the daemon starts");
    let database = folder.join("data/amends.db");
    wait_until(|| known(&database) == sources);
    // What was unchanged while others were still new belongs to the first pass; it is little.
    let (cold, looks) = (cpu_secs(&child), UNCHANGED.load(Ordering::Relaxed));
    std::thread::sleep(STEADY);
    let looks = UNCHANGED.load(Ordering::Relaxed) - looks;
    assert!(looks > 0, "nothing was looked at in {STEADY:?}");
    let steady = (cpu_secs(&child) - cold) / looks as f64 * 1_000.0;
    child.kill().expect("it can be ended");
    child.wait().expect("it ends");
    (cold, steady)
}

/// How many sources have had their first look.
fn known(database: &Path) -> usize {
    let Ok(store) = rusqlite::Connection::open_with_flags(database, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY) else {
        return 0;
    };
    let sql = "SELECT count(*) FROM sources WHERE baseline_at IS NOT NULL";
    store.query_row(sql, [], |row| row.get::<_, i64>(0)).map_or(0, |count| usize::try_from(count).unwrap_or(0))
}

fn wait_until(done: impl Fn() -> bool) {
    let begins = Instant::now();
    while !done() {
        assert!(begins.elapsed() < PATIENCE, "not done within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// User and system time of a child so far (proc(5): fields 14 and 15, in hundredths).
fn cpu_secs(child: &Child) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).expect("/proc");
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    after_name.split_whitespace().skip(11).take(2).map(parsed::<f64>).sum::<f64>() / 100.0
}

fn bare_cpu(port: u16, sources: usize, rounds: usize, folder: &Path) -> f64 {
    let us = std::env::current_exe().expect("a path");
    let numbers = [port.to_string(), sources.to_string(), rounds.to_string()];
    let mut child = Command::new(us)
        .arg("bare")
        .args(numbers)
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the bare loop starts");
    let mut said = [0];
    child.stdout.as_mut().expect("its output").read_exact(&mut said).expect("it says when it is done");
    let cpu = cpu_secs(&child);
    drop(child.stdin.take());
    child.wait().expect("it ends");
    cpu
}

/// The bare loop itself; it says that it is done and waits, so that its time can be read.
fn bare(port: &str, sources: usize, rounds: usize, folder: &Path) {
    let path = folder.join(format!("bare-{rounds}.db"));
    let mut store = rusqlite::Connection::open(path).expect("a database");
    store
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             CREATE TABLE reviews (id TEXT PRIMARY KEY, title TEXT, text TEXT) WITHOUT ROWID;",
        )
        .expect("a table");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::new();
    let mut tags: Vec<Option<String>> = vec![None; sources];
    for _ in 0..rounds {
        for (k, tag) in tags.iter_mut().enumerate() {
            let answer = runtime.block_on(async {
                let mut request = client.get(format!("http://127.0.0.1:{port}/{k}"));
                if let Some(tag) = tag.as_deref() {
                    request = request.header("if-none-match", tag);
                }
                let answer = request.send().await.expect("an answer");
                let tag = answer.headers().get("etag").and_then(|tag| tag.to_str().ok()).map(str::to_owned);
                #[expect(clippy::disallowed_methods, reason = "our own server answers")]
                (answer.status() == 200).then_some((tag, answer.bytes().await.expect("a body")))
            });
            let Some((new_tag, body)) = answer else { continue };
            *tag = new_tag;
            let feed = feed_rs::parser::parse(&body[..]).expect("a feed");
            let tx = store.transaction().expect("a transaction");
            for entry in feed.entries {
                let (title, text) = (entry.title.map(|it| it.content), entry.summary.map(|it| it.content));
                tx.prepare_cached("INSERT INTO reviews VALUES (?1, ?2, ?3)")
                    .expect("a statement")
                    .execute((entry.id, title, text))
                    .expect("a row");
            }
            tx.commit().expect("a commit");
        }
    }
    println!();
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}

/// Feeds over HTTP/1.1, a thread a connection.
fn serve(listener: &TcpListener) {
    for stream in listener.incoming().flatten() {
        std::thread::spawn(move || answer_all(stream));
    }
}

fn answer_all(stream: TcpStream) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let (mut lines, mut out) = (BufReader::new(stream.try_clone().ok()?).lines(), stream);
    loop {
        let path = lines.next()?.ok()?.split(' ').nth(1)?.trim_start_matches('/').to_owned();
        let (mut is_known, tag) = (false, format!("\"{path}\""));
        loop {
            let line = lines.next()?.ok()?;
            if line.is_empty() {
                break;
            }
            is_known |= line.to_ascii_lowercase().starts_with("if-none-match") && line.ends_with(&tag);
        }
        let head = format!("ETag: {tag}\r\nContent-Type: application/rss+xml\r\n");
        let answer = if is_known {
            UNCHANGED.fetch_add(1, Ordering::Relaxed);
            format!("HTTP/1.1 304 Not Modified\r\n{head}\r\n")
        } else {
            let body = feed(&path);
            format!("HTTP/1.1 200 OK\r\n{head}Content-Length: {}\r\n\r\n{body}", body.len())
        };
        out.write_all(answer.as_bytes()).ok()?;
    }
}

/// A feed whose reviews are its own: other words, other guests.
fn feed(source: &str) -> String {
    let words = ["breakfast", "shower", "lift", "staff", "bed", "view", "parking", "pool", "Wi-Fi", "noise", "price"];
    let said = ["was wonderful", "was cold", "could be better", "made our stay", "never worked", "is worth a visit"];
    let items: String = (0..REVIEWS)
        .map(|nth| {
            let pick = |from: &[&'static str], salt: usize| from[(nth * 7 + salt * 13 + source.len()) % from.len()];
            let text = (0..12).map(|n| format!("The {} {}. ", pick(&words, n), pick(&said, n + 3))).collect::<String>();
            format!(
                "<item><guid isPermaLink=\"false\">{source}-{nth}</guid><title>{}/5 The {}</title><author>Guest {nth} of {source}</author>\
                 <description><![CDATA[<p>Stay {nth} at {source}. {text}</p>]]></description><pubDate>Mon, 16 Nov 2026 08:{:02}:00 GMT</pubDate></item>\n",
                1 + nth % 5,
                pick(&words, 1),
                nth % 60
            )
        })
        .collect();
    format!("<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>{source}</title>{items}</channel></rss>")
}
