//! Steam's review interface: no key, yes or no, pages by cursor, the newest first.

use serde_json::{Value, json};

use super::{Listing, Platform, Reply, Review, json, page_of, query, refusal, start_of};
use crate::{http::Request, store::sources::Health};

pub(super) struct Steam;

impl Platform for Steam {
    fn kind(&self) -> &'static str {
        "steam"
    }

    fn origins(&self) -> &'static [&'static str] {
        &["https://api.steampowered.com/"]
    }

    fn settings(&self) -> &'static str {
        "app = \"1234560\""
    }

    fn lists_all(&self) -> bool {
        true
    }

    fn answer(&self, listing: &Listing, request: &Request) -> Option<Reply> {
        if request.url.path() != "/IUserReviewsService/GetAppReviews/v1/" {
            return None;
        }
        let input: Value = serde_json::from_str(&query(request, "input_json")?).ok()?;
        if (&input["appid"], &input["filter"]) != (&json!(1_234_560), &json!(1)) {
            return None;
        }
        let from = start_of(input["cursor"].as_str().map(|cursor| cursor.trim_start_matches("c+").to_owned()))?;
        let (page, _) = page_of(&listing.reviews, from, 3);
        let reviews: Vec<Value> = page.iter().map(shown).collect();
        Some(json(&json!({ "response": {
            "query_summary": { "num_reviews": reviews.len(), "total_reviews": listing.reviews.len() },
            "reviews": reviews, "cursor": format!("c+{}", from + reviews.len()),
        } })))
    }

    fn refusals(&self) -> Vec<(Reply, Health)> {
        vec![
            (refusal(429, &json!({})), Health::OverQuota),
            (refusal(500, &json!({})), Health::Unreachable),
            (json(&json!({ "response": {} })), Health::LayoutChanged),
            ((200, vec![], "<html><body>Steam</body></html>".to_owned()), Health::LayoutChanged),
        ]
    }
}

fn shown(review: &Review) -> Value {
    json!({
        "recommendationid": format!("18446744073{}", review.number), "author": { "steamid": "76561198000000001" },
        "language": "english", "review": format!("[b]{}[/b]", review.text), "voted_up": review.stars > 3,
        "timestamp_created": review.posted.as_second(), "timestamp_updated": review.changed.as_second(), "weighted_vote_score": "0.52",
    })
}
