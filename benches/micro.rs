//! Each part of a look by itself, counted in instructions: noise of the machine does not matter, and a change of a per cent shows.
//!
//! `cargo bench --bench micro` compares with the run before. It needs Valgrind, and `cargo install gungraun-runner` in the version that
//! `Cargo.toml` names.

#![allow(missing_docs, reason = "the macros write items without any")]

use std::hint::black_box;

use amends::{
    id::ReviewId,
    judge::{Rules, judge},
    review::{Content, Coverage, Known, Matched, Normal, Sighting, compare, match_known, normalise},
    sources::Source,
    store::{self, Store, sources::Success},
    work::{
        house::House,
        ingest::{self, Batch, Choices},
    },
};
use gungraun::{library_benchmark, library_benchmark_group, main};
use jiff::Timestamp;

mod material;
use material::REVIEWS;

type Payload = (Box<dyn Source>, String);

#[library_benchmark]
#[bench::feed((material::source("feed"), material::feed()))]
#[bench::json_ld((material::source("page"), material::json_ld_page()))]
#[bench::microdata((material::source("page"), material::microdata_page()))]
fn parse((source, payload): Payload) -> usize {
    let seen = black_box(source.parse(payload.as_bytes(), None));
    seen.map_or(0, |seen| seen.len())
}

#[library_benchmark]
#[bench::reviews(material::sightings(0, REVIEWS))]
fn normalised(sightings: Vec<Sighting>) -> usize {
    black_box(normalise(sightings, now())).0.len()
}

fn known() -> (Vec<Normal>, Vec<Known>) {
    let (normals, _) = normalise(material::sightings(0, REVIEWS), now());
    let known = (1..).zip(&normals).map(|(id, normal)| Known {
        id: ReviewId(id),
        base: normal.key.base().to_owned(),
        hash: normal.hash.clone(),
        content: Some(normal.content.clone()),
    });
    let known = known.collect();
    (normals, known)
}

#[library_benchmark]
#[bench::nothing_new(known())]
fn changed((normals, known): (Vec<Normal>, Vec<Known>)) -> usize {
    let matched = black_box(match_known(normals, &known));
    let is_unchanged = |(one, known): &(&Matched, &Known)| {
        known.content.iter().all(|known| compare(known, &one.normal.content).is_empty())
    };
    matched.iter().zip(&known).filter(is_unchanged).count()
}

fn warm(count: usize) -> (Vec<Content>, Rules) {
    let (contents, rules) = (material::contents(count), Rules::default());
    contents.iter().for_each(|content| drop(judge(content, &rules)));
    (contents, rules)
}

#[library_benchmark]
#[bench::reviews(warm(REVIEWS))]
fn judged((contents, rules): (Vec<Content>, Rules)) {
    contents.iter().for_each(|content| drop(black_box(judge(content, &rules))));
}

fn opened(reviews: usize) -> (tempfile::TempDir, Store, House, Batch) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let store = Store::open(dir.path()).expect("a new database");
    store.write_now(|tx| store::sources::ensure(tx, "a", "page", "x").map(|_| ())).expect("written");
    let house = House::default();
    let success = Success { memory: String::new(), at: now(), due_at: now(), count_stated: None };
    let choices = Choices { surge_max: u64::MAX, open_recent: None };
    let batch = Batch::new("a", (material::sightings(0, reviews), Coverage::Some), &house.place("x"), choices, success);
    warm(REVIEWS);
    (dir, store, house, batch)
}

#[library_benchmark]
#[bench::first_look(opened(REVIEWS))]
fn committed((dir, store, house, batch): (tempfile::TempDir, Store, House, Batch)) -> tempfile::TempDir {
    store.write_now(move |tx| ingest::ingest(tx, &house, batch).map(|_| ())).expect("written");
    dir
}

fn now() -> Timestamp {
    "2026-11-21T10:00:00Z".parse().expect("a time")
}

library_benchmark_group!(name = look; benchmarks = parse, normalised, changed, judged, committed);
main!(library_benchmark_groups = look);
