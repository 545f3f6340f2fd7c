//! What an answer takes up: a place among the requests under way, and, if it is large, a room among the few for large ones.
//!
//! Both are given back when the last who works on the answer lets go of it, so that answers never pile up in memory, whoever sends them.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// An answer of more bytes than this is large, on the wire or unpacked.
pub const LARGE_BYTES: usize = 1024 * 1024;
/// How many large answers are in memory at once, read and worked on.
const ROOMS: usize = 4;

/// A place among the requests under way at once. Who still works on an answer keeps it.
#[derive(Clone, Debug)]
pub struct Place(#[expect(dead_code, reason = "it is given back when it is dropped")] Arc<OwnedSemaphorePermit>);

impl Place {
    /// Keeps a permit until the last who works on the answer is done.
    #[must_use]
    pub fn new(permit: OwnedSemaphorePermit) -> Self {
        Place(Arc::new(permit))
    }
}

/// The rooms for large answers, shared by all of a client.
#[derive(Clone, Debug)]
pub struct Rooms(Arc<Semaphore>);

impl Default for Rooms {
    fn default() -> Self {
        Rooms(Arc::new(Semaphore::new(ROOMS)))
    }
}

/// The room of one answer: none for as long as it is small.
#[derive(Clone, Debug, Default)]
pub struct Room {
    rooms: Rooms,
    taken: Option<Place>,
}

impl Room {
    /// None yet, of these.
    #[must_use]
    pub fn among(rooms: &Rooms) -> Self {
        Room { rooms: rooms.clone(), taken: None }
    }

    /// Waits for a room, unless it has one.
    pub async fn take(&mut self) {
        if self.taken.is_none() {
            let permit = Arc::clone(&self.rooms.0).acquire_owned().await;
            self.taken = Some(Place::new(permit.expect("no semaphore here is ever closed")));
        }
    }
}
