//! Group commit: writes that arrive while another commits share the next one, each within a savepoint of its own.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, PoisonError},
};

use tokio::sync::oneshot;

use super::{Inner, Store, StoreError, Tx};

/// The most writes in one commit, so that no answer waits long.
const GROUP_MAX: usize = 64;

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
        let answer = match (self.work, committed) {
            (Some(_), Err(why)) => Err(why),
            (_, committed) => self.outcome.and_then(|value| committed.map(|()| value)),
        };
        // A caller that is gone no longer wants the answer; its write stands all the same.
        let _ = self.caller.send(answer);
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
        self.enqueue(Box::new(Write { work: Some(work), outcome: Err(StoreError::Panicked), caller }));
        let inner = Arc::clone(&self.inner);
        let committing = tokio::task::spawn_blocking(move || inner.commit_group());
        let (_, answer) = tokio::join!(committing, answer);
        answer.unwrap_or(Err(StoreError::Panicked))
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
        self.enqueue(Box::new(Write { work: Some(work), outcome: Err(StoreError::Panicked), caller }));
        loop {
            self.inner.commit_group();
            match answer.try_recv() {
                Ok(result) => return result,
                Err(oneshot::error::TryRecvError::Empty) => std::thread::yield_now(),
                Err(oneshot::error::TryRecvError::Closed) => return Err(StoreError::Panicked),
            }
        }
    }

    fn enqueue(&self, job: Box<dyn Job>) {
        self.inner.queue.lock().unwrap_or_else(PoisonError::into_inner).push(job);
    }
}

impl Inner {
    /// Commits whatever waits; does nothing if another thread has already taken it.
    fn commit_group(&self) {
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let mut group: Vec<Box<dyn Job>> = {
            let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
            let size = queue.len().min(GROUP_MAX);
            queue.drain(..size).collect()
        };
        if group.is_empty() {
            return;
        }
        let tx = Tx::new(&writer);
        let committed = run_group(&writer, &tx, &mut group);
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

fn run_group(writer: &rusqlite::Connection, tx: &Tx<'_>, group: &mut [Box<dyn Job>]) -> Result<(), StoreError> {
    writer.execute_batch("BEGIN IMMEDIATE")?;
    let _mark = super::mark::Mark::set();
    for job in group.iter_mut() {
        let ran = writer.execute_batch("SAVEPOINT job").map_err(StoreError::from).and_then(|()| job.run(tx));
        let closed = match &ran {
            Ok(()) => writer.execute_batch("RELEASE job"),
            Err(_) => writer.execute_batch("ROLLBACK TO job; RELEASE job"),
        };
        if let Err(error) = closed {
            // SQLite has ended the whole transaction by itself (disk full, I/O error): nobody's write stands.
            let _ = writer.execute_batch("ROLLBACK");
            return Err(ran.err().unwrap_or_else(|| error.into()));
        }
    }
    writer.execute_batch("COMMIT").map_err(|error| {
        let _ = writer.execute_batch("ROLLBACK");
        StoreError::from(error)
    })
}
