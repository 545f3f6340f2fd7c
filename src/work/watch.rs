//! Deadlines, escalations, snoozes, and news that waited for others: tells what falls due into the same outbox, and sleeps.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::{house::House, news, outbox::tell, poll::Ground};
use crate::{
    alert::{Alert, Reason, compose},
    case::{Event, Recorded, next_deadline},
    clock,
    id::CaseId,
    store::{
        StoreError, Tx,
        cases::{self, CaseFile},
    },
};

/// The most cases looked at in one transaction.
const TAKE_MAX: u32 = 200;
/// The longest sleep, in case a command in another process could not wake us.
const SLEEP_MAX: Duration = Duration::from_secs(3600);

/// Watches over deadlines until it is stopped.
///
/// # Errors
/// If the database fails; `supervise` then tries again if that passes (a full disk, a lock), else it ends the process.
pub async fn watch_deadlines(ground: Ground, stop: CancellationToken) -> Result<(), StoreError> {
    let mut changes = ground.store.deadlines_changed();
    while !stop.is_cancelled() {
        changes.mark_unchanged();
        let (house, now) = (Arc::clone(&ground.house), ground.clock.now());
        let next = ground.store.write(move |tx| {
            let next = [look_at_due(tx, &house, now)?, news::tell_due(tx, &house, now)?];
            Ok(next.into_iter().flatten().min())
        });
        let next = next.await?;
        let latest = clock::after(ground.clock.now(), SLEEP_MAX);
        tokio::select! {
            () = ground.clock.sleep_until(next.map_or(latest, |next| next.min(latest))) => {}
            _ = changes.changed() => {}
            () = stop.cancelled() => {}
        }
    }
    Ok(())
}

/// Tells what is due and says when to look again.
///
/// # Errors
/// If the database cannot be written.
pub fn look_at_due(tx: &Tx<'_>, house: &House, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    for case in cases::due(tx, now, TAKE_MAX)? {
        let next = look_at(tx, house, case, now)?;
        cases::set_due(tx, case, next)?;
    }
    cases::next_due(tx)
}

/// Tells everything that is due in one case; returns when to look at it again, which is always later than now.
fn look_at(tx: &Tx<'_>, house: &House, id: CaseId, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    loop {
        let file = cases::file(tx, id)?;
        if !file.history.stage.is_open() {
            return Ok(None);
        }
        if let Some(until) = file.history.snoozed_until {
            if until > now {
                return Ok(Some(until));
            }
            tell(
                tx,
                house,
                &compose::woke(file.review.verdict.severity, &subject(&file), until, now),
                Some(file.row.review_id),
            )?;
        }
        let place = house.place(&file.row.location);
        let deadline = next_deadline(&file.history, &place.limits, &place.calendar);
        let escalation = escalation_at(house, &file);
        let event = match (deadline, escalation) {
            (_, Some(at)) if at <= now => {
                let alert =
                    compose::escalated(file.review.verdict.severity, &subject(&file), file.history.stretch_at, now);
                tell(tx, house, &alert, Some(file.row.review_id))?;
                Event::Escalated
            }
            (Some(deadline), _) if deadline.at <= now => {
                let severity = file.review.verdict.severity;
                let alert = compose::due(deadline.promise, severity, &subject(&file), file.history.stretch_at, now);
                tell(tx, house, &alert, Some(file.row.review_id))?;
                Event::Reminded { promise: deadline.promise }
            }
            (deadline, escalation) => {
                return Ok([deadline.map(|deadline| deadline.at), escalation].into_iter().flatten().min());
            }
        };
        cases::append(tx, id, &Recorded { at: now, event })?;
    }
}

/// When the next people hear of a case that nobody took; `None` if it is taken, was escalated, or nobody is next.
fn escalation_at(house: &House, file: &CaseFile) -> Option<Timestamp> {
    let history = &file.history;
    if history.taken_at.is_some() || history.escalated {
        return None;
    }
    let probe = Alert {
        reason: Reason::Escalated,
        ..compose::escalated(file.review.verdict.severity, &subject(file), history.stretch_at, history.stretch_at)
    };
    house.book.escalation_after(&probe).map(|wait| clock::after(history.stretch_at, wait))
}

pub(super) fn subject(file: &CaseFile) -> compose::Subject<'_> {
    let review = &file.review;
    compose::Subject {
        location: &file.row.location,
        source: &review.source,
        review: review.id,
        version: review.version,
        case: Some(file.row.id),
        card: compose::card(&review.content, review.author.as_deref(), review.url.as_deref(), review.posted_at),
        also: None,
    }
}
