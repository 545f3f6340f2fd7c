//! Facebook's Graph interface: a Page token, yes or no, pages by link.

use serde_json::{Value, json};

use super::{
    Listing, Platform, Reply, Review, has_header, json, page_of, query, refusal, start_of, vendors::meta_refuses,
};
use crate::{http::Request, store::sources::Health};

pub(super) struct Facebook;

impl Platform for Facebook {
    fn kind(&self) -> &'static str {
        "facebook"
    }

    fn origins(&self) -> &'static [&'static str] {
        &["https://graph.facebook.com/"]
    }

    fn settings(&self) -> &'static str {
        "page = \"1234567890\"\npage_token = \"page-token\""
    }

    fn lists_all(&self) -> bool {
        true
    }

    fn answer(&self, listing: &Listing, request: &Request) -> Option<Reply> {
        if request.url.path() != "/v25.0/1234567890/ratings" {
            return None;
        }
        if !has_header(request, "authorization", "Bearer page-token") {
            return Some(meta_refuses(400, 190, "Invalid OAuth access token"));
        }
        if query(request, "access_token").is_some() {
            // A token in an address ends up in logs.
            return None;
        }
        let from = start_of(query(request, "after"))?;
        let (page, more) = page_of(&listing.reviews, from, 3);
        let next =
            format!("https://graph.facebook.com/v25.0/1234567890/ratings?access_token=page-token&after={}", from + 3);
        let mut answer = json!({ "data": page.iter().map(shown).collect::<Vec<Value>>(), "paging": { "cursors": { "before": "a", "after": "b" } } });
        if more {
            answer["paging"]["next"] = next.into();
        }
        Some(json(&answer))
    }

    fn refusals(&self) -> Vec<(Reply, Health)> {
        vec![
            (meta_refuses(400, 190, "no"), Health::Refused),
            (meta_refuses(400, 283, "no"), Health::Refused),
            (meta_refuses(400, 12, "no"), Health::Refused),
            (meta_refuses(400, 4, "no"), Health::OverQuota),
            (refusal(500, &json!({ "error": { "code": 2 } })), Health::Unreachable),
        ]
    }
}

fn shown(review: &Review) -> Value {
    json!({
        "created_time": review.posted.strftime("%Y-%m-%dT%H:%M:%S+0000").to_string(), "has_rating": false, "has_review": true,
        "recommendation_type": if review.stars > 3 { "positive" } else { "negative" }, "review_text": review.text,
        "reviewer": { "id": format!("10{}", review.number), "name": review.author }, "open_graph_story": { "id": format!("777{}", review.number) },
    })
}
