//! Google's Business Profile interface: refresh tokens, fifty reviews a page at most (here three), the last changed first.

use serde_json::{Value, json};

use super::{Listing, Platform, Reply, Review, form, has_header, json, page_of, query, refusal, start_of, vendors};
use crate::{http::Request, store::sources::Health};

pub(super) struct GoogleBusiness;

const PAGE_SIZE: usize = 3;

impl Platform for GoogleBusiness {
    fn kind(&self) -> &'static str {
        "google-business"
    }

    fn origins(&self) -> &'static [&'static str] {
        &["https://mybusiness.googleapis.com/", "https://oauth2.googleapis.com/"]
    }

    fn settings(&self) -> &'static str {
        "listing = \"accounts/111/locations/222\"\nclient_id = \"client\"\nclient_secret = \"client-secret\"\nrefresh_token = \"refresh\""
    }

    fn lists_all(&self) -> bool {
        true
    }

    fn grant(&self, listing: &Listing, request: &Request) -> Option<Reply> {
        if request.url.as_str() != "https://oauth2.googleapis.com/token" {
            return None;
        }
        let fields = ["grant_type", "client_id", "client_secret", "refresh_token"].map(|name| form(request, name));
        let expected = ["refresh_token", "client", "client-secret", "refresh"].map(|value| Some(value.to_owned()));
        Some(if fields == expected {
            vendors::google_grants(listing)
        } else {
            refusal(400, &json!({ "error": "invalid_request" }))
        })
    }

    fn answer(&self, listing: &Listing, request: &Request) -> Option<Reply> {
        if request.url.path() != "/v4/accounts/111/locations/222/reviews" {
            return None;
        }
        if !has_header(request, "authorization", &format!("Bearer token-{}", listing.token)) {
            return Some(vendors::google_knows_nobody());
        }
        let mut reviews = listing.reviews.clone();
        reviews.sort_by_key(|review| std::cmp::Reverse((review.changed, review.number)));
        let from = start_of(query(request, "pageToken"))?;
        let (page, more) = page_of(&reviews, from, PAGE_SIZE);
        let mut answer = json!({ "averageRating": 4.3, "totalReviewCount": reviews.len() });
        if !page.is_empty() {
            answer["reviews"] = page.iter().map(shown).collect();
        }
        if more {
            answer["nextPageToken"] = (from + PAGE_SIZE).to_string().into();
        }
        Some(json(&answer))
    }

    fn refusals(&self) -> Vec<(Reply, Health)> {
        let page = (200, vec![], "<html><body>Sign in</body></html>".to_owned());
        vendors::google_refusals().into_iter().chain([(page, Health::LayoutChanged)]).collect()
    }
}

fn shown(review: &Review) -> Value {
    let stars = ["ONE", "TWO", "THREE", "FOUR", "FIVE"][usize::from(review.stars) - 1];
    json!({
        "name": format!("accounts/111/locations/222/reviews/r{}", review.number),
        "reviewId": format!("r{}", review.number),
        "reviewer": { "displayName": review.author, "isAnonymous": false },
        "starRating": stars,
        "comment": review.text,
        "createTime": review.posted.to_string(),
        "updateTime": review.changed.to_string(),
    })
}
