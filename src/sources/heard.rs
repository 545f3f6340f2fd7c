//! What a platform says by itself: its streams read as they come, only what speaks of the business let through.
//!
//! A stream adds to the polling and never replaces it: one that breaks is silent until the next look, which finds what was missed.

use bytes::{Bytes, BytesMut};
use futures_util::{
    StreamExt, future,
    stream::{self, BoxStream},
};

use crate::{
    http::{Http, HttpError, Request},
    review::Sighting,
};

/// The longest event, in bytes; what is longer is passed over, with the rest of its stream.
const EVENT_BYTES_MAX: usize = 1024 * 1024;

/// What comes on a stream, until it breaks.
type Pieces<'a> = BoxStream<'a, Result<Bytes, HttpError>>;

/// What is heard on these streams together, until all are broken.
///
/// `read` makes posts of one event (its name and its data) or message (without a name).
pub(super) fn hear<'a>(
    http: &'a dyn Http,
    requests: Vec<Request>,
    read: impl Fn(&str, &[u8]) -> Vec<Sighting> + Send + Sync + 'a,
) -> BoxStream<'a, Vec<Sighting>> {
    let opened = requests.into_iter().map(|request| {
        let framed = !request.headers.contains_key(http::header::UPGRADE);
        let pieces = stream::once(http.listen(request)).filter_map(|opened| future::ready(opened.ok())).flatten();
        if framed { events(pieces.boxed()) } else { messages(pieces.boxed()) }
    });
    stream::select_all(opened)
        .filter_map(move |(event, data)| {
            let posts = read(&event, &data);
            future::ready((!posts.is_empty()).then_some(posts))
        })
        .boxed()
}

/// A socket's messages as they are.
fn messages(pieces: Pieces<'_>) -> BoxStream<'_, (String, Bytes)> {
    pieces.scan((), |(), piece| future::ready(piece.ok().map(|data| (String::new(), data)))).boxed()
}

/// Splits an event stream (WHATWG HTML §9.2) into names and data.
fn events(pieces: Pieces<'_>) -> BoxStream<'_, (String, Bytes)> {
    pieces
        .scan(Decoder::default(), |decoder, piece| {
            future::ready(piece.ok().and_then(|piece| decoder.take_in(&piece)).map(stream::iter))
        })
        .flatten()
        .boxed()
}

#[derive(Default)]
struct Decoder {
    /// What came of a line that is not over.
    rest: BytesMut,
    name: String,
    data: BytesMut,
}

impl Decoder {
    /// The events that are whole now; nothing if one is too long.
    fn take_in(&mut self, piece: &[u8]) -> Option<Vec<(String, Bytes)>> {
        self.rest.extend_from_slice(piece);
        let mut whole = Vec::new();
        while let Some(end) = memchr::memchr(b'\n', &self.rest) {
            let line = self.rest.split_to(end + 1).freeze();
            let line = line.strip_suffix(b"\n").unwrap_or(&line);
            whole.extend(self.line(line.strip_suffix(b"\r").unwrap_or(line)));
        }
        (self.rest.len() + self.data.len() <= EVENT_BYTES_MAX).then_some(whole)
    }

    /// Takes in a line; an empty one ends an event. One that begins with a colon is a sign of life.
    fn line(&mut self, line: &[u8]) -> Option<(String, Bytes)> {
        if line.is_empty() {
            let (name, data) = (std::mem::take(&mut self.name), self.data.split().freeze());
            return (!data.is_empty()).then_some((name, data));
        }
        let colon = memchr::memchr(b':', line).unwrap_or(line.len());
        let value = line.get(colon + 1..).unwrap_or_default();
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match &line[..colon] {
            b"event" => self.name = String::from_utf8_lossy(value).into_owned(),
            b"data" => {
                if !self.data.is_empty() {
                    self.data.extend_from_slice(b"\n");
                }
                self.data.extend_from_slice(value);
            }
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(pieces: &[&str]) -> Vec<(String, String)> {
        let mut decoder = Decoder::default();
        let events = pieces.iter().flat_map(|piece| decoder.take_in(piece.as_bytes()).unwrap());
        events.map(|(name, data)| (name, String::from_utf8(data.to_vec()).unwrap())).collect()
    }

    #[test]
    fn events_are_found_however_the_wire_cuts_them() {
        let wire =
            ":)\n\nevent: update\r\ndata: {\"a\":1}\r\n\r\n:thump\nevent:delete\ndata:7\ndata: 8\nid: x\n\ndata\n\n";
        let expected = [("update".to_owned(), "{\"a\":1}".to_owned()), ("delete".to_owned(), "7\n8".to_owned())];
        assert_eq!(decoded(&[wire]), expected);
        for cut in 1..wire.len() {
            assert_eq!(decoded(&[&wire[..cut], &wire[cut..]]), expected, "{cut}");
        }
        let bytes: Vec<String> = wire.chars().map(String::from).collect();
        assert_eq!(decoded(&bytes.iter().map(String::as_str).collect::<Vec<_>>()), expected);
    }

    #[test]
    fn an_event_without_end_is_given_up() {
        let mut decoder = Decoder::default();
        let piece = [b"data: ".as_slice(), &vec![b'x'; EVENT_BYTES_MAX]].concat();
        assert_eq!(decoder.take_in(&piece), None);
        let mut decoder = Decoder::default();
        let line = format!("data: {}\n", "x".repeat(1000));
        assert!((0..2000).any(|_| decoder.take_in(line.as_bytes()).is_none()));
    }
}
