//! The other side: feeds with validators, pages without any, and feeds that take their time. HTTP/1.1, a thread a connection.

use std::{
    fmt::Write as _,
    io::{BufRead, BufReader, Write},
    net::{Ipv4Addr, SocketAddrV4, TcpListener, TcpStream},
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

/// Reviews in a feed and on a page.
pub const REVIEWS: usize = 50;
/// How large a page is, in bytes, about.
const PAGE_BYTES: usize = 105_000;
/// How long a slow feed takes.
pub const LATE: Duration = Duration::from_millis(500);

/// Answers that nothing has changed, and pages, which are always given whole.
pub static REPEATED: AtomicUsize = AtomicUsize::new(0);

/// What is asked for, by the first part of its path.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A feed that says whether it has changed.
    Feed,
    /// A page that does not.
    Page,
    /// A feed of one review that says so after [`LATE`].
    Late,
}

impl Kind {
    /// Its name in a path.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Feed => "feed",
            Kind::Page => "page",
            Kind::Late => "late",
        }
    }

    /// The kind of that name.
    pub fn named(name: &str) -> Self {
        let all = [Kind::Feed, Kind::Page, Kind::Late];
        all.into_iter().find(|kind| kind.name() == name).expect("a kind of ours")
    }

    /// The address of one source, among so many hosts.
    pub fn address(self, port: u16, nth: usize, hosts: usize) -> String {
        let host = 1 + nth % hosts;
        format!("http://127.0.0.{host}:{port}/{}/{nth}", self.name())
    }
}

/// Answers on so many hosts, 127.0.0.1 and those that follow, until the process ends; returns the port.
pub fn open(hosts: usize) -> u16 {
    let first = TcpListener::bind("127.0.0.1:0").expect("loopback");
    let port = first.local_addr().expect("an address").port();
    let others = (2..=hosts).map(|host| {
        let host = Ipv4Addr::new(127, 0, 0, u8::try_from(host).expect("few hosts"));
        TcpListener::bind(SocketAddrV4::new(host, port)).expect("loopback has many addresses")
    });
    for listener in std::iter::once(first).chain(others) {
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                std::thread::spawn(move || answer_all(stream));
            }
        });
    }
    port
}

fn answer_all(stream: TcpStream) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let (mut lines, mut out) = (BufReader::new(&stream).lines(), &stream);
    let mut page = String::new();
    loop {
        let path = lines.next()?.ok()?.split(' ').nth(1)?.trim_start_matches('/').to_owned();
        let tag = format!("\"{path}\"");
        let mut is_known = false;
        loop {
            let line = lines.next()?.ok()?;
            if line.is_empty() {
                break;
            }
            is_known |= line.to_ascii_lowercase().starts_with("if-none-match") && line.ends_with(&tag);
        }
        let Some((kind, nth)) = path.split_once('/').filter(|(kind, _)| *kind != "robots.txt") else {
            out.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").ok()?;
            continue;
        };
        let kind = Kind::named(kind);
        if kind == Kind::Late {
            std::thread::sleep(LATE);
        }
        let answer = match kind {
            Kind::Page => {
                is_known = true;
                page.clear();
                write_page(&mut page, nth);
                whole("text/html", "", &page)
            }
            Kind::Feed | Kind::Late if is_known => format!("HTTP/1.1 304 Not Modified\r\nETag: {tag}\r\n\r\n"),
            Kind::Feed => whole("application/rss+xml", &format!("ETag: {tag}\r\n"), &feed(nth, REVIEWS)),
            Kind::Late => whole("application/rss+xml", &format!("ETag: {tag}\r\n"), &feed(nth, 1)),
        };
        if is_known {
            REPEATED.fetch_add(1, Ordering::Relaxed);
        }
        out.write_all(answer.as_bytes()).ok()?;
    }
}

fn whole(content_type: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\n{headers}Content-Type: {content_type}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

/// A feed whose reviews are its own: other words, other guests.
fn feed(source: &str, reviews: usize) -> String {
    let items: String = (0..reviews)
        .map(|nth| {
            let (title, text) = words(source, nth);
            format!(
                "<item><guid isPermaLink=\"false\">{source}-{nth}</guid><title>{}/5 {title}</title><author>Guest {nth} of {source}</author>\
                 <description><![CDATA[<p>{text}</p>]]></description><pubDate>Mon, 16 Nov 2026 08:{:02}:00 GMT</pubDate></item>\n",
                1 + nth % 5,
                nth % 60
            )
        })
        .collect();
    format!("<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>{source}</title>{items}</channel></rss>")
}

/// A page whose reviews are its own, as JSON-LD between much that is none.
fn write_page(page: &mut String, source: &str) {
    page.push_str("<html><head><title>Reviews</title><script type=\"application/ld+json\">");
    page.push_str("{\"@context\":\"https://schema.org\",\"@type\":\"Hotel\",\"name\":\"x\",\"review\":[");
    for nth in 0..REVIEWS {
        let (_, text) = words(source, nth);
        let comma = if nth == 0 { "" } else { "," };
        let _ = write!(
            page,
            "{comma}{{\"@type\":\"Review\",\"author\":{{\"@type\":\"Person\",\"name\":\"Guest {nth} of {source}\"}},\"datePublished\":\
             \"2026-11-16\",\"reviewBody\":\"{text}\",\"reviewRating\":{{\"@type\":\"Rating\",\"ratingValue\":\"{}\"}}}}",
            1 + nth % 5
        );
    }
    page.push_str("]}</script></head><body>");
    while page.len() < PAGE_BYTES {
        page.push_str("<div class=\"card\"><p>All that stands on a page besides.</p></div>");
    }
    page.push_str("</body></html>");
}

/// The title and the text of one review.
fn words(source: &str, nth: usize) -> (String, String) {
    let things = ["breakfast", "shower", "lift", "staff", "bed", "view", "parking", "pool", "Wi-Fi", "noise", "price"];
    let said = ["was wonderful", "was cold", "could be better", "made our stay", "never worked", "is worth a visit"];
    let pick = |from: &[&'static str], salt: usize| from[(nth * 7 + salt * 13 + source.len()) % from.len()];
    let text = (0..12).map(|n| format!("The {} {}. ", pick(&things, n), pick(&said, n + 3))).collect::<String>();
    (format!("The {}", pick(&things, 1)), format!("Stay {nth} at {source}. {text}"))
}
