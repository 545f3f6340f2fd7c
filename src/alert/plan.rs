//! Who hears of an alert, on which channel, and when: a pure plan.

use std::{collections::BTreeMap, time::Duration};

use jiff::Timestamp;

use super::{Alert, Audience, Reason};
use crate::{calendar::Calendar, judge::Severity};

/// Everybody who can be reached, and by which rules.
#[derive(Clone, Debug, Default)]
pub struct AddressBook {
    /// People by name.
    pub people: BTreeMap<String, Reached>,
    /// Channels by name; whether each needs a person's own address.
    pub channels: BTreeMap<String, Desk>,
    /// The owner's routes, in order.
    pub routes: Vec<Route>,
    /// Who gets the weekly report; empty means all channels.
    pub report_to: Vec<String>,
}

/// How a person is reached.
#[derive(Clone, Debug, Default)]
pub struct Reached {
    /// Channels, in order.
    pub channels: Vec<String>,
    /// The mail address.
    pub email: Option<String>,
    /// Outside these hours only urgent alerts come.
    pub hours: Option<Calendar>,
}

/// What the plan needs to know of a channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Desk {
    /// Whether each delivery needs a person's own address.
    pub needs_address: bool,
}

/// Who hears of what.
#[derive(Clone, Debug, Default)]
pub struct Route {
    /// Locations it is about; empty means all.
    pub locations: Vec<String>,
    /// Sources it is about; empty means all.
    pub sources: Vec<String>,
    /// The least severity.
    pub severity_min: Option<Severity>,
    /// Reasons; empty means all of its audience.
    pub reasons: Vec<Reason>,
    /// For trouble of the program itself.
    pub admin: bool,
    /// Names of people or channels.
    pub to: Vec<String>,
    /// Who hears it when nobody takes the case in time.
    pub then: Vec<String>,
    /// How long to wait for that.
    pub then_after: Duration,
}

/// One delivery to make.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deliver {
    /// The channel's name.
    pub channel: String,
    /// The person's name, if it is for one.
    pub person: Option<String>,
    /// The person's address on that channel, if the channel needs one.
    pub address: Option<String>,
    /// Not before this.
    pub due_at: Timestamp,
}

/// Plans the deliveries of an alert: each channel and address once, in a stable order.
///
/// Staff alerts follow the routes; without any staff route they go to everybody. Admin alerts follow only admin routes; without
/// one they go to the first person. Reports go to their readers, or to everybody. An escalation goes to the routes' `then`.
/// A person outside their hours hears it when these begin, unless it is urgent.
#[must_use]
pub fn plan(alert: &Alert, book: &AddressBook, now: Timestamp) -> Vec<Deliver> {
    let names: Vec<String> = match (alert.reason, alert.reason.audience()) {
        (Reason::Escalated, _) => book.matching(alert).flat_map(|route| route.then.clone()).collect(),
        (_, Audience::Staff) if !book.routes.iter().any(|route| !route.admin) => book.everybody(),
        (_, Audience::Staff) => book.matching(alert).flat_map(|route| route.to.clone()).collect(),
        (_, Audience::Admin) => book.admins(alert),
        (_, Audience::ReportReaders) if book.report_to.is_empty() => book.everybody(),
        (_, Audience::ReportReaders) => book.report_to.clone(),
    };
    book.resolve(&names, alert.severity, now)
}

impl AddressBook {
    /// How long to wait before a case that nobody took is escalated; `None` if no route says who is next.
    #[must_use]
    pub fn escalation_after(&self, alert: &Alert) -> Option<Duration> {
        self.matching(alert).filter(|route| !route.then.is_empty()).map(|route| route.then_after).min()
    }

    /// Another way for a delivery whose channel is dead or late: the person's further channels first, then anybody else's.
    ///
    /// `avoid` are channels that are dead or have it already.
    #[must_use]
    pub fn detour(&self, person: Option<&str>, avoid: &[String], now: Timestamp) -> Option<Deliver> {
        let own = person.and_then(|name| Some((name, self.people.get(name)?)));
        let others = self.people.iter().map(|(name, person)| (name.as_str(), person));
        let by_person = own
            .into_iter()
            .chain(others)
            .flat_map(|(name, person)| person.channels.iter().map(move |channel| (channel, Some((name, person)))));
        let shared = self.channels.keys().map(|channel| (channel, None));
        by_person.chain(shared).find_map(|(channel, reached)| {
            let desk = self.channels.get(channel).filter(|_| !avoid.contains(channel))?;
            let address = match (desk.needs_address, reached) {
                (true, Some((_, person))) => Some(person.email.clone()?),
                (true, None) => return None,
                (false, _) => None,
            };
            Some(Deliver {
                channel: channel.clone(),
                person: reached.map(|(name, _)| name.to_owned()),
                address,
                due_at: now,
            })
        })
    }

    fn matching<'a>(&'a self, alert: &'a Alert) -> impl Iterator<Item = &'a Route> {
        self.routes.iter().filter(|route| !route.admin && route.holds(alert))
    }

    fn everybody(&self) -> Vec<String> {
        if self.people.is_empty() {
            self.channels.keys().cloned().collect()
        } else {
            self.with_shared_channels(self.people.keys().cloned().collect())
        }
    }

    /// Adds the channels that no person lists, such as a shared room or a webhook.
    fn with_shared_channels(&self, mut names: Vec<String>) -> Vec<String> {
        let listed =
            |channel: &str| self.people.values().any(|person| person.channels.iter().any(|name| name == channel));
        names.extend(
            self.channels
                .iter()
                .filter(|(name, desk)| !desk.needs_address && !listed(name))
                .map(|(name, _)| name.clone()),
        );
        names
    }

    fn admins(&self, alert: &Alert) -> Vec<String> {
        let routed: Vec<String> = self
            .routes
            .iter()
            .filter(|route| route.admin && route.holds(alert))
            .flat_map(|route| route.to.clone())
            .collect();
        if !routed.is_empty() || self.routes.iter().any(|route| route.admin) {
            return routed;
        }
        match self.people.keys().next() {
            Some(first) => vec![first.clone()],
            None => self.channels.keys().cloned().collect(),
        }
    }

    fn resolve(&self, names: &[String], severity: Severity, now: Timestamp) -> Vec<Deliver> {
        let mut deliveries: Vec<Deliver> = Vec::new();
        for name in names {
            match self.people.get(name) {
                Some(person) => deliveries.extend(self.for_person(name, person, severity, now)),
                None if self.channels.get(name).is_some_and(|desk| !desk.needs_address) => {
                    deliveries.push(Deliver { channel: name.clone(), person: None, address: None, due_at: now });
                }
                None => {}
            }
        }
        deliveries.sort();
        deliveries.dedup_by(|a, b| {
            a.channel == b.channel && a.address == b.address && (a.address.is_some() || a.person == b.person)
        });
        deliveries
    }

    fn for_person<'a>(
        &'a self,
        name: &'a str,
        person: &'a Reached,
        severity: Severity,
        now: Timestamp,
    ) -> impl Iterator<Item = Deliver> + 'a {
        let due_at = match &person.hours {
            Some(hours) if severity < Severity::Urgent => hours.next_open(now),
            _ => now,
        };
        person.channels.iter().filter_map(move |channel| {
            let desk = self.channels.get(channel)?;
            let address = if desk.needs_address { Some(person.email.clone()?) } else { None };
            Some(Deliver { channel: channel.clone(), person: Some(name.to_owned()), address, due_at })
        })
    }
}

impl Route {
    fn holds(&self, alert: &Alert) -> bool {
        let among = |list: &[String], name: &Option<String>| {
            list.is_empty() || name.as_ref().is_some_and(|name| list.contains(name))
        };
        among(&self.locations, &alert.location)
            && among(&self.sources, &alert.source)
            && self.severity_min.is_none_or(|least| alert.severity >= least)
            && (self.reasons.is_empty() || self.reasons.contains(&alert.reason))
    }
}
