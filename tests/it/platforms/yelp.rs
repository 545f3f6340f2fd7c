//! Yelp: words that may be kept for a day alone.

use amends::store::export;

use super::{Place, fake};
use crate::world::hours;

const WORDS: &str = "Xylophones in the corridor at midnight, rude and disgusting, worst night ever";

/// Yelp lets words be kept for a day: after it neither the file, its log, a copy nor an export holds them, nor the guest's name, while
/// the verdict, the case and its clocks remain, and the same review is told no second time.
#[tokio::test(start_paused = true)]
async fn after_a_day_the_words_are_nowhere_and_the_case_goes_on() {
    let place = Place::open(fake("yelp")).await;
    let world = &place.world;
    place.guest_leaves(1, WORDS);
    place.with(|listing| listing.reviews[0].author = "Quentina Zwiebelfisch".to_owned());
    let alert = world.expect_alert("desk").within(hours(40)).await;
    assert_eq!(alert.event, "review.negative.created");
    let path = world.store().path().to_owned();
    let copy = path.with_file_name("copy.db");
    let holds = |file: &std::path::Path| {
        let bytes = std::fs::read(file).unwrap_or_default();
        ["Xylophones", "Zwiebelfisch"].iter().any(|word| bytes.windows(word.len()).any(|part| part == word.as_bytes()))
    };
    let export = || {
        let mut out = Vec::new();
        world.store().read_now(|tx| export::everything(tx, &["yelp"], &mut out)).unwrap();
        String::from_utf8(out).unwrap()
    };
    assert!(holds(&path) || holds(&path.with_extension("db-wal")), "while they may be kept they are");
    assert!(!export().contains("Xylophones") && !export().contains("Zwiebelfisch"), "an export is a copy");
    assert!(export().contains("left out: its platform allows no copies"));

    world.pass(hours(60)).await;
    for file in [path.clone(), path.with_extension("db-wal")] {
        assert!(!holds(&file), "{} holds them", file.display());
    }
    world.store().backup(&copy).unwrap();
    assert!(!holds(&copy), "a copy that is made afterwards");
    assert_eq!(world.counts().reviews, 8, "it is known again");
    assert!(world.case(1).review.verdict.is_negative(), "the verdict remains");
    let again = world.hear_all().into_iter().filter(|(_, event, _)| event == "review.negative.created").count();
    assert_eq!(again, 0, "it is told no second time");
}
