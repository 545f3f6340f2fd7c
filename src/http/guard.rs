//! Which addresses may be asked at all: public ones, and the private ones that the owner lists.
//!
//! Three checks share one [`Policy`]: the address as written, every answer of the name service, and every hop of a redirect.
//! A resolver alone is no guard, since an IP literal never asks it. This file sends nothing.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

use futures_util::future::BoxFuture;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use super::HttpError;

/// The longest address that is read, in bytes.
const ADDRESS_BYTES_MAX: usize = 8 * 1024;

/// IPv4 networks that are not the public internet (IANA special-purpose registry; multicast and reserved space).
const PRIVATE_V4: [Ipv4Net; 15] = [
    v4(0, 0, 0, 0, 8),
    v4(10, 0, 0, 0, 8),
    v4(100, 64, 0, 0, 10),
    v4(127, 0, 0, 0, 8),
    v4(169, 254, 0, 0, 16),
    v4(172, 16, 0, 0, 12),
    v4(192, 0, 0, 0, 24),
    v4(192, 0, 2, 0, 24),
    v4(192, 88, 99, 0, 24),
    v4(192, 168, 0, 0, 16),
    v4(198, 18, 0, 0, 15),
    v4(198, 51, 100, 0, 24),
    v4(203, 0, 113, 0, 24),
    v4(224, 0, 0, 0, 4),
    v4(240, 0, 0, 0, 4),
];

/// The only part of IPv6 that is public (RFC 4291 §2.4): loopback, unique-local, link-local, site-local and multicast lie outside.
const PUBLIC_V6: Ipv6Net = v6([0x2000, 0, 0, 0], 3);

/// What is not public inside it: IETF assignments with Teredo, documentation, 6to4.
const PRIVATE_V6: [Ipv6Net; 4] =
    [v6([0x2001, 0, 0, 0], 23), v6([0x2001, 0xdb8, 0, 0], 32), v6([0x2002, 0, 0, 0], 16), v6([0x3fff, 0, 0, 0], 20)];

/// NAT64 (RFC 6052): on a network without IPv4 every IPv4 site appears under it, so the embedded address decides.
const NAT64: Ipv6Net = v6([0x64, 0xff9b, 0, 0], 96);

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(head: [u16; 4], prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(head[0], head[1], head[2], head[3], 0, 0, 0, 0), prefix)
}

/// Reads an address that a person or another site wrote: http or https, with a host, without a user name or password.
///
/// Browsers read `\` as `/`, other readers do not; an address that means two things is refused.
///
/// # Errors
/// [`HttpError::Refused`] with the reason and without the address, which may hold a secret.
pub fn parse_address(text: &str) -> Result<Url, HttpError> {
    let text = text.trim();
    if text.len() > ADDRESS_BYTES_MAX {
        return refuse(format!("it is longer than {ADDRESS_BYTES_MAX} bytes"));
    }
    if text.contains('\\') {
        return refuse("it contains a backslash");
    }
    if text.contains(char::is_control) {
        return refuse("it contains a control character");
    }
    let url = Url::parse(text).map_err(|error| HttpError::Refused(error.to_string()))?;
    check_form(&url)?;
    Ok(url)
}

/// Checks what an address must have whatever the policy: its scheme, a host, no user name.
pub(super) fn check_form(url: &Url) -> Result<(), HttpError> {
    if !matches!(url.scheme(), "http" | "https") {
        return refuse(format!("only http and https are, not `{}`", crate::text::truncate(url.scheme(), 20)));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("it contains a user name or password");
    }
    if !url.has_host() {
        return refuse("it has no host");
    }
    Ok(())
}

fn refuse<T>(why: impl Into<String>) -> Result<T, HttpError> {
    Err(HttpError::Refused(why.into()))
}

/// Which addresses may be reached. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    allow_private: Arc<[IpNet]>,
}

impl Policy {
    /// Permits the public internet and, besides, the private networks given.
    #[must_use]
    pub fn new(allow_private: Vec<IpNet>) -> Self {
        Policy { allow_private: allow_private.into() }
    }

    /// Whether a connection to `ip` may be opened.
    #[must_use]
    pub fn permits(&self, ip: IpAddr) -> bool {
        is_public(ip) || self.allows_private(ip)
    }

    /// Checks an address as it is written: its form, and its host where that is a literal or `localhost`.
    ///
    /// Other names are checked when they are resolved.
    ///
    /// # Errors
    /// [`HttpError::Refused`] with the reason and the way out.
    pub fn check(&self, url: &Url) -> Result<(), HttpError> {
        check_form(url)?;
        let ip: IpAddr = match url.host() {
            Some(Host::Ipv4(ip)) => ip.into(),
            Some(Host::Ipv6(ip)) => ip.into(),
            Some(Host::Domain(name)) if is_localhost(name) => match self.loopback().next() {
                Some(ip) => ip,
                None => Ipv4Addr::LOCALHOST.into(),
            },
            Some(Host::Domain(_)) | None => return Ok(()),
        };
        if self.permits(ip) { Ok(()) } else { refuse(private(ip)) }
    }

    /// Whether the address names a host that the owner listed as private: only there may polling be faster than is polite.
    ///
    /// That is an IP literal, not public, inside the list; or `localhost` where a loopback address is listed. Other names never
    /// count, even if they lead to such an address today: whoever runs the name could point it anywhere.
    #[must_use]
    pub fn allowed_private_host(&self, url: &Url) -> bool {
        match url.host() {
            Some(Host::Ipv4(ip)) => self.allows_private(ip.into()),
            Some(Host::Ipv6(ip)) => self.allows_private(ip.into()),
            Some(Host::Domain(name)) => is_localhost(name) && self.loopback().next().is_some(),
            None => false,
        }
    }

    fn allows_private(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        !is_public(ip) && self.allow_private.iter().any(|net| net.contains(&ip))
    }

    /// The loopback addresses that the owner listed.
    fn loopback(&self) -> impl Iterator<Item = IpAddr> {
        [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()].into_iter().filter(|ip| self.allows_private(*ip))
    }
}

/// `localhost` and names under it, with or without the dot at the end; RFC 6761 §6.3 wants them kept from the name service.
fn is_localhost(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name.rsplit('.').next().is_some_and(|last| last.eq_ignore_ascii_case("localhost"))
}

fn is_public(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => !PRIVATE_V4.iter().any(|net| net.contains(&ip)),
        IpAddr::V6(ip) if NAT64.contains(&ip) => is_public(embedded_v4(ip).into()),
        IpAddr::V6(ip) => PUBLIC_V6.contains(&ip) && !PRIVATE_V6.iter().any(|net| net.contains(&ip)),
    }
}

fn embedded_v4(ip: Ipv6Addr) -> Ipv4Addr {
    let [.., a, b, c, d] = ip.octets();
    Ipv4Addr::new(a, b, c, d)
}

fn private(ip: IpAddr) -> String {
    format!("{ip} is private; if it is meant, add \"{}\" to `allow_private` in [http]", IpNet::from(ip))
}

/// Turns names into addresses; the machine's own service does, and a table in tests.
pub trait Names: Send + Sync {
    /// Every address of `name`.
    ///
    /// # Errors
    /// If the name is not known or the service cannot be asked.
    fn lookup(&self, name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;
}

/// The machine's own name service, `/etc/hosts` included.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemNames;

impl Names for SystemNames {
    fn lookup(&self, name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.map(|found| found.ip()).collect()) })
    }
}

/// Resolves names and refuses one if any of its addresses is forbidden.
///
/// The connection goes to the very addresses that were checked, so a name that changes between check and use gains nothing.
pub(super) struct GuardedNames {
    pub(super) policy: Policy,
    pub(super) names: Arc<dyn Names>,
}

/// Why a name was not resolved; it travels inside reqwest's error.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct NameRefused(pub(super) String);

impl Resolve for GuardedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let name = name.as_str();
        if is_localhost(name) {
            let known: Vec<IpAddr> = self.policy.loopback().collect();
            return Box::pin(async move { Ok(pinned(known)) });
        }
        let policy = self.policy.clone();
        let lookup = self.names.lookup(name.to_owned());
        Box::pin(async move {
            let found = lookup.await?;
            match found.iter().find(|ip| !policy.permits(**ip)) {
                Some(ip) => Err(NameRefused(format!("its name leads to {}", private(*ip))).into()),
                None => Ok(pinned(found)),
            }
        })
    }
}

fn pinned(ips: Vec<IpAddr>) -> Addrs {
    Box::new(ips.into_iter().map(|ip| SocketAddr::new(ip, 0)))
}

#[cfg(test)]
#[path = "guard_tests.rs"]
mod tests;
