//! The weekly turnaround report: facts → figures → report → the same outbox. Quiet weeks too; a missed one is sent late.

use std::{sync::Arc, time::Duration};

use jiff::{Timestamp, tz::TimeZone};

use super::{
    house::{House, Place},
    outbox::tell,
    poll::Ground,
};
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
        StoreError, Tx, erase,
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

/// A report that was made but not queued yet.
struct Draft {
    location: String,
    week: String,
    alert: Alert,
    /// When words had last been erased by the time that it was made.
    erased_at: Option<Timestamp>,
}

/// Queues the report of a location if its last full week before `due` was not reported yet. It is made beside what is written
/// meanwhile: no alert waits for it.
async fn queue_missing(ground: &Ground, place: &Arc<Place>, at: (Timestamp, Timestamp)) -> Result<(), StoreError> {
    loop {
        let read = Arc::clone(place);
        let Some(draft) = ground.store.read(move |tx| draft(tx, &read, at)).await? else { return Ok(()) };
        let house = Arc::clone(&ground.house);
        if ground.store.write(move |tx| queue(tx, &house, &draft)).await? {
            tracing::info!(location = place.name, "Weekly report queued");
            return Ok(());
        }
    }
}

/// The report of the last full week before `due`, if it was not reported yet.
///
/// A location without any source that was ever looked at has nothing to report.
fn draft(tx: &Tx<'_>, place: &Place, (due, now): (Timestamp, Timestamp)) -> Result<Option<Draft>, StoreError> {
    let week = IsoWeek::last_over(due, &place.zone);
    let since = sources::first_contact(tx, &place.name)?;
    let watched = since.is_some_and(|since| since < due);
    if !watched || health::report_sent(tx, &place.name, &week.to_string())? {
        return Ok(None);
    }
    let weekly = weekly(tx, place, week, now)?;
    let (location, week) = (place.name.clone(), week.to_string());
    let alert = compose::weekly(&location, &week, (report::subject(&weekly), report::body(&weekly)), now);
    Ok(Some(Draft { location, week, alert, erased_at: erase::last(tx)? }))
}

/// Queues a report; not if words were erased since it was made, for it may quote them.
fn queue(tx: &Tx<'_>, house: &House, draft: &Draft) -> Result<bool, StoreError> {
    if erase::last(tx)? != draft.erased_at {
        return Ok(false);
    }
    tell(tx, house, &draft.alert, None)?;
    health::note_report(tx, &draft.location, &draft.week, draft.alert.at)?;
    Ok(true)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        judge::{Rules, judge},
        review::{RawRating, Sighting, normalise},
        store::{Store, reviews, sources::Success, tallies::Arrivals},
    };

    #[test]
    fn words_that_are_erased_while_a_report_is_made_are_not_in_it() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let (seen, due) = (at("2026-11-25T10:00:00Z"), at("2026-11-30T08:00:00Z"));
        let house = House::default();
        let place = house.place("Inn");
        let review = store.write_now(move |tx| {
            let source = sources::ensure(tx, "a", "feed", "Inn")?.id;
            let success = Success { memory: "{}".into(), at: seen, due_at: seen, count_stated: None };
            sources::note_success(tx, source, &success)?;
            let words = "A wonderful week with wonderful people. ".repeat(5);
            let guest = Sighting {
                rating: Some(RawRating::new(5)),
                text: Some(words),
                id: Some("1".into()),
                ..Sighting::default()
            };
            let normal = normalise(vec![guest], seen).0.remove(0);
            let mut arrivals = Arrivals::at(source, seen);
            let verdict = judge(&normal.content, &Rules::default());
            let review = reviews::insert(tx, &mut arrivals, &normal, &verdict, reviews::Found::Watched)?;
            arrivals.write(tx).map(|()| review)
        });
        let review = review.unwrap();
        let made = || store.read_now(|tx| draft(tx, &place, (due, due))).unwrap();
        let quotes = |draft: &Draft| serde_json::to_string(&draft.alert).unwrap().contains("wonderful people");
        let early = made().expect("a report is missing");
        assert!(quotes(&early));
        store.write_now(move |tx| erase::erase(tx, &[review], erase::Why::Request, due)).unwrap();
        let late = made().expect("it still is");
        assert!(!quotes(&late));
        let queued = store.write_now(move |tx| {
            let drafts = [early, late];
            drafts.iter().map(|draft| queue(tx, &house, draft)).collect::<Result<Vec<bool>, _>>()
        });
        assert_eq!(queued.unwrap(), [false, true]);
        assert!(made().is_none(), "it was queued");
    }
}
