//! The owner's mapping as a whole: which programs there are, and how a document becomes sightings through them.
//!
//! It runs on a thread of its own with a deadline. It guesses nothing: a part that is no single text or number is not there.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use jaq_json::{Num, Val};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

mod program;

use crate::{
    config::SettingsError,
    markup,
    review::{PostedAt, RawRating, Reply, Sighting},
    sources::{ParseError, payload},
};
use program::{DEPTH_MAX, Program, depth};

/// What a payload has to be.
const EXPECTED: &str = "JSON";
/// The most reviews of one page.
const ITEMS_MAX: usize = 10_000;
/// The most readings of one source under way; a thread that missed its deadline cannot be ended, so they must not pile up.
const RUNNING_MAX: usize = 2;
/// The longest that reading one page may take.
const DEADLINE: Duration = Duration::from_secs(20);
/// The stack of the thread that reads; jq recurses where documents nest.
const STACK_BYTES: usize = 64 * 1024 * 1024;

/// jq programs that give the parts of one review.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Fields {
    /// The id that the other side gives; default `.id`.
    id: Option<String>,
    /// The guest's name; default `.author`, or its `.name`.
    author: Option<String>,
    /// The other side's id of the guest; default `.author_id`.
    author_id: Option<String>,
    /// The rating; default `.rating` or `.stars`; `null` for none.
    rating: Option<String>,
    /// The worst rating of the scale; default: 1, or 0 on scales above 10.
    worst: Option<String>,
    /// The best rating of the scale, such as `10`; default: 5.
    best: Option<String>,
    /// The headline; default `.title`.
    title: Option<String>,
    /// The words; default `.text`, `.body`, `.content` or `.comment`.
    text: Option<String>,
    /// The language; default `.language`.
    language: Option<String>,
    /// When it was posted; default `.posted_at`, `.created_at` or `.date`.
    posted_at: Option<String>,
    /// When it was last changed; default `.edited_at` or `.updated_at`.
    edited_at: Option<String>,
    /// Its address; default `.url`.
    url: Option<String>,
    /// Your public answer; default `.reply`, or its `.text`.
    reply: Option<String>,
    /// When you answered; default `.reply_at`.
    reply_at: Option<String>,
}

/// One part of a review: its program, and whether the owner wrote it.
struct Field {
    name: &'static str,
    program: Program,
    own: bool,
}

/// The compiled mapping.
pub(super) struct Mapping {
    items: Program,
    next: Option<Program>,
    fields: Vec<Field>,
    /// How many readings are under way, those included that missed their deadline and go on.
    running: AtomicUsize,
}

/// One reading under way; dropping it says that it ended.
struct Running(Arc<Mapping>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::AcqRel);
    }
}

/// What one page held.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Read {
    pub sightings: Vec<Sighting>,
    /// The next page's address as the document gives it.
    pub next: Option<String>,
}

impl Fields {
    /// Every part with the owner's program, if any, and the default.
    fn all(&self) -> [(&'static str, &Option<String>, &'static str); 14] {
        const NAMED: &str = r#".author | if type == "object" then .name else . end"#;
        const ANSWER: &str = r#".reply | if type == "object" then .text else . end"#;
        [
            ("id", &self.id, ".id"),
            ("author", &self.author, NAMED),
            ("author_id", &self.author_id, ".author_id"),
            ("rating", &self.rating, ".rating // .stars"),
            ("worst", &self.worst, "null"),
            ("best", &self.best, "null"),
            ("title", &self.title, ".title"),
            ("text", &self.text, ".text // .body // .content // .comment"),
            ("language", &self.language, ".language"),
            ("posted_at", &self.posted_at, ".posted_at // .created_at // .date"),
            ("edited_at", &self.edited_at, ".edited_at // .updated_at"),
            ("url", &self.url, ".url"),
            ("reply", &self.reply, ANSWER),
            ("reply_at", &self.reply_at, ".reply_at"),
        ]
    }
}

impl Mapping {
    /// Compiles every program.
    ///
    /// # Errors
    /// If one cannot be used; the error names its key.
    pub(super) fn compile(items: &str, next: Option<&str>, fields: &Fields) -> Result<Self, SettingsError> {
        let compiled = fields.all().into_iter().map(|(name, own, default)| {
            let code = own.as_deref().unwrap_or(default);
            let program = Program::compile(&format!("fields.{name}"), code)?;
            Ok(Field { name, program, own: own.is_some() })
        });
        Ok(Mapping {
            items: Program::compile("items", items)?,
            next: next.map(|next| Program::compile("next", next)).transpose()?,
            fields: compiled.collect::<Result<_, _>>()?,
            running: AtomicUsize::new(0),
        })
    }

    /// Reads one page within the deadline.
    ///
    /// # Errors
    /// If it is no JSON, does not fit the programs, or takes too long.
    pub(super) fn read(self: &Arc<Self>, payload: &[u8]) -> Result<Read, ParseError> {
        let too_much = |why: &str| ParseError::TooMuch(why.to_owned());
        let running = Running(Arc::clone(self));
        if self.running.fetch_add(1, Ordering::AcqRel) >= RUNNING_MAX {
            return Err(too_much("the jq programs are still busy with an earlier page; make them simpler"));
        }
        let (sender, receiver) = mpsc::channel();
        let payload = payload.to_owned();
        let spawned = thread::Builder::new().name("jq".to_owned()).stack_size(STACK_BYTES).spawn(move || {
            let read = running.0.read_here(&payload);
            drop(running);
            let _ = sender.send(read);
        });
        spawned.map_err(|_| too_much("no thread could be started to read the page"))?;
        receiver.recv_timeout(DEADLINE).unwrap_or_else(|error| match error {
            mpsc::RecvTimeoutError::Disconnected => Err(too_much("the jq programs failed on this page")),
            mpsc::RecvTimeoutError::Timeout => {
                Err(too_much("the jq programs took longer than 20 seconds; make them simpler"))
            }
        })
    }

    fn read_here(&self, payload: &[u8]) -> Result<Read, ParseError> {
        let document = document(payload)?;
        let mut items = Vec::new();
        for output in self.items.run(document.clone(), ITEMS_MAX) {
            match output.map_err(|()| unfit("`items` fails on it; look at the answer with `amends parse`"))? {
                Val::Arr(list) => items.extend(list.iter().take(ITEMS_MAX).cloned()),
                Val::Null => {}
                item => items.push(item),
            }
        }
        items.truncate(ITEMS_MAX);
        let sightings = self.sightings(&items)?;
        let next = self.next.as_ref().and_then(|next| next.run(document, 1).next());
        let next = next.transpose().map_err(|()| unfit("`next` fails on it"))?;
        Ok(Read { sightings, next: next.and_then(|next| scalar(&next)).filter(|next| !next.trim().is_empty()) })
    }

    /// Makes a sighting of each item. A program of the owner's that fails on every item is an error, not an empty part.
    fn sightings(&self, items: &[Val]) -> Result<Vec<Sighting>, ParseError> {
        let mut failures = vec![0_usize; self.fields.len()];
        let mut sightings = Vec::with_capacity(items.len());
        for item in items {
            let mut parts = Parts::default();
            for (field, failed) in self.fields.iter().zip(&mut failures) {
                let mut outputs = field.program.run(item.clone(), 2);
                match outputs.next() {
                    Some(Ok(value)) if field.name == "id" => parts.id = single_id(&value, outputs.next().is_some())?,
                    Some(Ok(value)) => parts.put(field.name, &value),
                    Some(Err(())) => *failed += 1,
                    None => {}
                }
            }
            sightings.push(parts.into_sighting());
        }
        let broken =
            self.fields.iter().zip(failures).find(|(field, failed)| field.own && *failed > 0 && *failed == items.len());
        match broken {
            Some((field, _)) => Err(unfit(&format!("`fields.{}` fails on every review of it", field.name))),
            None => Ok(sightings),
        }
    }
}

fn document(payload: &[u8]) -> Result<Val, ParseError> {
    let text = payload::decode(payload);
    let text = text.trim_start_matches('\u{FEFF}');
    if depth(text.as_bytes()) > DEPTH_MAX {
        return Err(ParseError::TooMuch(format!("the JSON nests deeper than {DEPTH_MAX} levels")));
    }
    jaq_json::read::parse_single(text.as_bytes())
        .or_else(|_| jaq_json::read::parse_single(payload::mend_json(text).as_bytes()))
        .map_err(|_| match payload::instead(payload) {
            payload::Instead::Unknown => {
                payload::Instead::Known("it is broken, or breaks off in the middle").into_error(EXPECTED)
            }
            known => known.into_error(EXPECTED),
        })
}

fn unfit(why: &str) -> ParseError {
    ParseError::NotThisKind { expected: "JSON that fits the mapping", why: why.to_owned() }
}

/// The id must be one text or number, or absent: anything else would confuse reviews with each other.
fn single_id(value: &Val, more: bool) -> Result<Option<String>, ParseError> {
    match value {
        _ if more => Err(unfit("`fields.id` gives more than one value for a review")),
        Val::Null => Ok(None),
        Val::Num(_) | Val::TStr(_) => Ok(scalar(value)),
        Val::Bool(_) | Val::BStr(_) | Val::Arr(_) | Val::Obj(_) => {
            Err(unfit("`fields.id` gives something else than a text or a number"))
        }
    }
}

/// A text or number as text, numbers with every digit as sent.
fn scalar(value: &Val) -> Option<String> {
    match value {
        Val::TStr(text) => Some(String::from_utf8_lossy(text).into_owned()),
        Val::Num(_) | Val::Bool(_) => Some(value.to_string()),
        Val::Null | Val::BStr(_) | Val::Arr(_) | Val::Obj(_) => None,
    }
}

/// The parts of one review as they come in.
#[derive(Default)]
struct Parts {
    id: Option<String>,
    rating: Option<Value>,
    texts: std::collections::BTreeMap<&'static str, String>,
}

impl Parts {
    fn put(&mut self, name: &'static str, value: &Val) {
        if name == "rating" {
            self.rating = stars(value);
        } else if let Some(text) = scalar(value).filter(|text| !text.trim().is_empty()) {
            self.texts.insert(name, text);
        }
    }

    fn into_sighting(mut self) -> Sighting {
        let mut take = |name: &str| self.texts.remove(name);
        let end = |text: Option<String>| text.and_then(|text| text.trim().parse().ok());
        let (worst, best) = (end(take("worst")), end(take("best")));
        let plain = |html: Option<String>| html.map(|html| markup::plain_from_html(&html));
        let at = |text: Option<String>| text.and_then(|text| moment(&text));
        let (reply, replied) = (plain(take("reply")), at(take("reply_at")).map(|posted| posted.at));
        Sighting {
            id: self.id.filter(|id| !id.trim().is_empty()),
            item: None,
            author: take("author"),
            author_id: take("author_id"),
            rating: self.rating.map(|stars| RawRating { stars, worst, best }),
            title: plain(take("title")),
            text: plain(take("text")),
            language: take("language"),
            posted_at: at(take("posted_at")),
            edited_at: at(take("edited_at")).map(|posted| posted.at),
            url: take("url"),
            reply: reply.filter(|text| !text.is_empty()).map(|text| Reply { text, at: replied }),
            private: false,
            withdrawn: false,
        }
    }
}

/// A rating as sent.
fn stars(value: &Val) -> Option<Value> {
    match value {
        Val::Bool(yes) => Some(Value::Bool(*yes)),
        Val::Num(Num::Int(number)) => Some(Value::from(*number as i64)),
        Val::Num(_) => serde_json::from_str(&value.to_string()).ok(),
        Val::TStr(text) => Some(Value::String(String::from_utf8_lossy(text).into_owned())),
        Val::Null | Val::BStr(_) | Val::Arr(_) | Val::Obj(_) => None,
    }
}

/// A date in any known form; seconds since 1970 may have a fraction, as Reddit sends them.
fn moment(text: &str) -> Option<PostedAt> {
    let seconds = text.split_once('.').map(|(whole, _)| whole).filter(|whole| whole.len() >= 9);
    PostedAt::parse(text).or_else(|| PostedAt::parse(seconds.filter(|s| s.bytes().all(|b| b.is_ascii_digit()))?))
}
