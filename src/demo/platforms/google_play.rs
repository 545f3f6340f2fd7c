//! Google Play's interface for publishers: a token for a signed question, pages by token, only the changes of a week.

use serde_json::{Value, json};

use super::{Listing, Platform, Reply, Review, form, has_header, json, page_of, query, refusal, start_of, vendors};
use crate::{http::Request, store::sources::Health};

pub(super) struct GooglePlay;

impl Platform for GooglePlay {
    fn kind(&self) -> &'static str {
        "google-play"
    }

    fn origins(&self) -> &'static [&'static str] {
        &["https://androidpublisher.googleapis.com/", "https://oauth2.googleapis.com/"]
    }

    fn settings(&self) -> &'static str {
        "package = \"com.example.alba\"\naccount = '''\n{\n  \"type\": \"service_account\",\n  \"project_id\": \"alba\",\n  \"private_key_id\": \"k1\",\n  \"private_key\": \"-----BEGIN PRIVATE KEY-----\\nMIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQCxPoDUdaHZRoJo\\nWgzTIo0RnTEFrEMee56r4UM+fZ9Cx/R1yR+WR1wDWCra3mz5ESBkW4u9cVBKMSFN\\n/21nY0oWq8mQc1Ah1s2g6gM33+byesak4e8+nhyI/HVRzu0+ztkg9/jrsFoQEiLp\\n/FDTKtSAU7N43pfqXoQFsx+mCr2bOxD4driMr+xI3fgdeSNdF44EsxKpAQhSNJ2X\\npEoOKdXbmUPNNxXunBto+74rVCYiMX1Pr9MbxoXDXi5NCipfaqZGh3vo7tFE6xS5\\n7j1eTPFMuJkMm7DzAGXPq56SGfWuL7RWUQoPfx3ER+lvCC1LpV5W1Qc6QlUQjVev\\nv3wUnrDhAgMBAAECggEAAS4ugeENLIMN010Af3JNgHUnVQzMRHe+tdFp8bCjkYMp\\npNRWXE66GrBuVky7gCP4hGFAMrPTx4S2KTHxlB9QXbWJQdJ6HC7qfxR5OZi+reAl\\nB8bUltpgdrCWEERe+9y5NovJjySakEdrTwXd8hlo9s2n5l7hdzSn2i5dgE0gwrfX\\nhcTl/RczoSzAF2hKZWKPrgeH+4K7nVmkYhS8R2K91nKPda3yF2RG1Jk36i35FYXN\\nY2KuULqL5N6R0ipKvy1z10ux8vdcL2bsjo8WFKIPXxKD3cU0ktfmYwx7x8Szndk8\\nczcYuIZrsM25KM44rRot4KMmCgWt/Ha1g8V4B8gemQKBgQDW0uMZZ1JSoB8sJ4aO\\nHoK40OCEhmBQq2J3k+m3+WwVkvBm7mJMJ2ThpPwlinNQMEzcviq5WECInw6zUK9j\\nc9JMIxR/BXptcQGrw1a+0JeY8UpZO8NXyOrmnyCVZeCmzGq0Oi0wpapJaJ0p02Qq\\neHzRHXDNgcF32/QX0w22/tUkOQKBgQDTN6J54fkZeZlrdK9Rz8Zhv2SSdfxQqk/M\\nx1Gpi3qh5JFbniW+Ks8uG6hKs/UvfhG+yYryLS55PofSuy63TA/MvBMqQCqd/F4n\\ny0ZlkgAgVpwCy3/yGbNo4eBOdORaEe19836tntSILAMkYMmutgOWTQy6RKfdMdg9\\n5N3gaGCB6QKBgFwebIHtO3Dw9s0RWfLBhJ7J+yz5Dn4pL/1E8TkR/NY3f100JfSw\\nA+N6wyE6AH7HZ35VEa8O+AVd54jfNYZ5GRnLBTP+3mPlzKiiCCWk/wz3k0E2jmqr\\nXodsfyVxXWdJSwxj0hMFR0NZV+OioVZQ+n0VmdSWKqdCK6a3uy7Ykf+JAoGASeqj\\nYpIRUbf7V96a6D+VRmnrcVH2/efMS3bJflMAlJ1fvTdIMBfdL16gc5wsxvUQkrsH\\ndB8Zr3aRo86714u3z8dV0ahpAabq8HQz66G/h5GnwVakLP6PibnafLptm5PAkB5h\\ni7MU356/bsCsdAbglH3cYWdbc45ZBbgNadY9R9kCgYBdS3Clf70vMvEq3fb3DR9n\\nvSV3hoImOvnWBNcg8gPJaFt5wz7bkWnBCDgY1rvwiin/LM0QLonrGNYtJ640ki7q\\nyHvk1Wl1hh7jVwgW9/2hKMtJ/S9Fs53vqnkjcuAZkgL+RIZOJoxBin76i1fUHWz1\\nQwchjAZgQjjS3xH7wQvrJA==\\n-----END PRIVATE KEY-----\\n\",\n  \"client_email\": \"amends@alba.iam.gserviceaccount.com\",\n  \"token_uri\": \"https://oauth2.googleapis.com/token\"\n}\n'''"
    }

    fn grant(&self, listing: &Listing, request: &Request) -> Option<Reply> {
        if request.url.as_str() != "https://oauth2.googleapis.com/token" {
            return None;
        }
        let mut checks = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
        checks.insecure_disable_signature_validation();
        checks.validate_exp = false;
        checks.set_audience(&["https://oauth2.googleapis.com/token"]);
        checks.set_issuer(&["amends@alba.iam.gserviceaccount.com"]);
        let assertion = form(request, "assertion").unwrap_or_default();
        let claims = jsonwebtoken::decode::<Value>(&assertion, &jsonwebtoken::DecodingKey::from_secret(&[]), &checks);
        let good = claims.is_ok_and(|token| {
            let claims = token.claims;
            claims["scope"] == "https://www.googleapis.com/auth/androidpublisher"
                && claims["exp"].as_i64().zip(claims["iat"].as_i64()).is_some_and(|(until, from)| until - from <= 3_600)
        });
        Some(if good && form(request, "grant_type").as_deref() == Some("urn:ietf:params:oauth:grant-type:jwt-bearer") {
            vendors::google_grants(listing)
        } else {
            refusal(400, &json!({ "error": "invalid_grant", "error_description": "Invalid JWT Signature." }))
        })
    }

    fn answer(&self, listing: &Listing, request: &Request) -> Option<Reply> {
        if request.url.path() != "/androidpublisher/v3/applications/com.example.alba/reviews" {
            return None;
        }
        if !has_header(request, "authorization", &format!("Bearer token-{}", listing.token)) {
            return Some(vendors::google_knows_nobody());
        }
        let from = start_of(query(request, "token"))?;
        let (page, more) = page_of(&listing.reviews, from, 5);
        let reviews: Vec<Value> = page.iter().map(shown).collect();
        let next = more.then(|| json!({ "nextPageToken": (from + 5).to_string() }));
        Some(json(
            &json!({ "reviews": reviews, "tokenPagination": next, "pageInfo": { "totalResults": listing.reviews.len() } }),
        ))
    }

    fn refusals(&self) -> Vec<(Reply, Health)> {
        vendors::google_refusals()
    }
}

fn shown(review: &Review) -> Value {
    json!({
        "reviewId": format!("gp:AOq{}", review.number), "authorName": review.author,
        "comments": [{ "userComment": {
            "text": format!("\t{}", review.text), "starRating": review.stars, "reviewerLanguage": "en",
            "lastModified": { "seconds": review.changed.as_second().to_string(), "nanos": 0 },
        } }],
    })
}
