//! Tells what there is to say of sources: soon, and what comes in a heap in one alert instead of hundreds.

use std::time::Duration;

use jiff::Timestamp;

use super::{
    house::House,
    outbox::{heard_by, tell_to},
};
use crate::{
    alert::{Deliver, News},
    clock,
    store::{StoreError, Tx, news},
};

/// How long the first that happened waits for others.
const GATHERED_FOR: Duration = Duration::from_secs(10);
/// The least time from one telling to the next, and the most that anything waits.
const APART: Duration = Duration::from_secs(300);

/// Tells what has waited long enough, what is alike and heard by the same people in one alert; says when to look again.
///
/// # Errors
/// If the database cannot be written; then all of it waits on.
pub fn tell_due(tx: &Tx<'_>, house: &House, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    let Some(waiting) = news::waiting(tx)? else { return Ok(None) };
    let due = due_at(waiting);
    if due > now {
        return Ok(Some(due));
    }
    let mut heaps: Vec<(Vec<Deliver>, Vec<News>)> = Vec::new();
    for one in news::take(tx, now)? {
        let to = heard_by(house, &one.alert(now));
        match heaps.iter_mut().find(|(others_to, heap)| *others_to == to && heap[0].is_like(&one)) {
            Some((_, heap)) => heap.push(one),
            None => heaps.push((to, vec![one])),
        }
    }
    for (to, heap) in heaps {
        if let Some(alert) = News::alert_of_all(&heap, now) {
            tell_to(tx, house, (&alert, to), None)?;
        }
    }
    Ok(None)
}

fn due_at(waiting: news::Waiting) -> Timestamp {
    let gathered = clock::after(waiting.since, GATHERED_FOR);
    let apart = waiting.told_at.map_or(gathered, |told_at| clock::after(told_at, APART));
    // A clock that was set back must not keep anything for long.
    gathered.max(apart).min(clock::after(waiting.since, APART))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        alert::{AddressBook, Alert, Desk, Found, Route, What},
        store::{Store, alerts},
    };

    /// A house with an admin for all, and another one for the hotel by the lake.
    fn house() -> House {
        let desk = |name: &str| (name.to_owned(), Desk { needs_address: false });
        let route = |to: &str, locations: &[&str]| Route {
            admin: true,
            to: vec![to.to_owned()],
            locations: locations.iter().map(|name| (*name).to_owned()).collect(),
            ..Route::default()
        };
        let channels = [desk("all"), desk("lake")].into();
        let routes = vec![route("all", &["Alba", "Berg"]), route("lake", &["Lake"])];
        House { book: AddressBook { channels, routes, ..AddressBook::default() }, ..House::default() }
    }

    fn at(seconds: u64) -> Timestamp {
        clock::after("2026-11-10T08:00:00Z".parse().unwrap(), Duration::from_secs(seconds))
    }

    fn happens(store: &Store, seconds: u64, source: &str, location: &str) {
        let found = Found { reviews: 7, ..Found::default() };
        let (location, source) = (location.to_owned(), source.to_owned());
        let one = News { location, source, at: at(seconds), what: What::FirstLook(found) };
        store.write_now(move |tx| news::add(tx, &one)).unwrap();
    }

    /// What is told at a time to whom, and when to look again.
    fn told(store: &Store, seconds: u64) -> (Vec<(&'static str, String)>, Option<Timestamp>) {
        let house = house();
        let next = store.write_now(move |tx| tell_due(tx, &house, at(seconds))).unwrap();
        let heard = |channel: &'static str| {
            let due = store.read_now(|tx| alerts::due(tx, channel, at(seconds), 100)).unwrap();
            let new = due.into_iter().map(|pending| pending.alert).filter(|alert: &Alert| alert.at == at(seconds));
            new.map(move |alert| (channel, alert.headline)).collect::<Vec<_>>()
        };
        ([heard("all"), heard("lake")].concat(), next)
    }

    #[test]
    fn what_comes_together_is_told_together_and_the_next_heap_waits() {
        let (dir, said) = (tempfile::tempdir().unwrap(), |text: &str| vec![("all", text.to_owned())]);
        let store = Store::open(dir.path()).unwrap();
        assert_eq!(told(&store, 0), (vec![], None), "nothing happened");
        happens(&store, 0, "one", "Alba");
        happens(&store, 4, "two", "Berg");
        assert_eq!(told(&store, 5), (vec![], Some(at(10))));
        assert_eq!(told(&store, 10), (said("First look at 2 sources: 14 reviews"), None));
        happens(&store, 11, "three", "Alba");
        assert_eq!(told(&store, 30), (vec![], Some(at(310))));
        drop(store);
        let store = Store::open(dir.path()).unwrap();
        assert_eq!(told(&store, 310), (said("First look at three: 7 reviews"), None), "also after a restart");
        assert_eq!(told(&store, 1_000), (vec![], None), "once");
    }

    #[test]
    fn nobody_hears_in_one_alert_of_what_is_not_theirs() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        happens(&store, 0, "one", "Alba");
        happens(&store, 0, "two", "Lake");
        happens(&store, 0, "three", "Berg");
        let expected = [("all", "First look at 2 sources: 14 reviews"), ("lake", "First look at two: 7 reviews")];
        assert_eq!(told(&store, 60).0, expected.map(|(to, text)| (to, text.to_owned())));
    }

    #[test]
    fn a_clock_that_was_set_back_keeps_nothing_for_long() {
        let waiting = |since, told_at| news::Waiting { since: at(since), told_at };
        assert_eq!(due_at(waiting(0, None)), at(10));
        assert_eq!(due_at(waiting(0, Some(at(86_400)))), at(300));
    }
}
