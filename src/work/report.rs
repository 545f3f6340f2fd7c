//! The weekly turnaround report: facts → figures → report → the same outbox. Quiet weeks too; a missed one is sent late.

use std::{sync::Arc, time::Duration};

use jiff::{Timestamp, tz::TimeZone};

use super::{house::Place, outbox::tell, poll::Ground};
use crate::{
    alert::{Alert, compose},
    clock,
    figures::{
        self, IsoWeek,
        history::{WeekCounts, by_week},
    },
    report::{self, Weekly},
    schedule::CalendarRule,
    store::{
        StoreError, Tx,
        facts::{self, Scope},
        health, sources,
    },
};

/// How far back a report that was missed is still worth sending.
const CATCH_UP: Duration = Duration::from_secs(6 * 24 * 3600);

/// Sends the report of each location at its time, for ever.
///
/// # Errors
/// If the database fails; the loop is then started again.
pub async fn report_weekly(ground: Ground, rule: CalendarRule) -> Result<(), StoreError> {
    let zone = ground.house.report_zone.clone().unwrap_or(TimeZone::UTC);
    loop {
        let now = ground.clock.now();
        if let Some(due) = last_due(&rule, &zone, now) {
            for place in ground.house.places.values() {
                queue_missing(&ground, place, (due, now)).await?;
            }
        }
        match rule.next(now, &zone) {
            Some(next) => ground.clock.sleep_until(next).await,
            None => std::future::pending().await,
        }
    }
}

/// The latest time at which the rule held, if that is not too long ago.
fn last_due(rule: &CalendarRule, zone: &TimeZone, now: Timestamp) -> Option<Timestamp> {
    let mut last = None;
    let mut next = rule.next(clock::before(now, CATCH_UP), zone);
    while let Some(due) = next.filter(|due| *due <= now) {
        last = Some(due);
        next = rule.next(due, zone);
    }
    last
}

/// Queues the report of a location if its last full week before `due` was not reported yet. It is made beside what is written
/// meanwhile: no alert waits for it.
async fn queue_missing(
    ground: &Ground,
    place: &Arc<Place>,
    (due, now): (Timestamp, Timestamp),
) -> Result<(), StoreError> {
    let week = IsoWeek::last_over(due, &place.zone);
    let read = Arc::clone(place);
    let Some(alert) = ground.store.read(move |tx| missing(tx, &read, week, (due, now))).await? else { return Ok(()) };
    let (house, location) = (Arc::clone(&ground.house), place.name.clone());
    let queued = ground.store.write(move |tx| {
        tell(tx, &house, &alert, None)?;
        health::note_report(tx, &location, &week.to_string(), now)
    });
    queued.await?;
    tracing::info!(location = place.name, "Weekly report queued");
    Ok(())
}

/// The report of a week that was not reported yet.
///
/// A location without any source that was ever looked at has nothing to report.
fn missing(
    tx: &Tx<'_>,
    place: &Place,
    week: IsoWeek,
    (due, now): (Timestamp, Timestamp),
) -> Result<Option<Alert>, StoreError> {
    let since = sources::first_contact(tx, &place.name)?;
    let watched = since.is_some_and(|since| since < due);
    if !watched || health::report_sent(tx, &place.name, &week.to_string())? {
        return Ok(None);
    }
    let weekly = weekly(tx, place, week, now)?;
    let letter = (report::subject(&weekly), report::body(&weekly));
    Ok(Some(compose::weekly(&place.name, &week.to_string(), letter, now)))
}

/// The report of one location and week: the one function behind mail, command and JSON.
///
/// # Errors
/// If the database cannot be read.
pub fn weekly(tx: &Tx<'_>, place: &Place, week: IsoWeek, now: Timestamp) -> Result<Weekly, StoreError> {
    let scope = Scope {
        title: place.name.clone(),
        zone: place.zone.clone(),
        houses: vec![figures_house(place)],
        week_ends_at: week.ends_at(&place.zone),
    };
    Ok(report::weekly(&facts::gather(tx, scope)?, week, now))
}

/// Every week of a location since the first review that appeared.
///
/// # Errors
/// If the database cannot be read.
pub fn history(tx: &Tx<'_>, place: &Place) -> Result<Vec<WeekCounts>, StoreError> {
    Ok(by_week(&facts::days(tx, &place.name, &place.zone)?))
}

fn figures_house(place: &Place) -> figures::House {
    figures::House {
        name: place.name.clone(),
        contact_within: place.limits.contact,
        calendar: (!place.calendar.is_always()).then(|| place.calendar.clone()),
        views_per_day: place.views_per_day,
    }
}
