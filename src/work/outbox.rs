//! Telling: plans an alert's deliveries, round channels that are switched off, and queues them in the caller's transaction.

use jiff::Timestamp;

use super::house::House;
use crate::{
    alert::{Alert, Deliver, plan},
    id::ReviewId,
    store::{
        StoreError, Tx,
        alerts::{self, Queued},
    },
};

/// Queues an alert for everybody whom it concerns; its key is told once.
///
/// # Errors
/// If the database cannot be written.
pub fn tell(tx: &Tx<'_>, house: &House, alert: &Alert, review: Option<ReviewId>) -> Result<Queued, StoreError> {
    tell_to(tx, house, (alert, heard_by(house, alert)), review)
}

/// Who hears of an alert where every channel works.
pub(super) fn heard_by(house: &House, alert: &Alert) -> Vec<Deliver> {
    plan(alert, &house.book, alert.at)
}

/// Queues an alert for those who are named; its key is told once.
///
/// # Errors
/// If the database cannot be written.
pub(super) fn tell_to(
    tx: &Tx<'_>,
    house: &House,
    (alert, to): (&Alert, Vec<Deliver>),
    review: Option<ReviewId>,
) -> Result<Queued, StoreError> {
    let broken: Vec<String> = alerts::broken(tx)?.into_iter().map(|broken| broken.channel).collect();
    if to.is_empty() {
        tracing::warn!(alert.reason = ?alert.reason, "Nobody is configured to hear of this");
    }
    alerts::queue(tx, alert, review, &around(to, &broken, house, alert.at))
}

/// Replaces deliveries on dead channels by detours, where there is one; where there is none they wait.
fn around(planned: Vec<Deliver>, broken: &[String], house: &House, now: Timestamp) -> Vec<Deliver> {
    let mut taken: Vec<String> = planned.iter().map(|to| to.channel.clone()).chain(broken.iter().cloned()).collect();
    planned
        .into_iter()
        .map(|to| {
            if !broken.contains(&to.channel) {
                return to;
            }
            let detour = house.book.detour(to.person.as_deref(), &taken, now);
            taken.extend(detour.iter().map(|detour| detour.channel.clone()));
            detour.unwrap_or(to)
        })
        .collect()
}

/// Sends what waits for a channel by another one as well; the id of the former delivery is not reused.
///
/// # Errors
/// If the database cannot be written.
pub fn reroute(
    tx: &Tx<'_>,
    house: &House,
    waiting: &alerts::Pending,
    now: Timestamp,
) -> Result<Option<String>, StoreError> {
    let mut avoid = alerts::channels_of(tx, waiting.alert_id)?;
    avoid.extend(alerts::broken(tx)?.into_iter().map(|broken| broken.channel));
    let Some(detour) = house.book.detour(waiting.person.as_deref(), &avoid, now) else { return Ok(None) };
    let channel = detour.channel.clone();
    alerts::add(tx, &waiting.alert, &[detour])?;
    Ok(Some(channel))
}
