//! Reviews.io: public, pages counted from zero, no time of change.

use serde_json::{Value, json};

use super::{Listing, Platform, Reply, Review, json, page_of, query, refusal};
use crate::{http::Request, store::sources::Health};

pub(super) struct ReviewsIo;

impl Platform for ReviewsIo {
    fn kind(&self) -> &'static str {
        "reviews-io"
    }

    fn origins(&self) -> &'static [&'static str] {
        &["https://api.reviews.io/"]
    }

    fn settings(&self) -> &'static str {
        "store = \"www.alba.example\""
    }

    fn lists_all(&self) -> bool {
        true
    }

    fn answer(&self, listing: &Listing, request: &Request) -> Option<Reply> {
        if request.url.path() != "/merchant/reviews" || query(request, "store").as_deref() != Some("www.alba.example") {
            return None;
        }
        let number: usize = query(request, "page")?.parse().ok()?;
        let (page, _) = page_of(&listing.reviews, number * 5, 5);
        let pages = listing.reviews.len().div_ceil(5);
        Some(json(&json!({
            "stats": { "total_reviews": listing.reviews.len(), "average_rating": "4.31" },
            "reviews": page.iter().map(shown).collect::<Vec<Value>>(), "per_page": 5, "current_page": number, "total_pages": pages,
        })))
    }

    fn refusals(&self) -> Vec<(Reply, Health)> {
        vec![
            (refusal(401, &json!({ "message": "Invalid API key" })), Health::Refused),
            (refusal(404, &json!({ "message": "Store not found" })), Health::Refused),
            (refusal(429, &json!({ "message": "Too Many Attempts." })), Health::OverQuota),
            (refusal(500, &json!({ "message": "Server Error" })), Health::Unreachable),
            (json(&json!({ "message": "moved" })), Health::LayoutChanged),
        ]
    }
}

fn shown(review: &Review) -> Value {
    let (first, last) = review.author.split_once(' ').unwrap_or((&review.author, ""));
    let posted = review.posted.strftime("%Y-%m-%d %H:%M:%S").to_string();
    json!({
        "store_review_id": 12_000 + review.number, "rating": review.stars, "comments": review.text,
        "reviewer": { "first_name": first, "last_name": last }, "date_created": posted, "timeago": "a while ago",
    })
}
