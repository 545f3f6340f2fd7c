//! Group commit: writes that arrive while another commits share the next one, each but the first within a savepoint of its own.

use std::{
    collections::{HashMap, hash_map::Entry},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, MutexGuard, PoisonError},
    time::Duration,
};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{Inner, Store, StoreError, Tx, sources::Quiet};
use crate::id::SourceId;

/// The most writes in one commit, so that no answer waits long.
const GROUP_MAX: usize = 64;

/// How long quiet looks may wait for a commit: a machine that only finds everything as it was writes to its disk so often. Their loss costs
/// looks that come too early, by as much, after a crash.
const QUIET_WAITS: Duration = Duration::from_secs(10);

/// The most sources whose quiet looks wait, so that no commit is held up by many.
const QUIET_MAX: usize = 4_096;

/// How often a thread looks whether the leader has taken its write along.
const ANSWER_POLL: Duration = Duration::from_millis(1);

/// One write waiting for its turn.
pub(super) trait Job: Send {
    /// Does the work; an error rolls this write back alone.
    fn run(&mut self, tx: &Tx<'_>) -> Result<(), StoreError>;
    /// Answers the caller once the group is on disk, or is not.
    fn answer(self: Box<Self>, committed: Result<(), StoreError>);
}

struct Write<T, F> {
    work: Option<F>,
    outcome: Result<T, StoreError>,
    caller: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Job for Write<T, F>
where
    T: Send,
    F: FnOnce(&Tx<'_>) -> Result<T, StoreError> + Send,
{
    fn run(&mut self, tx: &Tx<'_>) -> Result<(), StoreError> {
        if let Some(work) = self.work.take() {
            self.outcome = catch_unwind(AssertUnwindSafe(|| work(tx))).unwrap_or(Err(StoreError::Panicked));
        }
        match &self.outcome {
            Ok(_) => Ok(()),
            Err(error) => Err(error.clone()),
        }
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        let outcome = match (&self.work, committed) {
            // It never ran, because the transaction could not begin.
            (Some(_), Err(error)) => Err(error),
            (_, committed) => self.outcome.and_then(|value| committed.map(|()| value)),
        };
        // A caller that is gone no longer wants the answer; its write stands all the same.
        let _ = self.caller.send(outcome);
    }
}

impl Store {
    /// Writes in one transaction and returns once it is on disk.
    ///
    /// # Errors
    /// What `work` returns (its changes are rolled back, those of others are not), or why the commit failed.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (caller, answer) = oneshot::channel();
        let job = Box::new(Write { work: Some(work), outcome: Err(StoreError::Panicked), caller });
        if self.inner.enqueue(job) == Turn::Lead {
            let inner = Arc::clone(&self.inner);
            tokio::task::spawn_blocking(move || inner.commit_all());
        }
        answer.await.unwrap_or(Err(StoreError::Panicked))
    }

    /// Notes a quiet look with the next commit, or within ten seconds. It is the one thing that a crash may undo.
    pub fn note_quiet(&self, quiet: Quiet) {
        let mut queue = self.inner.queue();
        let before = queue.quiet.len();
        match queue.quiet.entry(quiet.id) {
            Entry::Occupied(mut waiting) => waiting.get_mut().go_on(quiet),
            Entry::Vacant(place) => drop(place.insert(quiet)),
        }
        let fills_up = before < QUIET_MAX && queue.quiet.len() == QUIET_MAX;
        if std::mem::replace(&mut queue.has_timer, true) && !fills_up {
            return;
        }
        drop(queue);
        let wait = if fills_up { Duration::ZERO } else { QUIET_WAITS };
        let inner = Arc::downgrade(&self.inner);
        tokio::spawn(async move {
            tokio::time::sleep(wait).await;
            if let Some(inner) = inner.upgrade() {
                tokio::task::spawn_blocking(move || inner.flush());
            }
        });
    }

    /// Writes on the calling thread: for commands that have no runtime to stall.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub fn write_now<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (caller, mut answer) = oneshot::channel();
        let job = Box::new(Write { work: Some(work), outcome: Err(StoreError::Panicked), caller });
        if self.inner.enqueue(job) == Turn::Lead {
            self.inner.commit_all();
        }
        loop {
            match answer.try_recv() {
                Ok(result) => return result,
                Err(oneshot::error::TryRecvError::Empty) => std::thread::sleep(ANSWER_POLL),
                Err(oneshot::error::TryRecvError::Closed) => return Err(StoreError::Panicked),
            }
        }
    }
}

/// Writes that wait, and whether somebody is committing.
#[derive(Default)]
pub(super) struct Queue {
    jobs: Vec<Box<dyn Job>>,
    /// What goes along with the next commit, or makes one of its own within [`QUIET_WAITS`]; one of each source.
    quiet: HashMap<SourceId, Quiet>,
    has_timer: bool,
    has_leader: bool,
}

/// Whose turn it is to commit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// Nobody commits: the caller has to.
    Lead,
    /// Somebody does, and will take this write along.
    Follow,
}

impl Inner {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enqueue(&self, job: Box<dyn Job>) -> Turn {
        let mut queue = self.queue();
        queue.jobs.push(job);
        if std::mem::replace(&mut queue.has_leader, true) { Turn::Follow } else { Turn::Lead }
    }

    /// Commits what quietly waits.
    pub(super) fn flush(&self) {
        let leads = {
            let mut queue = self.queue();
            queue.has_timer = false;
            !queue.quiet.is_empty() && !std::mem::replace(&mut queue.has_leader, true)
        };
        if leads {
            self.commit_all();
        }
    }

    /// Commits group after group until nothing waits, so that one thread writes and none stands in line.
    fn commit_all(&self) {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let (group, quiet) = {
                let mut queue = self.queue();
                let size = queue.jobs.len().min(GROUP_MAX);
                if size == 0 && queue.quiet.is_empty() {
                    queue.has_leader = false;
                    return;
                }
                (queue.jobs.drain(..size).collect(), std::mem::take(&mut queue.quiet))
            };
            self.commit_group(&mut writer, group, &quiet);
        }
    }

    fn commit_group(&self, writer: &mut Connection, mut group: Vec<Box<dyn Job>>, quiet: &HashMap<SourceId, Quiet>) {
        let tx = Tx::new(writer);
        let committed = run_group(writer, &tx, &mut group, quiet);
        if let (Err(error), false) = (&committed, quiet.is_empty()) {
            tracing::debug!(%error, "Quiet looks were not noted; the next ones will be");
        }
        if committed.is_ok() && tx.wakes_deliveries.get() {
            self.deliveries.send_modify(|commits| *commits += 1);
        }
        if committed.is_ok() && tx.wakes_deadlines.get() {
            self.deadlines.send_modify(|commits| *commits += 1);
        }
        for job in group {
            job.answer(committed.clone());
        }
    }
}

fn run_group(
    writer: &Connection,
    tx: &Tx<'_>,
    group: &mut [Box<dyn Job>],
    quiet: &HashMap<SourceId, Quiet>,
) -> Result<(), StoreError> {
    let say = |sql: &str| writer.prepare_cached(sql).and_then(|mut statement| statement.execute([])).map(|_| ());
    let begin = || {
        say("BEGIN IMMEDIATE")?;
        quiet.values().try_for_each(|quiet| quiet.note(tx)).inspect_err(|_| drop(say("ROLLBACK")))
    };
    let _mark = super::mark::Mark::set();
    begin()?;
    let mut stands = false;
    for job in group.iter_mut() {
        if !stands {
            // As long as nobody's write but its own can be undone with it, it needs no savepoint, for which each page is copied before it
            // changes.
            match job.run(tx) {
                Ok(()) => stands = true,
                Err(_) => {
                    let _ = say("ROLLBACK");
                    begin()?;
                }
            }
            continue;
        }
        let ran = say("SAVEPOINT job").map_err(StoreError::from).and_then(|()| job.run(tx));
        let closed = match &ran {
            Ok(()) => say("RELEASE job"),
            Err(_) => say("ROLLBACK TO job").and_then(|()| say("RELEASE job")),
        };
        if let Err(error) = closed {
            // SQLite has ended the whole transaction by itself (disk full, I/O error): nobody's write stands.
            let _ = say("ROLLBACK");
            return Err(ran.err().unwrap_or_else(|| error.into()));
        }
    }
    say("COMMIT").map_err(|error| {
        let _ = say("ROLLBACK");
        StoreError::from(error)
    })
}
