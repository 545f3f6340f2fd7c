//! A mailer that keeps what it is given, for tests and the demo. It sends nothing anywhere.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures_util::{FutureExt, future::BoxFuture};

use super::{Letter, MailAnswer, Mailer};

/// Records letters and answers as told; clones share one record.
#[derive(Clone, Debug, Default)]
pub struct FakeMailer(Arc<Mutex<Record>>);

#[derive(Debug, Default)]
struct Record {
    letters: Vec<Letter>,
    answers: VecDeque<MailAnswer>,
}

impl FakeMailer {
    /// Starts with an empty record; every letter is accepted.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Answers so to the next letter; called several times, to the next ones in turn.
    pub fn answer_next(&self, answer: MailAnswer) {
        self.record().answers.push_back(answer);
    }

    /// Every letter that was sent, in order, also those that were not accepted.
    #[must_use]
    pub fn letters(&self) -> Vec<Letter> {
        self.record().letters.clone()
    }

    /// The letters since the last call.
    #[must_use]
    pub fn take_letters(&self) -> Vec<Letter> {
        std::mem::take(&mut self.record().letters)
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Mailer for FakeMailer {
    fn send(&self, letter: Letter) -> BoxFuture<'_, MailAnswer> {
        let mut record = self.record();
        record.letters.push(letter);
        let answer = record.answers.pop_front().unwrap_or(MailAnswer::Accepted);
        async move { answer }.boxed()
    }
}
