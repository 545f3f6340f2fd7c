//! Where sources rest: one task for all of them begins a look when its time has come, or when its source says that there is something.
//!
//! A look is a task of its own, and one that fails stops no other. Thousands rest, so one that rests holds its row and nothing else; one
//! that waits its turn to ask holds hardly more, and most wait in line for that.

use std::{
    collections::{BTreeSet, HashMap},
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::{FutureExt, StreamExt, future::OptionFuture};
use jiff::Timestamp;
use tokio::{sync::Notify, task::JoinSet};
use tokio_util::task::AbortOnDropHandle;
use url::Url;

use super::{
    lines::{Line, Lines},
    poll::{self, Ground, Watched},
    receive,
};
use crate::{
    clock,
    store::{
        StoreError,
        sources::{self, SourceRow},
    },
};

/// How late a look may begin, so that those that are due soon after one another begin together: whoever wakes the machine up for each pays
/// a third more for it.
const TOGETHER: Duration = Duration::from_millis(10);
/// How long to wait when the database fails.
const RETRY_DATABASE: Duration = Duration::from_secs(30);
/// How long to wait when a look fails in a way that nobody has thought of.
const RETRY_UNEXPECTED: Duration = Duration::from_secs(300);

/// Asks for looks before their time.
#[derive(Debug, Default)]
pub struct Bell {
    rung: Mutex<BTreeSet<String>>,
    notify: Notify,
}

impl Bell {
    /// Asks for a look at the source of that name.
    pub fn ring(&self, source: &str) {
        self.rung.lock().unwrap_or_else(PoisonError::into_inner).insert(source.to_owned());
        self.notify.notify_one();
    }

    /// Waits until it is rung, and gives for which sources.
    async fn rung(&self) -> BTreeSet<String> {
        self.notify.notified().await;
        std::mem::take(&mut *self.rung.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Looks at every source for ever, each at its pace.
///
/// # Errors
/// If the sources' rows cannot be read at the beginning; a database that fails later is said aloud and tried again.
pub async fn keep(ground: Arc<Ground>, watched: Vec<Arc<Watched>>, bell: Arc<Bell>) -> Result<(), StoreError> {
    let rows = rows(&ground, watched.clone()).await?;
    let clock = ground.clock.clone();
    let mut roster = Roster::new(ground, watched, rows.into_iter());
    loop {
        roster.begin_what_is_due();
        let next = roster.due.first().map(|(due, _)| clock.sleep_until(clock::after(*due, TOGETHER)));
        tokio::select! {
            Some(()) = OptionFuture::from(next) => {}
            Some(ended) = roster.looks.join_next() => match ended {
                Ok(ended) => roster.settle(ended),
                // Only a look that was cut off ends without saying how, and only the end of the daemon cuts one off.
                Err(_) => return Ok(()),
            },
            names = bell.rung() => roster.heed(&names),
        }
    }
}

/// The rows of many sources, read in one go.
async fn rows(ground: &Ground, watched: Vec<Arc<Watched>>) -> Result<Vec<Box<SourceRow>>, StoreError> {
    ground
        .store
        .write(move |tx| {
            let wanted: Vec<_> = watched.iter().map(|one| (&*one.name, one.kind, &*one.location)).collect();
            sources::ensure_all(tx, &wanted)
        })
        .await
}

/// Which of the sources.
type Place = usize;

struct Seat {
    watched: Arc<Watched>,
    /// Before the host that it asks first, if it asks any.
    line: Option<Line>,
    /// The state that the last look left; none while one is under way, and after one that failed.
    row: Option<Box<SourceRow>>,
    /// None while a look is under way or waits in line.
    rests_until: Option<Timestamp>,
    is_called: bool,
}

impl Seat {
    /// One that failed is left alone until its time.
    fn is_well(&self) -> bool {
        self.row.as_ref().is_some_and(|row| row.failures == 0)
    }
}

/// How a look ended: with the state of the source after it, or not at all.
struct Ended {
    place: Place,
    outcome: Result<Result<Box<SourceRow>, StoreError>, Panicked>,
}

struct Panicked;

struct Roster {
    ground: Arc<Ground>,
    seats: Vec<Seat>,
    due: BTreeSet<(Timestamp, Place)>,
    lines: Lines,
    looks: JoinSet<Ended>,
    /// Of the sources that rest and can be heard.
    ears: HashMap<Place, AbortOnDropHandle<()>>,
}

impl Roster {
    fn new(ground: Arc<Ground>, watched: Vec<Arc<Watched>>, rows: impl Iterator<Item = Box<SourceRow>>) -> Self {
        let mut lines = Lines::default();
        let seats = watched.into_iter().map(|watched| {
            let line = first_address(&watched).map(|address| lines.at(&address, &*ground.http));
            Seat { watched, line, row: None, rests_until: None, is_called: false }
        });
        let (seats, due) = (seats.collect(), BTreeSet::new());
        let mut roster = Roster { ground, seats, due, lines, looks: JoinSet::new(), ears: HashMap::new() };
        for (place, row) in rows.enumerate() {
            roster.seat(place, row);
        }
        roster
    }

    fn begin_what_is_due(&mut self) {
        let now = self.ground.clock.now();
        while let Some((_, place)) = self.due.first().filter(|(due, _)| *due <= now).copied() {
            self.begin(place);
        }
    }

    /// Ends a rest: a look is begun, at once or when those before it in line are over.
    fn begin(&mut self, place: Place) {
        let seat = &mut self.seats[place];
        if let Some(due) = seat.rests_until.take() {
            self.due.remove(&(due, place));
        }
        self.ears.remove(&place);
        if seat.line.is_none_or(|line| self.lines.enter(line, place)) {
            self.set_out(place);
        }
    }

    fn set_out(&mut self, place: Place) {
        let seat = &mut self.seats[place];
        seat.is_called = false;
        let row = seat.row.take();
        let (ground, watched) = (Arc::clone(&self.ground), Arc::clone(&seat.watched));
        self.looks.spawn(async move {
            let look = AssertUnwindSafe(look(&ground, &watched, row));
            Ended { place, outcome: look.catch_unwind().await.map_err(|_| Panicked) }
        });
    }

    fn settle(&mut self, ended: Ended) {
        let Ended { place, outcome } = ended;
        if let Some(next) = self.seats[place].line.and_then(|line| self.lines.leave(line)) {
            self.set_out(next);
        }
        let name = &self.seats[place].watched.name;
        let wait = match outcome {
            Ok(Ok(row)) => return self.seat(place, row),
            Ok(Err(error)) => {
                tracing::error!(source.id = %name, %error, "Cannot save what was seen; the same page is read again");
                RETRY_DATABASE
            }
            Err(Panicked) => {
                tracing::error!(source.id = %name, "Looking at {name} failed unexpectedly; it is tried again");
                RETRY_UNEXPECTED
            }
        };
        self.rest(place, clock::after(self.ground.clock.now(), wait));
    }

    fn rest(&mut self, place: Place, until: Timestamp) {
        self.seats[place].rests_until = Some(until);
        self.due.insert((until, place));
    }

    /// Lets a source rest until it is due, or not at all if it was called meanwhile.
    fn seat(&mut self, place: Place, row: Box<SourceRow>) {
        let due = row.due_at.unwrap_or_else(|| self.ground.clock.now());
        let seat = &mut self.seats[place];
        seat.row = Some(row);
        if seat.is_called && seat.is_well() {
            return self.begin(place);
        }
        self.rest(place, due);
        let seat = &self.seats[place];
        if seat.is_well() && seat.watched.source.hears(&*self.ground.http).is_some() {
            let ear = tokio::spawn(listen(Arc::clone(&self.ground), Arc::clone(&seat.watched)));
            self.ears.insert(place, AbortOnDropHandle::new(ear));
        }
    }

    fn heed(&mut self, names: &BTreeSet<String>) {
        for place in 0..self.seats.len() {
            let seat = &mut self.seats[place];
            if names.contains(&seat.watched.name) {
                seat.is_called = true;
                if seat.rests_until.is_some() && seat.is_well() {
                    self.begin(place);
                }
            }
        }
    }
}

/// The address that a look asks first.
fn first_address(watched: &Watched) -> Option<Url> {
    watched.source.addresses().into_iter().next()
}

/// Looks once, when it is the source's turn to ask.
async fn look(ground: &Ground, watched: &Watched, row: Option<Box<SourceRow>>) -> Result<Box<SourceRow>, StoreError> {
    let turn = OptionFuture::from(first_address(watched).map(|first| ground.http.turn(first, watched.purpose)))
        .await
        .flatten();
    // What a look needs is held only while it lasts.
    Box::pin(async move {
        let mut row = match row {
            Some(row) => row,
            None => Box::new(poll::row(ground, watched).await?),
        };
        poll::look_from(ground, watched, &mut row, turn).await?;
        Ok(row)
    })
    .await
}

/// Listens to a source that rests: posts are taken in at once, and that there is something asks for a look.
async fn listen(ground: Arc<Ground>, watched: Arc<Watched>) {
    let Some(mut heard) = watched.source.hears(&*ground.http) else { return };
    while let Some(posts) = heard.next().await {
        if posts.is_empty() {
            return watched.bell.ring(&watched.name);
        }
        if let Err(error) = receive::hear(&ground, &watched, posts).await {
            tracing::error!(source.id = %watched.name, %error, "Cannot save what was heard; the next look finds it");
        }
    }
}

#[cfg(test)]
#[path = "roster_tests.rs"]
mod tests;
