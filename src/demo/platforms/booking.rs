//! Booking.com's Guest Review interface: a machine account, scores to ten, pages by cursor.

use serde_json::{Value, json};

use super::{Listing, Platform, Reply, Review, has_header, json, page_of, query, refusal, start_of};
use crate::{http::Request, store::sources::Health};

pub(super) struct Booking;

impl Platform for Booking {
    fn kind(&self) -> &'static str {
        "booking"
    }

    fn origins(&self) -> &'static [&'static str] {
        &["https://supply-xml.booking.com/"]
    }

    fn settings(&self) -> &'static str {
        "property = \"1234567\"\nusername = \"alba\"\npassword = \"pass-word\""
    }

    fn lists_all(&self) -> bool {
        true
    }

    fn answer(&self, listing: &Listing, request: &Request) -> Option<Reply> {
        if request.url.path() != "/review-api/properties/1234567/reviews" {
            return None;
        }
        // alba:pass-word
        if !has_header(request, "authorization", "Basic YWxiYTpwYXNzLXdvcmQ=") {
            return Some(refusal(401, &json!({ "errors": [{ "message": "Authentication failed" }], "data": null })));
        }
        let from = start_of(query(request, "cursor"))?;
        let (page, more) = page_of(&listing.reviews, from, 3);
        let next = more.then(|| {
            format!("https://supply-xml.booking.com/review-api/properties/1234567/reviews?cursor={}", from + 3)
        });
        let reviews: Vec<Value> = page.iter().map(shown).collect();
        Some(json(
            &json!({ "errors": [], "warnings": [], "meta": { "ruid": "u", "next_page": next }, "data": { "reviews": reviews } }),
        ))
    }

    fn refusals(&self) -> Vec<(Reply, Health)> {
        let envelope =
            |status: u16, why: &str| refusal(status, &json!({ "errors": [{ "message": why }], "data": null }));
        vec![
            (envelope(403, "no permission review-api"), Health::Refused),
            (envelope(429, "slow down"), Health::OverQuota),
            (envelope(503, "busy"), Health::Unreachable),
            (envelope(200, "internal"), Health::LayoutChanged),
        ]
    }
}

fn shown(review: &Review) -> Value {
    let time = |at: jiff::Timestamp| at.strftime("%Y-%m-%d %H:%M:%S").to_string();
    let (positive, negative) = if review.stars > 3 { (Some(&review.text), None) } else { (None, Some(&review.text)) };
    json!({
        "review_id": format!("zz{}", review.number), "created_timestamp": time(review.posted), "last_change_timestamp": time(review.changed),
        "content": { "headline": null, "positive": positive, "negative": negative, "language_code": "en-gb" },
        "reviewer": { "name": review.author, "country_code": "it" }, "scoring": { "review_score": review.stars * 2 }, "reply": null,
    })
}
