//! The site of an address: scheme, host and port. One robots.txt applies to it, and its host is what politeness counts by.
//!
//! It is made once for each request and compared without being made again.

use url::Url;

use super::redact::{host_and_port, host_name};

/// A site as one text, such as `https://shop.example:8443`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Site {
    text: Box<str>,
    /// Where the host begins in it.
    host_at: usize,
}

impl Site {
    /// The site of an address.
    pub(super) fn of(url: &Url) -> Self {
        let text = [url.scheme(), "://", &host_and_port(url)].concat();
        Site { text: text.into(), host_at: url.scheme().len() + "://".len() }
    }

    /// The [`host_key`] of its addresses.
    pub(super) fn host(&self) -> &str {
        &self.text[self.host_at..]
    }

    /// Whether an address belongs to it.
    pub(super) fn holds(&self, url: &Url) -> bool {
        let rest = self.text.strip_prefix(url.scheme()).and_then(|rest| rest.strip_prefix("://"));
        let rest = rest.and_then(|rest| rest.strip_prefix(host_name(url)));
        rest.is_some_and(|rest| match url.port() {
            None => rest.is_empty(),
            port => rest.strip_prefix(':').and_then(|written| written.parse().ok()) == port,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{super::host_key, *};

    #[test]
    fn a_site_holds_the_addresses_that_have_it_and_no_others() {
        let addresses = [
            "http://shop.example/a",
            "http://Shop.Example./b?c=d",
            "http://shop.example:80/",
            "https://shop.example/",
            "https://shop.example:8443/",
            "https://shop.example:844/",
            "http://shop.example.org/",
            "http://127.0.0.1:8080/",
            "http://[::1]:8080/",
            "http://[::1]/",
        ]
        .map(|address| Url::parse(address).unwrap());
        for one in &addresses {
            let site = Site::of(one);
            assert_eq!(site.host(), host_key(one));
            for other in &addresses {
                assert_eq!(site.holds(other), site == Site::of(other), "{one} {other}");
            }
        }
        assert_eq!(addresses.iter().filter(|address| Site::of(&addresses[0]).holds(address)).count(), 3);
    }
}
