//! Who watches the loops: a dead deliverer or watcher of deadlines ends the process, unless the disk is only full or the database locked:
//! that passes, and every loop goes on by itself. The others, that of the sources among them, restart alone with back-off; one source
//! that fails is the affair of [`super::roster`].

use std::{future::Future, panic::AssertUnwindSafe, pin::pin, time::Duration};

use futures_util::FutureExt;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::store::StoreError;

/// Waits between restarts of a loop, doubled each time until it has run that long.
const RESTART_MIN: Duration = Duration::from_secs(1);
const RESTART_MAX: Duration = Duration::from_secs(300);

/// How long a loop that ends by itself is waited for.
const WIND_DOWN_MAX: Duration = Duration::from_secs(15);

/// How a loop's death is taken, and how it ends when the daemon stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vital {
    /// It restarts alone; at a stop it is cut off, which is harmless: what it had not committed is done again.
    No,
    /// Its death ends the process, unless its trouble passes, for silence is worse than a restart; at a stop it finishes what is under
    /// way.
    Yes,
}

/// The loops of the daemon.
pub struct Loops {
    tasks: JoinSet<Result<(), StoreError>>,
    stop: CancellationToken,
}

impl Loops {
    /// No loops yet; all of them end when `stop` is cancelled.
    #[must_use]
    pub fn new(stop: CancellationToken) -> Self {
        Loops { tasks: JoinSet::new(), stop }
    }

    /// What tells the loops to stop; a vital loop must listen to it.
    #[must_use]
    pub fn stop(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Starts a loop; `make` makes it anew for each restart.
    pub fn start<F, Fut>(&mut self, name: String, vital: Vital, make: F)
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), StoreError>> + Send + 'static,
    {
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            let mut wait = RESTART_MIN;
            loop {
                let mut run = pin!(AssertUnwindSafe(make()).catch_unwind());
                let mut calm = pin!(tokio::time::sleep(RESTART_MAX));
                let ended = loop {
                    tokio::select! {
                        ended = &mut run => break ended,
                        () = &mut calm, if wait > RESTART_MIN => wait = RESTART_MIN,
                        () = stop.cancelled() => {
                            if vital == Vital::Yes {
                                let _ = tokio::time::timeout(WIND_DOWN_MAX, &mut run).await;
                            }
                            return Ok(());
                        }
                    }
                };
                let why = match ended {
                    Ok(Ok(())) if stop.is_cancelled() => return Ok(()),
                    Ok(Ok(())) => "it ended".to_owned(),
                    Ok(Err(error)) if vital == Vital::Yes && !error.is_passing() => return Err(error),
                    Ok(Err(error)) => error.to_string(),
                    Err(_) if vital == Vital::Yes => return Err(StoreError::Panicked),
                    Err(_) => "it failed unexpectedly".to_owned(),
                };
                tracing::error!(task = %name, restart_secs = wait.as_secs(), "A loop stopped and is restarted: {why}");
                tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    () = stop.cancelled() => return Ok(()),
                }
                wait = (wait * 2).min(RESTART_MAX);
            }
        });
    }

    /// Waits until a vital loop dies (an error) or all have been stopped.
    ///
    /// # Errors
    /// Why the vital loop died.
    pub async fn ended(&mut self) -> Result<(), StoreError> {
        while let Some(ended) = self.tasks.join_next().await {
            ended.unwrap_or(Err(StoreError::Panicked))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_loop_that_fails_waits_twice_as_long_each_time_until_it_has_run_a_while() {
        let (began, starts) = (Instant::now(), Arc::new(Mutex::new(Vec::new())));
        let mut loops = Loops::new(CancellationToken::new());
        let noted = Arc::clone(&starts);
        loops.start("stubborn".to_owned(), Vital::No, move || {
            let mut starts = noted.lock().unwrap();
            starts.push(began.elapsed().as_secs());
            let runs = if starts.len() == 4 { RESTART_MAX + RESTART_MIN } else { Duration::ZERO };
            async move {
                tokio::time::sleep(runs).await;
                Ok(())
            }
        });
        tokio::time::sleep(RESTART_MAX + Duration::from_secs(12)).await;
        assert_eq!(*starts.lock().unwrap(), [0, 1, 3, 7, 309, 311]);
    }
}
