//! Yelp's Fusion interface: three excerpts, the newest first, nothing of edits.

use amends::{
    http::Request,
    store::{export, sources::Health},
};
use serde_json::{Value, json};

use crate::world::hours;

use super::{Listing, Place, Platform, Reply, Review, has_header, json, refusal, walk};

pub struct Yelp;

impl Platform for Yelp {
    fn kind(&self) -> &'static str {
        "yelp"
    }

    fn origins(&self) -> &'static [&'static str] {
        &["https://api.yelp.com/"]
    }

    fn settings(&self) -> &'static str {
        "business = \"hotel-alba\"\napi_key = \"key\""
    }

    fn can_edit(&self) -> bool {
        false
    }

    fn answer(&self, listing: &Listing, request: &Request) -> Option<Reply> {
        if request.url.path() != "/v3/businesses/hotel-alba/reviews" {
            return None;
        }
        if !has_header(request, "authorization", "Bearer key") {
            let error = json!({ "error": { "code": "TOKEN_INVALID", "description": "Invalid access token or authorization header." } });
            return Some(refusal(401, &error));
        }
        let reviews: Vec<Value> = listing.reviews.iter().take(7).map(shown).collect();
        Some(json(&json!({ "reviews": reviews, "total": listing.reviews.len(), "possible_languages": ["en"] })))
    }

    fn refusals(&self) -> Vec<(Reply, Health)> {
        let envelope =
            |status: u16, code: &str| refusal(status, &json!({ "error": { "code": code, "description": "no" } }));
        vec![
            (envelope(401, "UNAUTHORIZED_API_KEY"), Health::Refused),
            (envelope(404, "BUSINESS_NOT_FOUND"), Health::Refused),
            (envelope(429, "ACCESS_LIMIT_REACHED"), Health::OverQuota),
            (envelope(500, "INTERNAL_ERROR"), Health::Unreachable),
        ]
    }
}

fn shown(review: &Review) -> Value {
    json!({
        "id": format!("yelp-review-{:010}", review.number), "url": "https://www.yelp.com/biz/hotel-alba?hrid=other",
        "text": review.text, "rating": review.stars, "time_created": review.posted.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        "user": { "id": format!("u{}", review.number), "profile_url": "https://www.yelp.com/user_details", "image_url": null, "name": review.author },
    })
}

#[tokio::test(start_paused = true)]
async fn a_bad_review_is_heard_and_seen_turned_around() {
    walk(&Yelp).await;
}

const WORDS: &str = "Xylophones in the corridor at midnight, rude and disgusting, worst night ever";

/// Yelp lets words be kept for a day: after it neither the file, its log, a copy nor an export holds them, nor the guest's name, while
/// the verdict, the case and its clocks remain, and the same review is told no second time.
#[tokio::test(start_paused = true)]
async fn after_a_day_the_words_are_nowhere_and_the_case_goes_on() {
    let place = Place::open(&Yelp).await;
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
