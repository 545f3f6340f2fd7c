//! What is pushed to us: the source verifies and reads it, and it is acknowledged only when it is on disk.
//!
//! Each source that can be pushed to has an address of its own that nobody can guess; a vendor's signature comes on top of that.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, Method};
use jiff::Timestamp;
use sha2::Sha256;
use url::Url;

use super::{
    house::House,
    ingest::{self, Batch, Ingested},
    metrics::Metrics,
    outbox::tell,
    poll::{self, Watched},
    watch,
};
use crate::{
    alert::compose,
    case::{Event, PutRight, Recorded},
    clock::Clock,
    id::CaseId,
    review::Sighting,
    secret::Secret,
    sources::{Push, PushError, Source, Taken},
    store::{Store, StoreError, cases, pushes, sources, sources::Success},
};

pub use crate::sources::{Form, Language, WORDS_GRAPHEMES_MAX};

/// The most bytes of a push.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;
/// The longest id of a delivery that is kept as it is.
const DELIVERY_BYTES_MAX: usize = 200;

/// The addresses at which sources are pushed to.
#[derive(Clone, Default)]
pub struct Inlets {
    /// Those of sources that take in pushes, by their last part.
    pushed: BTreeMap<String, Arc<Watched>>,
    /// Those that show a form, by the name of their location in addresses.
    forms: BTreeMap<String, Arc<Watched>>,
}

/// One request to an inlet, raw.
#[derive(Clone, Debug)]
pub struct Pushed {
    /// GET or POST.
    pub method: Method,
    /// The public address, as the sender knows it.
    pub url: Url,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: bytes::Bytes,
}

/// What taking in needs of the house.
pub struct Ground<'a> {
    /// The database.
    pub store: &'a Store,
    /// The time.
    pub clock: &'a Clock,
    /// The owner's wishes.
    pub house: Arc<House>,
    /// Counters.
    pub metrics: &'a Metrics,
}

/// What the sender gets to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// Its kind; empty for none.
    pub content_type: &'static str,
    /// Its text.
    pub body: String,
}

/// Why a push was not taken in.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    /// The source takes in nothing.
    #[error("nothing is taken in here")]
    NotOffered,
    /// It is not signed as it must be, or was signed at another time.
    #[error("{0}")]
    Unsigned(String),
    /// It is signed well, but is not what the sender sends.
    #[error("{0}")]
    Unreadable(String),
    /// The database failed; the sender should try again.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<PushError> for ReceiveError {
    fn from(error: PushError) -> Self {
        match error {
            PushError::NotOffered => ReceiveError::NotOffered,
            PushError::Forged(_) | PushError::Late => ReceiveError::Unsigned(error.to_string()),
            PushError::Unreadable(why) => ReceiveError::Unreadable(why.to_string()),
        }
    }
}

impl Inlets {
    /// One for each source that takes in pushes or has a form: of ten thousand, hardly any.
    #[must_use]
    pub fn new(watched: &[Arc<Watched>], key: &Secret) -> Self {
        // A form is answered at its own address, where robots are kept out.
        let (forms, others): (Vec<_>, Vec<_>) = watched.iter().partition(|watched| watched.source.form().is_some());
        let pushed = others.into_iter().filter(|watched| is_pushed_to(&*watched.source));
        Inlets {
            pushed: pushed.map(|watched| (token(&watched.name, key), Arc::clone(watched))).collect(),
            forms: forms.into_iter().map(|watched| (slug(&watched.location), Arc::clone(watched))).collect(),
        }
    }

    /// The source of an address.
    #[must_use]
    pub fn find(&self, token: &str) -> Option<Arc<Watched>> {
        self.pushed.get(token).cloned()
    }

    /// Whether a location has a form.
    #[must_use]
    pub fn has_form(&self, location: &str) -> bool {
        self.forms.contains_key(&slug(location))
    }

    /// The form of a location, by its name in addresses.
    #[must_use]
    pub fn form(&self, slug: &str) -> Option<(&Arc<Watched>, &Form)> {
        let watched = self.forms.get(slug)?;
        Some((watched, watched.source.form()?))
    }
}

/// Whether something can be pushed to a source at all.
#[must_use]
pub fn is_pushed_to(source: &dyn Source) -> bool {
    static NOWHERE: LazyLock<Url> = LazyLock::new(|| Url::parse("https://localhost/").expect("an address"));
    let (method, headers) = (&Method::POST, &HeaderMap::new());
    let push = Push { method, url: &NOWHERE, headers, body: b"", now: Timestamp::UNIX_EPOCH };
    source.accept(&push) != Err(PushError::NotOffered)
}

/// The address at which a source is pushed to, below the public address of the house.
#[must_use]
pub fn address(base: &Url, source: &str, key: &Secret) -> Option<Url> {
    below(base).join(&format!("in/{}", token(source, key))).ok()
}

/// The address of a location's form, below the public address of the house.
#[must_use]
pub fn form_address(base: &Url, location: &str) -> Option<Url> {
    below(base).join(&format!("f/{}", slug(location))).ok()
}

fn below(base: &Url) -> Url {
    let mut base = base.clone();
    if !base.path().ends_with('/') {
        base.set_path(&format!("{}/", base.path()));
    }
    base
}

/// A name as it stands in an address: its letters and digits in small letters, joined by hyphens.
fn slug(name: &str) -> String {
    let lower = name.to_lowercase();
    lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}

fn token(source: &str, key: &Secret) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.reveal().as_bytes()).expect("HMAC takes a key of any length");
    mac.update(b"amends inlet\0");
    mac.update(source.as_bytes());
    URL_SAFE_NO_PAD.encode(&mac.finalize().into_bytes()[..16])
}

/// Takes in one push. When this returns well, everything in it is on disk.
///
/// # Errors
/// If the source refuses it, or if the database cannot be written; then nothing of it is stored.
pub async fn receive(ground: &Ground<'_>, watched: &Arc<Watched>, pushed: Pushed) -> Result<Receipt, ReceiveError> {
    let now = ground.clock.now();
    let taken = accept(Arc::clone(watched), pushed, now).await?;
    let receipt = Receipt { content_type: taken.answer.content_type, body: taken.answer.body.clone() };
    let look = taken.look;
    let done = commit(ground, watched, taken, now).await?;
    if let Some(done) = done {
        tracing::info!(source.id = %watched.name, new = done.new, negative = done.negative, changed = done.changed, "Heard from {}", watched.name);
        if look {
            watched.bell.ring(&watched.name);
        }
    }
    Ok(receipt)
}

/// Takes in posts that were heard on a source's stream.
///
/// # Errors
/// If the database cannot be written; then nothing of them is stored, and the next look finds them.
pub(super) async fn hear(ground: &poll::Ground, watched: &Watched, posts: Vec<Sighting>) -> Result<(), StoreError> {
    let now = ground.clock.now();
    let (store, clock, metrics) = (&ground.store, &ground.clock, &*ground.metrics);
    let here = Ground { store, clock, house: Arc::clone(&ground.house), metrics };
    let done = commit(&here, watched, Taken { sightings: posts, ..Taken::default() }, now).await?.unwrap_or_default();
    tracing::info!(source.id = %watched.name, new = done.new, negative = done.negative, changed = done.changed, "Heard on {}", watched.name);
    Ok(())
}

/// Takes in what the guest of a case says of it: a claim, told to who looks after the case. The same answer again changes nothing.
///
/// # Errors
/// If there is no such case at the form's location, or the database cannot be written; then nothing is stored.
pub async fn guest_says(
    ground: &Ground<'_>,
    form: &Watched,
    case: CaseId,
    said: (PutRight, Option<String>),
    answer: String,
) -> Result<(), StoreError> {
    let now = ground.clock.now();
    let (name, kind, location) = (form.name.clone(), form.kind, form.location.clone());
    let house = Arc::clone(&ground.house);
    let done = ground.store.write(move |tx| {
        let source = sources::ensure(tx, &name, kind, &location)?;
        let file = cases::file(tx, case)?;
        if file.row.location != location {
            return Err(StoreError::Missing(format!("case {case} at {location}")));
        }
        if !pushes::note(tx, source.id, &answer, now)? {
            return Ok(());
        }
        let (put_right, note) = said;
        cases::append(tx, case, &Recorded { at: now, event: Event::GuestSaid { put_right, note } })?;
        let severity = file.review.verdict.severity;
        let alert = compose::guest_said(put_right, &answer, severity, &watch::subject(&file), now);
        tell(tx, &house, &alert, Some(file.row.review_id)).map(|_| ())
    });
    done.await
}

/// Verifying and reading can take a while; it is done off the runtime, and a panic there is a refusal.
async fn accept(watched: Arc<Watched>, pushed: Pushed, now: Timestamp) -> Result<Taken, ReceiveError> {
    let accepted = tokio::task::spawn_blocking(move || {
        let Pushed { method, url, headers, body } = &pushed;
        watched.source.accept(&Push { method, url, headers, body, now })
    });
    let failed = |_| ReceiveError::Unreadable("reading it failed".to_owned());
    Ok(accepted.await.map_err(failed)??)
}

/// Commits what was taken in; `None` if this delivery was there before.
async fn commit(
    ground: &Ground<'_>,
    watched: &Watched,
    taken: Taken,
    now: Timestamp,
) -> Result<Option<Ingested>, StoreError> {
    let place = ground.house.place(&watched.location);
    let success = Success { memory: String::new(), at: now, due_at: now, count_stated: None };
    let seen = (taken.sightings, crate::review::Coverage::Some);
    let batch = Batch::new(&watched.name, seen, &place, watched.choices, success).pushed();
    let delivery =
        taken.delivery.map(|id| if id.len() > DELIVERY_BYTES_MAX { crate::id::stable("d", &[&id]) } else { id });
    let (name, kind, location) = (watched.name.clone(), watched.kind, watched.location.clone());
    let house = Arc::clone(&ground.house);
    let done = ground.store.write(move |tx| {
        let source = sources::ensure(tx, &name, kind, &location)?;
        if let Some(delivery) = &delivery
            && !pushes::note(tx, source.id, delivery, now)?
        {
            return Ok(None);
        }
        ingest::ingest(tx, &house, batch).map(Some)
    });
    let done = done.await?;
    if done.as_ref().is_some_and(|done| done.new > 0) {
        ground.metrics.note_poll(&watched.name, done.as_ref().map_or(0, |done| done.new as u64), now);
    }
    Ok(done)
}
