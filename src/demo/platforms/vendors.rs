//! What several interfaces of one vendor have in common: how Google and Meta refuse, how Google grants a token.

use serde_json::json;

use super::{Listing, Reply, json, refusal};
use crate::store::sources::Health;

/// Google's refusal: a status of HTTP, a reason of gRPC.
pub(super) fn google_refuses(code: u16, reason: &str, message: &str) -> Reply {
    refusal(code, &json!({ "error": { "code": code, "message": message, "status": reason } }))
}

/// The token that was sent is none, or none any more.
pub(super) fn google_knows_nobody() -> Reply {
    google_refuses(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
}

/// The refusals that all of Google's interfaces know, and what each is taken for.
pub(super) fn google_refusals() -> Vec<(Reply, Health)> {
    vec![
        (google_refuses(403, "PERMISSION_DENIED", "no"), Health::Refused),
        (google_refuses(404, "NOT_FOUND", "no"), Health::Refused),
        (google_refuses(429, "RESOURCE_EXHAUSTED", "no"), Health::OverQuota),
        (google_refuses(503, "UNAVAILABLE", "no"), Health::Unreachable),
    ]
}

/// The token that Google grants.
pub(super) fn google_grants(listing: &Listing) -> Reply {
    json(&json!({ "access_token": format!("token-{}", listing.token), "expires_in": 3599, "token_type": "Bearer" }))
}

/// Meta's error: its own code says what it means, not the status.
pub(super) fn meta_refuses(status: u16, code: u32, message: &str) -> Reply {
    let error = json!({ "message": message, "type": "OAuthException", "code": code, "fbtrace_id": "A" });
    refusal(status, &json!({ "error": error }))
}
