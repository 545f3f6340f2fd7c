//! Where a redirect leads, and what may go along.
//!
//! It decides and sends nothing; whether the new place may be reached at all is the guard's, on every hop.

use http::{HeaderMap, Method, StatusCode, header};
use url::Url;

use super::{HttpError, Purpose, Request, Response, guard};

/// The most redirects that are followed.
pub(super) const REDIRECTS_MAX: usize = 5;

/// The headers that another site may see: no key, token or cookie is among them.
const CARRIED: [header::HeaderName; 4] =
    [header::ACCEPT, header::ACCEPT_LANGUAGE, header::IF_NONE_MATCH, header::IF_MODIFIED_SINCE];

/// The request that a redirect asks for; nothing if `response` is final.
///
/// # Errors
/// [`HttpError::Redirected`] if it leads from https to http, to another scheme, or would carry a body to another site.
pub(super) fn next(request: &Request, response: &Response) -> Result<Option<Request>, HttpError> {
    let Some(url) = location(request, response)? else { return Ok(None) };
    let becomes_get = match response.status {
        StatusCode::SEE_OTHER => true,
        StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => request.method == Method::POST,
        _ => false,
    };
    let stays = url.origin() == request.url.origin();
    if !stays && !becomes_get && !request.body.is_empty() {
        return Err(HttpError::Redirected);
    }
    let mut next = request.clone();
    next.url = url;
    if becomes_get {
        next.method = Method::GET;
        next.body = bytes::Bytes::new();
        next.headers.remove(header::CONTENT_TYPE);
    }
    if !stays {
        next.headers = carried(&next.headers);
    }
    Ok(Some(next))
}

fn location(request: &Request, response: &Response) -> Result<Option<Url>, HttpError> {
    let follows = match request.purpose {
        Purpose::Crawl | Purpose::Fetch => matches!(response.status.as_u16(), 301 | 302 | 303 | 307 | 308),
        Purpose::Deliver => false,
    };
    let Some(location) = response.headers.get(header::LOCATION).filter(|_| follows) else { return Ok(None) };
    let location = location.to_str().map_err(|_| HttpError::Redirected)?;
    if location.contains('\\') {
        return Err(HttpError::Redirected);
    }
    let url = request.url.join(location).map_err(|_| HttpError::Redirected)?;
    let is_downgrade = request.url.scheme() == "https" && url.scheme() != "https";
    if is_downgrade || guard::check_form(&url).is_err() {
        return Err(HttpError::Redirected);
    }
    Ok(Some(url))
}

fn carried(headers: &HeaderMap) -> HeaderMap {
    CARRIED.into_iter().filter_map(|name| Some((name.clone(), headers.get(&name)?.clone()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::fake::answer;

    fn post(url: &str) -> Request {
        let mut request = Request::deliver(url.parse().unwrap(), "application/json", "{}");
        request.purpose = Purpose::Fetch;
        request.header("authorization", "Bearer s3cret").header("accept", "application/json")
    }

    fn follow(request: &Request, status: u16, location: &str) -> Result<Option<Request>, HttpError> {
        next(request, &answer(request, status, &[("location", location)], ""))
    }

    #[track_caller]
    fn check(from: &str, location: &str, expected: Result<&str, HttpError>) {
        let request = Request::get(from.parse().unwrap(), Purpose::Crawl);
        let url = follow(&request, 302, location).map(|next| next.map(|next| next.url.to_string()));
        assert_eq!(url, expected.map(|url| Some(url.to_owned())), "{from} to {location}");
    }

    #[test]
    fn a_redirect_may_lead_anywhere_on_the_web() {
        check("http://a.example/x/y", "z?q", Ok("http://a.example/x/z?q"));
        check("http://a.example/x", "https://b.example/", Ok("https://b.example/"));
        check("https://a.example/x", "//b.example/y", Ok("https://b.example/y"));
    }

    #[test]
    fn a_redirect_may_not_weaken_or_leave_the_web() {
        for location in [
            "http://a.example/",
            "file:///etc/passwd",
            "ftp://a.example/",
            "https://me@a.example/",
            "https:\\\\b.example",
            "javascript:1",
        ] {
            check("https://a.example/", location, Err(HttpError::Redirected));
        }
    }

    #[test]
    fn keys_and_bodies_do_not_go_to_another_site() {
        let request = post("https://a.example/api");
        let kept = follow(&request, 307, "/v2").unwrap().unwrap();
        assert_eq!((kept.method, kept.body.len(), kept.headers.len()), (Method::POST, 2, 3));
        assert_eq!(follow(&request, 307, "https://b.example/").unwrap_err(), HttpError::Redirected);
        let other = follow(&request, 303, "https://b.example/").unwrap().unwrap();
        assert_eq!((other.method, other.body.len()), (Method::GET, 0));
        assert_eq!(other.headers.keys().map(header::HeaderName::as_str).collect::<Vec<_>>(), ["accept"]);
    }

    #[test]
    fn what_is_no_redirect_is_final() {
        let request = Request::get("https://a.example/".parse().unwrap(), Purpose::Crawl);
        for status in [200, 201, 300, 304, 404] {
            assert!(follow(&request, status, "/elsewhere").unwrap().is_none(), "{status}");
        }
        assert!(next(&request, &answer(&request, 302, &[], "")).unwrap().is_none());
        let alert = Request::deliver("https://a.example/".parse().unwrap(), "text/plain", "x");
        assert!(follow(&alert, 302, "/elsewhere").unwrap().is_none());
    }
}
