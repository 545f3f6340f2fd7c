//! What an answer takes up: a place among the requests under way, and, if it is large, a room among the few for large ones.
//!
//! Both are given back when the last who works on the answer lets go of it, so that answers never pile up in memory, whoever sends them.
//! Who has a room needs no place any more, and some may wait for a room without one: large answers do not hold up the small.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::host::Host;
use crate::clock::Clock;

/// An answer of more bytes than this is large, on the wire or unpacked.
pub const LARGE_BYTES: usize = 1024 * 1024;
/// How many large answers are in memory at once, read and worked on.
const ROOMS: usize = 4;
/// How many of those that wait for a room, each in memory as far as it is not large yet, give their place to others meanwhile.
const OUTSIDE: usize = 16;

/// A place among the requests under way at once. Who still works on an answer keeps it, unless that is large.
#[derive(Clone)]
pub struct Place(Arc<Held>);

struct Held {
    permits: Mutex<Permits>,
    host: Arc<Host>,
    /// The lane for slow hosts.
    slow: Arc<Semaphore>,
    clock: Clock,
}

/// What is given back when it is dropped.
pub(super) struct Permits {
    /// Among all requests; none for who has gone to a room, or waits for one outside.
    pub(super) any: Option<OwnedSemaphorePermit>,
    /// Among those to slow hosts.
    pub(super) slow: Option<OwnedSemaphorePermit>,
}

impl Place {
    pub(super) fn new(permits: Permits, host: Arc<Host>, slow: Arc<Semaphore>, clock: Clock) -> Self {
        Place(Arc::new(Held { permits: Mutex::new(permits), host, slow, clock }))
    }

    /// Notes that the answer is large: from now on its host is asked as slow ones are, and this request counts among those to them.
    fn note_large(&self) {
        self.0.host.note_slow(self.0.clock.now());
        let mut permits = self.permits();
        if permits.slow.is_none() {
            permits.slow = Arc::clone(&self.0.slow).try_acquire_owned().ok();
        }
    }

    /// Lets another request begin.
    fn give_back(&self) {
        self.permits().any = None;
    }

    fn permits(&self) -> std::sync::MutexGuard<'_, Permits> {
        self.0.permits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Place").field(&self.0.host.key).finish()
    }
}

/// The rooms for large answers, shared by all of a client, and where it can be waited for them.
#[derive(Clone, Debug)]
pub struct Rooms {
    rooms: Arc<Semaphore>,
    outside: Arc<Semaphore>,
}

impl Default for Rooms {
    fn default() -> Self {
        Rooms { rooms: Arc::new(Semaphore::new(ROOMS)), outside: Arc::new(Semaphore::new(OUTSIDE)) }
    }
}

/// The room of one answer: none for as long as it is small.
#[derive(Clone, Debug, Default)]
pub struct Room {
    rooms: Rooms,
    /// That of the request, if it has one.
    place: Option<Place>,
    taken: Option<Arc<OwnedSemaphorePermit>>,
}

impl Room {
    /// None yet, of these; `place` is that of the request.
    #[must_use]
    pub fn among(rooms: &Rooms, place: Option<Place>) -> Self {
        Room { rooms: rooms.clone(), place, taken: None }
    }

    /// Waits for a room, unless it has one.
    pub async fn take(&mut self) {
        if self.taken.is_some() {
            return;
        }
        let outside = Arc::clone(&self.rooms.outside).try_acquire_owned();
        if let Some(place) = &self.place {
            place.note_large();
            if outside.is_ok() {
                place.give_back();
            }
        }
        let room = Arc::clone(&self.rooms.rooms).acquire_owned().await;
        self.taken = Some(Arc::new(room.expect("no semaphore here is ever closed")));
        if let Some(place) = &self.place {
            place.give_back();
        }
    }
}
