//! The short way for looks that show what is known ends where the long one does, and is taken where it can be.

use std::time::Duration;

use proptest::prelude::*;

use super::{
    Ingested,
    quiet::{is_quiet, shows_what_is_known},
    tests::{Site, said},
};
use crate::{
    clock,
    review::{Coverage, Shown, Sighting},
    store::{
        reviews,
        sources::{self, Quiet, SourceRow},
    },
};

/// Six reviews, among them two by namesakes on one day and two nameless ones.
fn page() -> Vec<Sighting> {
    let nameless = |text| Sighting { author: None, ..said("", 4, text) };
    vec![
        said("Ana", 5, "Lovely breakfast room"),
        said("Ana", 1, "Cold shower at six"),
        said("Ben", 2, "Loud lift"),
        Sighting { id: Some("77".into()), ..said("Cem", 5, "Kind people") },
        nameless("The lake is near"),
        nameless("Fine, and quiet"),
    ]
}

/// How a source stands: its row, and which reviews it shows.
fn standing(site: &Site) -> (SourceRow, Vec<Shown>) {
    let row = site.store.read_now(|tx| sources::by_name(tx, "Pretendvisor")).unwrap().unwrap();
    let id = row.id;
    (row, site.store.read_now(move |tx| reviews::visible(tx, id)).unwrap())
}

/// Whether the short way may be taken, and whether the long one, which is taken, changed nothing but times.
fn both_ways(site: &mut Site, sightings: Vec<Sighting>, coverage: Coverage) -> (bool, bool) {
    let (before, shown) = standing(site);
    let batch = site.batch("Pretendvisor", sightings.clone(), coverage);
    let seen = batch.normals.len();
    let source = before.clone();
    let shows_it = site.store.read_now(move |tx| shows_what_is_known(tx, &source, &batch)).unwrap();
    let may_pass = shows_it && is_quiet(&before, site.now);
    let done = site.look_at("Pretendvisor", sightings, coverage);
    let (after, shown_after) = standing(site);
    let times = SourceRow { polled_at: after.polled_at, ok_at: after.ok_at, due_at: after.due_at, ..before };
    let is_same = (done, after, shown_after) == (Ingested { seen, ..Ingested::default() }, times, shown);
    (may_pass, is_same)
}

/// A site whose first contact is over.
fn known() -> Site {
    let mut site = Site::new();
    site.look_at("Pretendvisor", page(), Coverage::Complete);
    site
}

#[test]
fn what_is_known_in_any_order_or_in_part_passes() {
    let mut turned = page();
    turned.reverse();
    let alone: Vec<Sighting> = page().into_iter().skip(2).collect();
    for (sightings, coverage) in [(alone.clone(), Coverage::Newest), (alone, Coverage::Some)] {
        assert_eq!(both_ways(&mut known(), sightings, coverage), (true, true));
    }
    let mut own: Vec<Sighting> = page().into_iter().skip(1).collect();
    let mut site = Site::new();
    site.look_at("Pretendvisor", own.clone(), Coverage::Complete);
    own.reverse();
    assert_eq!(both_ways(&mut site, own, Coverage::Complete), (true, true));
}

#[test]
fn an_edit_a_new_one_a_missing_one_and_one_that_is_back_do_not() {
    let edited = |text: &str| {
        let mut page = page();
        page[2].text = Some(text.into());
        page
    };
    let more = page().into_iter().chain([said("Dora", 1, "Never again")]).collect::<Vec<_>>();
    let less = page().into_iter().take(5).collect::<Vec<_>>();
    for page in [edited("All is well now"), more, less.clone(), vec![]] {
        assert_eq!(both_ways(&mut known(), page, Coverage::Complete), (false, false));
    }
    let mut site = known();
    site.look_at("Pretendvisor", less, Coverage::Complete);
    assert_eq!(both_ways(&mut site, page(), Coverage::Complete), (false, false), "one was missing");
}

/// The way for quiet looks, which waits for no commit, ends where the other one does.
#[tokio::test(start_paused = true)]
async fn a_quiet_look_leaves_what_a_committed_one_leaves() {
    let mut site = known();
    let store = site.store.clone();
    let row = || store.read_now(|tx| sources::by_name(tx, "Pretendvisor")).unwrap().unwrap();
    let before = row();
    let later = clock::after(site.now, Duration::from_secs(600));
    assert!(is_quiet(&before, later) && !is_quiet(&before, clock::after(later, Duration::from_secs(86_400))));
    let quiet = Quiet { id: before.id, memory: Some("{}".into()), at: later, due_at: later };
    let mut expected = before.clone();
    quiet.bring(&mut expected);
    store.note_quiet(Quiet { at: site.now, due_at: site.now, ..quiet.clone() });
    store.note_quiet(Quiet { memory: None, ..quiet });
    assert_eq!(row(), before, "it waits");
    store.write(|_| Ok(())).await.unwrap();
    assert_eq!(row(), expected, "and goes along with the next commit");
    let quiet = row();
    site.look_at("Pretendvisor", vec![], Coverage::Unchanged);
    assert_eq!(row(), quiet);

    let last = clock::after(site.now, Duration::from_secs(600));
    store.note_quiet(Quiet { id: before.id, memory: None, at: last, due_at: last });
    for _ in 0..100 {
        if row().ok_at == Some(last) {
            return;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    panic!("without another commit it makes one of its own");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn whatever_comes_in_two_looks_the_short_way_loses_nothing(
        looks in prop::collection::vec(
            (prop::collection::vec((0..6_usize, prop::bool::weighted(0.1)), 0..8), 0..3_usize), 2
        ),
    ) {
        let mut site = known();
        for (which, coverage) in looks {
            let sightings = which.into_iter().map(|(place, edited)| {
                let one = page().swap_remove(place);
                if edited { Sighting { text: Some("It was put right".into()), ..one } } else { one }
            });
            let coverage = [Coverage::Complete, Coverage::Newest, Coverage::Some][coverage];
            let (may_pass, is_same) = both_ways(&mut site, sightings.collect(), coverage);
            prop_assert!(!may_pass || is_same, "it would have passed");
        }
    }
}
