//! Expedia Group: a token by client credentials, questions in GraphQL, pages by cursor, errors with status 200.

use serde_json::{Value, json};

use super::{Listing, Platform, Reply, Review, form, has_header, json, page_of, refusal, start_of};
use crate::{http::Request, store::sources::Health};

pub(super) struct Expedia;

impl Platform for Expedia {
    fn kind(&self) -> &'static str {
        "expedia"
    }

    fn origins(&self) -> &'static [&'static str] {
        &["https://api.expediagroup.com/"]
    }

    fn settings(&self) -> &'static str {
        "property = \"12345678\"\nkey = \"expedia-client\"\nsecret = \"expedia-key\""
    }

    fn lists_all(&self) -> bool {
        true
    }

    fn grant(&self, listing: &Listing, request: &Request) -> Option<Reply> {
        if request.url.path() != "/identity/oauth2/v3/token" {
            return None;
        }
        // expedia-client:expedia-key
        let good = has_header(request, "authorization", "Basic ZXhwZWRpYS1jbGllbnQ6ZXhwZWRpYS1rZXk=")
            && form(request, "grant_type").as_deref() == Some("client_credentials");
        Some(if good {
            json(
                &json!({ "access_token": format!("token-{}", listing.token), "expires_in": 1799, "token_type": "bearer" }),
            )
        } else {
            refusal(401, &json!({ "error": "invalid_client" }))
        })
    }

    fn answer(&self, listing: &Listing, request: &Request) -> Option<Reply> {
        if request.url.path() != "/supply/lodging/graphql" {
            return None;
        }
        if !has_header(request, "authorization", &format!("Bearer token-{}", listing.token)) {
            return Some(error("UNAUTHENTICATED"));
        }
        let asked: Value = serde_json::from_slice(&request.body).ok()?;
        let is_sorted = asked["query"].as_str()?.contains("lastUpdatedDateTime: DESC");
        if !is_sorted || asked["variables"]["id"] != "12345678" || asked["variables"]["idSource"] != "EXPEDIA" {
            return None;
        }
        let from = start_of(asked["variables"]["after"].as_str().map(str::to_owned))?;
        let mut reviews = listing.reviews.clone();
        reviews.sort_by_key(|review| std::cmp::Reverse(review.changed));
        let (page, more) = page_of(&reviews, from, 5);
        let cursor = if more { (from + 5).to_string() } else { String::new() };
        let page: Vec<Value> = page.iter().map(shown).collect();
        Some(json(
            &json!({ "data": { "property": { "reviews": { "cursor": cursor, "totalCount": reviews.len(), "reviews": page } } } }),
        ))
    }

    fn refusals(&self) -> Vec<(Reply, Health)> {
        vec![
            (error("FORBIDDEN"), Health::Refused),
            (error("TOO_MANY_REQUESTS"), Health::OverQuota),
            (error("INTERNAL_ERROR"), Health::LayoutChanged),
            (refusal(429, &json!({})), Health::OverQuota),
            (refusal(503, &json!({})), Health::Unreachable),
        ]
    }
}

fn error(code: &str) -> Reply {
    json(
        &json!({ "data": null, "errors": [{ "message": "no", "path": ["property"], "extensions": { "code": code } }] }),
    )
}

fn shown(review: &Review) -> Value {
    json!({
        "id": format!("rv-{}", review.number), "brandNameV2": "EXPEDIA", "title": null,
        "body": { "locale": "en_US", "value": review.text },
        "createdDateTime": review.posted.to_string(), "lastUpdatedDateTime": review.changed.to_string(),
        "starRatings": [{ "category": "CLEANLINESS", "value": "3" }, { "category": "OVERALL", "value": review.stars.to_string() }],
        "reservation": { "primaryGuest": { "firstName": review.author, "lastName": null } }, "response": null,
    })
}
