//! What a site's robots.txt asks of us: RFC 9309, and `Crawl-delay`, which is older than it.
//!
//! Pure: bytes in, answers out. When to fetch it and what to do when it cannot be had is `robots_cache`.

use std::{borrow::Cow, time::Duration};

use memchr::memmem;
use url::Url;

/// How much of a robots.txt is read, in bytes (RFC 9309 §2.5 asks for at least this).
pub const ROBOTS_BYTES_MAX: usize = 500 * 1024;
/// The longest `Crawl-delay` that is believed.
pub const CRAWL_DELAY_MAX: Duration = Duration::from_secs(300);
/// The name by which a robots.txt can speak to us.
pub const PRODUCT_TOKEN: &str = "amends";

/// The part of one robots.txt that is about us.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Robots {
    /// The longest pattern first; at equal length the one that allows.
    rules: Vec<Rule>,
    crawl_delay: Option<Duration>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    pattern: Box<str>,
    verdict: Verdict,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Allow,
    Disallow,
}

impl Robots {
    /// Permits everything: what a site without robots.txt says.
    #[must_use]
    pub fn allow_all() -> Self {
        Robots::default()
    }

    /// Reads a robots.txt. Never fails: what cannot be understood says nothing.
    #[must_use]
    pub fn parse(text: &[u8]) -> Self {
        let mut reader = Reader::default();
        for line in lines(text) {
            if let Some((key, value)) = record(line) {
                reader.read(key, value);
            }
        }
        reader.finish()
    }

    /// Whether the page at `url` may be read. robots.txt itself always may.
    #[must_use]
    pub fn allows(&self, url: &Url) -> bool {
        if self.rules.is_empty() || url.path() == "/robots.txt" {
            return true;
        }
        let target = target(url);
        let verdict = self.rules.iter().find(|rule| matches(&rule.pattern, &target)).map(|rule| rule.verdict);
        verdict != Some(Verdict::Disallow)
    }

    /// The least time the site asks for between two requests, at most [`CRAWL_DELAY_MAX`].
    #[must_use]
    pub fn crawl_delay(&self) -> Option<Duration> {
        self.crawl_delay
    }

    /// Roughly how much memory it takes, in bytes.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        self.rules.iter().map(|rule| rule.pattern.len() + size_of::<Rule>()).sum::<usize>() + size_of::<Self>()
    }
}

/// The lines of the part that is read; a line that the limit cuts is left out, since its beginning may say the opposite.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
    let read = match text.get(..ROBOTS_BYTES_MAX) {
        Some(head) if text.len() > ROBOTS_BYTES_MAX => &head[..head.iter().rposition(is_end).unwrap_or(0)],
        _ => text,
    };
    read.split(move |byte| is_end(byte))
}

/// "Key: value # comment" → the key and the value.
fn record(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let line = line.split(|byte| *byte == b'#').next()?;
    let colon = memchr::memchr(b':', line)?;
    Some((line[..colon].trim_ascii(), line[colon + 1..].trim_ascii()))
}

/// Which groups a group of lines is for.
#[derive(Clone, Copy, Default)]
struct Audience {
    us: bool,
    all: bool,
}

/// Reads record by record, and keeps only what is said to us and to everybody.
#[derive(Default)]
struct Reader {
    audience: Audience,
    /// A rule was read, so the next `User-agent` begins a new group.
    ruled: bool,
    /// A delay that was read before the group's list of agents was complete.
    delay: Option<Duration>,
    us_named: bool,
    us: Robots,
    all: Robots,
}

impl Reader {
    fn read(&mut self, key: &[u8], value: &[u8]) {
        if key.eq_ignore_ascii_case(b"user-agent") {
            self.address(value);
        } else if key.eq_ignore_ascii_case(b"disallow") {
            self.rule(Verdict::Disallow, value);
        } else if key.eq_ignore_ascii_case(b"allow") {
            self.rule(Verdict::Allow, value);
        } else if key.eq_ignore_ascii_case(b"crawl-delay") {
            self.delay = crawl_delay(value);
            self.apply_delay();
        }
    }

    fn address(&mut self, value: &[u8]) {
        if self.ruled {
            self.ruled = false;
            self.delay = None;
            self.audience = Audience::default();
        }
        let token_end = value.iter().position(|byte| !is_token(*byte)).unwrap_or(value.len());
        if value[..token_end].eq_ignore_ascii_case(PRODUCT_TOKEN.as_bytes()) {
            self.audience.us = true;
            self.us_named = true;
        }
        if value.first() == Some(&b'*') && value.get(1).is_none_or(u8::is_ascii_whitespace) {
            self.audience.all = true;
        }
        self.apply_delay();
    }

    fn rule(&mut self, verdict: Verdict, value: &[u8]) {
        self.ruled = true;
        if value.is_empty() || !(self.audience.us || self.audience.all) {
            return;
        }
        let rule = Rule { pattern: pattern(value).into(), verdict };
        if self.audience.all {
            self.all.rules.push(rule.clone());
        }
        if self.audience.us {
            self.us.rules.push(rule);
        }
    }

    fn apply_delay(&mut self) {
        let Some(delay) = self.delay else { return };
        for (addressed, robots) in [(self.audience.us, &mut self.us), (self.audience.all, &mut self.all)] {
            if addressed {
                robots.crawl_delay = Some(delay);
            }
        }
    }

    fn finish(self) -> Robots {
        let mut robots = if self.us_named { self.us } else { self.all };
        robots.rules.sort_by(|a, b| b.pattern.len().cmp(&a.pattern.len()).then(a.verdict.cmp(&b.verdict)));
        robots.rules.shrink_to_fit();
        robots
    }
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-')
}

fn crawl_delay(value: &[u8]) -> Option<Duration> {
    let seconds: f64 = str::from_utf8(value).ok()?.parse().ok()?;
    (seconds > 0.0).then(|| Duration::from_secs_f64(seconds.min(CRAWL_DELAY_MAX.as_secs_f64())))
}

/// The path and query of an address in the form in which patterns are compared.
fn target(url: &Url) -> String {
    let end = url.query().map_or(Cow::Borrowed(url.path()), |query| format!("{}?{query}", url.path()).into());
    let mut out = String::with_capacity(end.len());
    normalise(end.as_bytes(), &mut out, |_| false);
    out
}

/// A pattern in the same form, with `*` for any run and a last `$` for the end; runs of `*` are one.
fn pattern(value: &[u8]) -> String {
    let (body, end) = match value.strip_suffix(b"$") {
        Some(body) => (body, "$"),
        None => (value, ""),
    };
    let mut out = String::with_capacity(value.len());
    normalise(body, &mut out, |byte| byte == b'*');
    out.push_str(end);
    out
}

/// Writes octets in one form (RFC 9309 §2.2.2): what needs no percent-encoding has none, everything else has it, in capitals.
fn normalise(octets: &[u8], out: &mut String, is_wild: impl Fn(u8) -> bool) {
    let mut at = 0;
    while let Some(&byte) = octets.get(at) {
        if is_wild(byte) {
            if !out.ends_with('*') {
                out.push('*');
            }
            at += 1;
            continue;
        }
        let encoded = (byte == b'%').then(|| hex_pair(octets.get(at + 1..at + 3)?)).flatten();
        match encoded {
            Some(octet) if is_unreserved(octet) => out.push(char::from(octet)),
            Some(octet) => push_encoded(octet, out),
            None if byte.is_ascii_graphic() && !matches!(byte, b'*' | b'$') => out.push(char::from(byte)),
            None => push_encoded(byte, out),
        }
        at += if encoded.is_some() { 3 } else { 1 };
    }
}

fn hex_pair(pair: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok()
}

fn is_unreserved(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_' | b'~')
}

fn push_encoded(octet: u8, out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.push('%');
    out.push(char::from(DIGITS[usize::from(octet >> 4)]));
    out.push(char::from(DIGITS[usize::from(octet & 15)]));
}

/// Whether a pattern matches the beginning of `target`, or all of it with `$`.
///
/// Each part between stars is looked for once, at its first place after the one before: linear, whatever the stars.
fn matches(pattern: &str, target: &str) -> bool {
    let (pattern, whole) = match pattern.strip_suffix('$') {
        Some(pattern) => (pattern, true),
        None => (pattern, false),
    };
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| target.strip_prefix(first)) else { return false };
    let mut last = None;
    for part in parts {
        if let Some(before) = last.replace(part) {
            let Some(at) = memmem::find(rest.as_bytes(), str::as_bytes(before)) else { return false };
            rest = &rest[at + before.len()..];
        }
    }
    match last {
        None => !whole || rest.is_empty(),
        Some(part) if whole => rest.ends_with(part),
        Some(part) => memmem::find(rest.as_bytes(), part.as_bytes()).is_some(),
    }
}

#[cfg(test)]
#[path = "robots_tests.rs"]
mod tests;
