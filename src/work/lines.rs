//! The lines before the hosts: no more looks are begun at one host than soon have their turn, the others are hardly more than a number.
//!
//! When sources may be asked is for [`crate::http`] to say; a line only spares thousands of looks the room that they would wait in.

use std::collections::{HashMap, VecDeque};

use url::Url;

use crate::http::{Http, host_key};

/// How many looks beyond those that a host can answer at once are begun, so that there is always one that is ready.
const READY: usize = 4;

/// Which line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line(u32);

/// A line for each host, first come, first served.
#[derive(Debug, Default)]
pub(super) struct Lines {
    by_host: HashMap<String, Line>,
    heads: Vec<Head>,
}

/// What goes on at one host.
#[derive(Debug)]
struct Head {
    /// How many more looks may be begun.
    free: usize,
    /// The places of the sources that wait.
    waiting: VecDeque<u32>,
}

impl Lines {
    /// The line of the host of an address.
    pub(super) fn at(&mut self, address: &Url, http: &dyn Http) -> Line {
        *self.by_host.entry(host_key(address)).or_insert_with(|| {
            let free = http.at_once(address).saturating_add(READY);
            self.heads.push(Head { free, waiting: VecDeque::new() });
            Line(small(self.heads.len() - 1))
        })
    }

    /// Whether a look may be begun; if not, its source waits until [`Lines::leave`] gives its place.
    pub(super) fn enter(&mut self, line: Line, place: usize) -> bool {
        let head = &mut self.heads[line.0 as usize];
        if head.free == 0 {
            head.waiting.push_back(small(place));
            return false;
        }
        head.free -= 1;
        true
    }

    /// Notes that a look is over; gives the place of the source whose look may be begun instead.
    pub(super) fn leave(&mut self, line: Line) -> Option<usize> {
        let head = &mut self.heads[line.0 as usize];
        let next = head.waiting.pop_front();
        if next.is_none() {
            head.free += 1;
            // What a rush took is given back.
            head.waiting = VecDeque::new();
        }
        next.map(|place| place as usize)
    }
}

fn small(place: usize) -> u32 {
    u32::try_from(place).expect("there are fewer sources than that")
}

#[cfg(test)]
mod tests {
    use futures_util::future::BoxFuture;

    use super::*;
    use crate::http::{HttpError, Request, Response};

    /// Answers one at a time.
    struct OneByOne;

    impl Http for OneByOne {
        fn send(&self, _request: Request) -> BoxFuture<'_, Result<Response, HttpError>> {
            unreachable!("a line asks for nothing")
        }

        fn at_once(&self, _url: &Url) -> usize {
            1
        }
    }

    #[test]
    fn who_comes_first_is_served_first_and_hosts_do_not_wait_for_each_other() {
        let mut lines = Lines::default();
        let mut at = |address: &str| lines.at(&address.parse().unwrap(), &OneByOne);
        let (one, same, other) = (at("http://a.example/1"), at("http://a.example/2"), at("http://b.example/"));
        assert_eq!(one, same);
        assert_ne!(one, other);
        let entered: Vec<bool> = (0..8).map(|place| lines.enter(one, place)).collect();
        assert_eq!(entered, [true, true, true, true, true, false, false, false], "one, and those that are ready");
        assert!(lines.enter(other, 8));
        let called: Vec<Option<usize>> = (0..4).map(|_| lines.leave(one)).collect();
        assert_eq!(called, [Some(5), Some(6), Some(7), None]);
        assert!(lines.enter(one, 0), "there is room again");
        assert!(!lines.enter(one, 1));
    }
}
