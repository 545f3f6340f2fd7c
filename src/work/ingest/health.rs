//! What a look says about the source itself: well, odd, with a gap, silent; each state is told once, and once when it heals.

use std::time::Duration;

use jiff::Timestamp;

use super::{Desk, announce, quiet::was_well_today};
use crate::{
    alert::{State, What},
    clock,
    review::{Coverage, Matched},
    store::{
        StoreError, Tx, reviews,
        sources::{self, Health, Noted, SourceRow, Success},
    },
};

/// How long a gap is shown: what was missed does not come back by itself.
const GAP_SHOWN: Duration = Duration::from_secs(24 * 3600);

impl Desk<'_> {
    /// What may have come and gone unseen: the look reaches back less far than the one before it.
    pub(super) fn missed(&self, reach: Option<Timestamp>, coverage: Coverage, matched: &[Matched]) -> Option<String> {
        let last = self.source.ok_at.filter(|_| self.source.baseline_at.is_some())?;
        // The newest ones, and none that was known before: they need not join on.
        let joins_on = coverage != Coverage::Newest || matched.iter().any(|one| one.known.is_some());
        let oldest = || matched.iter().filter_map(|one| one.normal.posted_at).map(|posted| posted.at).min();
        let until = if joins_on || matched.is_empty() { reach } else { Some(oldest().unwrap_or(self.now)) };
        let until = until.filter(|until| *until > last)?;
        let time = |at: Timestamp| at.to_zoned(self.place.zone.clone()).strftime("%-d %B %Y %H:%M").to_string();
        Some(format!("reviews may have been missed between {} and {}", time(last), time(until)))
    }

    /// Nothing is wrong with what was seen. Whether that is well shows only over time: silence is no success.
    pub(super) fn calm(&self, saw: bool) -> Result<(), StoreError> {
        let since = |at: Option<Timestamp>| at.map_or(Duration::MAX, |at| clock::since(self.now, at));
        match self.source.health {
            Health::Anomaly if !saw => return Ok(()),
            Health::Gap if since(self.source.health_since) < GAP_SHOWN => return Ok(()),
            _ => {}
        }
        if !was_well_today(self.source, self.now) || self.source.health == Health::Stale {
            let rhythm = reviews::rhythm(self.tx, self.source.id)?;
            if let Some(silence) = rhythm
                .zip(self.source.baseline_at)
                .and_then(|(rhythm, watched)| rhythm.unusual_silence(watched, self.now))
            {
                return trouble(self.tx, self.source, (Health::Stale, &silence), self.now);
            }
        }
        self.well()
    }

    /// Nothing where there was much: a fault of the source, said aloud; what was known stays as it is.
    pub(super) fn nothing_where_much_was(&mut self, known: usize, success: &Success) -> Result<(), StoreError> {
        let evidence = format!("no review was found where there had been {known}; nothing was taken for deleted");
        self.done.odd = Some(evidence.clone());
        sources::note_failure(self.tx, self.source.id, self.now, success.due_at)?;
        trouble(self.tx, self.source, (Health::LayoutChanged, &evidence), self.now)
    }

    pub(super) fn odd(&mut self, evidence: String) -> Result<(), StoreError> {
        self.done.odd = Some(evidence.clone());
        trouble(self.tx, self.source, (Health::Anomaly, &evidence), self.now)
    }

    fn well(&self) -> Result<(), StoreError> {
        if self.source.health == Health::Ok {
            return Ok(());
        }
        let noted = Noted { health: Health::Ok, since: self.now, evidence: "", told: false };
        sources::note_health(self.tx, self.source.id, &noted)?;
        if !self.source.told {
            return Ok(());
        }
        let evidence = format!("It was in trouble before: {}", self.source.evidence);
        self.announce(What::State { state: State::Healed, evidence, next_step: String::new() })
    }
}

/// Notes trouble with a source; told once, when it has lasted long enough for its kind of trouble.
///
/// # Errors
/// If the database cannot be written.
pub fn trouble(tx: &Tx<'_>, source: &SourceRow, state: (Health, &str), now: Timestamp) -> Result<(), StoreError> {
    let (health, evidence) = state;
    let patience = match health {
        Health::New | Health::Ok => return Ok(()),
        Health::LayoutChanged | Health::Anomaly | Health::Gap | Health::Stale => 1,
        Health::Blocked | Health::Refused => 2,
        Health::Unreachable => 3,
        Health::OverQuota => 10,
    };
    let lasts = source.failures + 1 >= patience;
    let since = if source.health == health { source.health_since.unwrap_or(now) } else { now };
    let told = source.told || lasts;
    sources::note_health(tx, source.id, &Noted { health, since, evidence, told })?;
    // What an outage has cost is news, even where the outage was told.
    let is_news = !source.told || (health == Health::Gap && source.health != Health::Gap);
    if !is_news || !lasts {
        return Ok(());
    }
    let state = match health {
        Health::Anomaly => State::Odd,
        Health::Gap => State::Missed,
        Health::Stale => State::Silent,
        _ => State::Blind,
    };
    let evidence = format!("{}: {evidence}", health.in_words());
    announce(tx, source, What::State { state, evidence, next_step: health.next_step(&source.name) }, now)
}
