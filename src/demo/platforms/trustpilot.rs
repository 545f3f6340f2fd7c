//! Trustpilot's private interface: a token by client credentials, pages of a hundred, the newest first.

use serde_json::{Value, json};

use super::{Listing, Platform, Reply, Review, asks, form, has_header, json, page_of, query, refusal};
use crate::{http::Request, store::sources::Health};

pub(super) struct Trustpilot;

impl Platform for Trustpilot {
    fn kind(&self) -> &'static str {
        "trustpilot"
    }

    fn origins(&self) -> &'static [&'static str] {
        &["https://api.trustpilot.com/"]
    }

    fn settings(&self) -> &'static str {
        "business_unit = \"6a0000000000000000000003\"\napi_key = \"key\"\napi_secret = \"trust-secret\""
    }

    fn lists_all(&self) -> bool {
        true
    }

    fn grant(&self, listing: &Listing, request: &Request) -> Option<Reply> {
        if request.url.path() != "/v1/oauth/oauth-business-users-for-applications/accesstoken" {
            return None;
        }
        // key:trust-secret
        let good = has_header(request, "authorization", "Basic a2V5OnRydXN0LXNlY3JldA==")
            && form(request, "grant_type").as_deref() == Some("client_credentials");
        Some(if good {
            json(&json!({ "access_token": format!("token-{}", listing.token), "expires_in": "359999" }))
        } else {
            refusal(401, &json!({ "reason": "Unauthorized" }))
        })
    }

    fn answer(&self, listing: &Listing, request: &Request) -> Option<Reply> {
        if request.url.path() != "/v1/private/business-units/6a0000000000000000000003/reviews" {
            return None;
        }
        if !has_header(request, "authorization", &format!("Bearer token-{}", listing.token)) {
            return Some(refusal(401, &json!({ "message": "Unknown access token", "errorCode": 1010 })));
        }
        asks(request, &[("orderBy", "createdat.desc")])?;
        let from = query(request, "page")?.parse::<usize>().ok()?.checked_sub(1)? * 100;
        let (page, _) = page_of(&listing.reviews, from, 100);
        Some(json(&json!({ "links": [], "reviews": page.iter().map(shown).collect::<Vec<Value>>() })))
    }

    fn refusals(&self) -> Vec<(Reply, Health)> {
        vec![
            (refusal(403, &json!({ "message": "Forbidden" })), Health::Refused),
            (refusal(429, &json!({ "message": "Too many requests" })), Health::OverQuota),
            (refusal(503, &json!({})), Health::Unreachable),
            ((200, vec![], "<html><body>Sign in</body></html>".to_owned()), Health::LayoutChanged),
        ]
    }
}

fn shown(review: &Review) -> Value {
    let updated = (review.changed != review.posted).then(|| review.changed.to_string());
    json!({
        "id": format!("6a{:022}", review.number), "consumer": { "id": "c1", "displayName": review.author },
        "stars": review.stars, "title": null, "text": review.text, "language": "en",
        "createdAt": review.posted.to_string(), "updatedAt": updated, "companyReply": null, "status": "active",
    })
}
