//! What every request passes: the host it asks for, the time it may take, and the headers of every answer.
//!
//! It does not check the token of a link; that is `case`.

use std::{net::IpAddr, sync::Arc};

use axum::{
    extract::{Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode, Uri,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS},
    },
    middleware::Next,
    response::{IntoResponse, Response},
};
use url::{Host, Url};

use super::{Face, pages};

/// No scripts, no frames, no pictures; styles and forms of our own alone.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
const ALWAYS: [(HeaderName, &str); 4] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];
/// What proxies add.
const FORWARDED: [&str; 5] = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"];

/// Adds the headers that every answer carries, errors as well; what does not say how long it keeps is not kept.
pub async fn add_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Ends a request that takes too long; what it was writing may still be saved, so the answer does not deny it.
pub async fn end_in_time(State(face): State<Arc<Face>>, request: Request, next: Next) -> Response {
    match tokio::time::timeout(face.limits.request, next.run(request)).await {
        Ok(response) => response,
        Err(_) => pages::notice(
            StatusCode::SERVICE_UNAVAILABLE,
            "This took too long",
            "Open the link again to see whether it was saved.",
        ),
    }
}

/// Answers only for names that are ours, so that no foreign page can make a browser read ours under its own name (DNS rebinding).
pub async fn check_host(State(face): State<Arc<Face>>, request: Request, next: Next) -> Response {
    if is_ours(&face, request.uri(), request.headers()) {
        return next.run(request).await;
    }
    let text = "This amends does not answer under that name. Ask for it by the address in its configuration: \
                `listen` or `base_url` in the section [web].";
    pages::notice(StatusCode::MISDIRECTED_REQUEST, "Not here", text).into_response()
}

fn is_ours(face: &Face, uri: &Uri, headers: &HeaderMap) -> bool {
    let hosts: Vec<_> = headers.get_all(HOST).iter().map(|host| host.to_str().ok()).collect();
    let named = uri.authority().map(|authority| Some(authority.as_str()));
    let all: Vec<Option<&str>> = hosts.into_iter().chain(named).collect();
    let base = face.house.borrow().base_url.clone();
    !all.is_empty() && all.iter().all(|name| name.is_some_and(|name| is_our_name(name, face.listen, base.as_ref())))
}

fn is_our_name(authority: &str, listen: IpAddr, base: Option<&Url>) -> bool {
    let Some(url) = Url::parse(&format!("http://{authority}/")).ok().filter(|url| url.username().is_empty()) else {
        return false;
    };
    let of_base = base.and_then(Url::host);
    match url.host() {
        None => false,
        Some(Host::Domain(name)) => name == "localhost" || of_base == Some(Host::Domain(name)),
        Some(Host::Ipv4(ip)) => is_our_address(ip.into(), listen) || of_base == Some(Host::Ipv4(ip)),
        Some(Host::Ipv6(ip)) => is_our_address(ip.into(), listen) || of_base == Some(Host::Ipv6(ip)),
    }
}

/// An address cannot be rebound as a name can; so when all are listened on, all are ours.
fn is_our_address(ip: IpAddr, listen: IpAddr) -> bool {
    ip.is_loopback() || ip == listen || listen.is_unspecified()
}

/// Whether a form was sent from a page that is not ours.
///
/// Browsers say so in `Sec-Fetch-Site` (over TLS and on localhost) and in `Origin`. Because our pages carry `no-referrer`, their own
/// forms say `Origin: null`; such a request stands on its token alone, which no foreign page knows.
pub fn is_cross_site(face: &Face, headers: &HeaderMap) -> bool {
    let said = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    match said("sec-fetch-site") {
        None | Some("same-origin" | "none") => {}
        Some(_) => return true,
    }
    match said(ORIGIN.as_str()) {
        None | Some("null") => false,
        Some(origin) => {
            let base = face.house.borrow().base_url.as_ref().map(|base| base.origin().ascii_serialization());
            let host = said(HOST.as_str()).unwrap_or_default();
            let here = [format!("http://{host}"), format!("https://{host}")];
            !here.iter().any(|here| here == origin) && base.as_deref() != Some(origin)
        }
    }
}

/// Whether a request came through a proxy, and so perhaps from anywhere.
pub fn came_by_proxy(face: &Face, headers: &HeaderMap) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let asked = host.and_then(|host| Url::parse(&format!("https://{host}/")).ok());
    let house = face.house.borrow();
    // We never speak TLS ourselves: an https address of ours is a proxy's.
    let outside = house.base_url.as_ref().filter(|base| base.scheme() == "https").and_then(Url::host);
    let by_name = outside.is_some() && asked.as_ref().and_then(Url::host) == outside;
    by_name || FORWARDED.iter().any(|name| headers.contains_key(*name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(authority: &str, listen: &str, ours: bool) {
        let base = Url::parse("https://amends.hotel.example/desk/").unwrap();
        assert_eq!(is_our_name(authority, listen.parse().unwrap(), Some(&base)), ours, "{authority} at {listen}");
    }

    #[test]
    fn only_our_own_names_are_answered_for() {
        for ours in [
            "localhost",
            "localhost:26363",
            "127.0.0.1:26363",
            "[::1]:26363",
            "amends.hotel.example",
            "AMENDS.hotel.example:443",
        ] {
            check(ours, "127.0.0.1", true);
        }
        let foreign = [
            "evil.example",
            "localhost.evil.example",
            "192.168.1.5",
            "",
            "user@localhost",
            "a b",
            "amends.hotel.example.evil.example",
            "@",
            "[",
            ":80",
        ];
        for foreign in foreign {
            check(foreign, "127.0.0.1", false);
        }
    }

    #[test]
    fn an_address_is_ours_when_it_is_listened_on() {
        check("192.168.1.5:26363", "192.168.1.5", true);
        check("192.168.1.6:26363", "192.168.1.5", false);
        check("192.168.1.6:26363", "0.0.0.0", true);
        check("evil.example:26363", "0.0.0.0", false);
    }
}
