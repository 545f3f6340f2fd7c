//! What the owner has decided, in the form in which the loops use it; made anew at each reload.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jiff::tz::TimeZone;

use crate::{
    alert::{AddressBook, Desk, Reached, Route},
    calendar::Calendar,
    case::Limits,
    config::{Config, Location, Unrated},
    judge::{MustAlert, OwnTopics, Rules},
};

/// How long to wait for somebody to take a case, unless the route says otherwise.
const ESCALATE_AFTER: Duration = Duration::from_secs(30 * 60);

/// Everything that the loops ask about the owner's wishes.
#[derive(Clone, Debug, Default)]
pub struct House {
    /// The locations by name.
    pub places: BTreeMap<String, Arc<Place>>,
    /// Who hears of what, and how.
    pub book: AddressBook,
    /// What to do with words without a rating.
    pub unrated: Unrated,
    /// The zone of the location that comes first in the file: the report's time is meant there.
    pub report_zone: Option<TimeZone>,
    /// How the owner's people reach the page behind the link; without it alerts carry no link.
    pub base_url: Option<url::Url>,
}

/// One location.
#[derive(Clone, Debug)]
pub struct Place {
    /// Its name.
    pub name: String,
    /// Its zone.
    pub zone: TimeZone,
    /// Its working hours.
    pub calendar: Calendar,
    /// Its promises.
    pub limits: Limits,
    /// What is negative there.
    pub rules: Rules,
    /// The currency of its gestures.
    pub currency: String,
    /// How often its listings are looked at in a day, if the owner knows.
    pub views_per_day: Option<u32>,
}

impl House {
    /// Puts together what the configuration says; `needs_address` knows which kinds of channel reach single people.
    #[must_use]
    pub fn new(config: &Config, needs_address: impl Fn(&str) -> bool) -> Self {
        let must_alert = Arc::new(MustAlert::new(&config.negative.words, &config.negative.words_not));
        let topics = OwnTopics::new(config.topics.iter().map(|(name, words)| (name.as_str(), words.as_slice())));
        let topics = Arc::new(topics);
        House {
            places: config
                .locations
                .iter()
                .map(|place| (place.name.clone(), Arc::new(Place::new(place, config, (&must_alert, &topics)))))
                .collect(),
            book: address_book(config, needs_address),
            unrated: config.negative.unrated,
            report_zone: config.locations.first().map(|place| place.timezone.0.clone()),
            base_url: config.web.base_url.clone(),
        }
    }

    /// The location of that name; one that is no longer configured is taken to be in UTC with the default rules.
    #[must_use]
    pub fn place(&self, name: &str) -> Arc<Place> {
        self.places.get(name).cloned().unwrap_or_else(|| Arc::new(Place::forgotten(name)))
    }
}

impl Place {
    fn new(place: &Location, config: &Config, words: (&Arc<MustAlert>, &Arc<OwnTopics>)) -> Self {
        let zone = place.timezone.0.clone();
        let named = place.calendar.as_ref().and_then(|name| config.calendars.get(name));
        let calendar = match named {
            None => Calendar::always(zone.clone()),
            Some(entry) => {
                let holidays = entry.holidays.iter().filter_map(|day| day.parse().ok()).collect();
                Calendar::new(zone.clone(), entry.hours.clone(), holidays)
            }
        };
        Place {
            name: place.name.clone(),
            zone,
            calendar,
            limits: Limits { take: place.take_within.0, contact: place.contact_within.0, tell: place.tell_within.0 },
            rules: Rules {
                negative_max: place.negative_rating_max.unwrap_or(config.negative.rating_max),
                turned_min: place.turned_rating_min.unwrap_or(config.negative.turned_min),
                words_negative_min: place.words_negative_min.map(|least| least as f32),
                languages: place.languages.clone(),
                must_alert: Arc::clone(words.0),
                topics: Arc::clone(words.1),
            },
            currency: place.currency.clone().unwrap_or_else(|| "EUR".to_owned()),
            views_per_day: place.views_per_day,
        }
    }

    fn forgotten(name: &str) -> Self {
        let day = Duration::from_secs(24 * 3600);
        Place {
            name: name.to_owned(),
            zone: TimeZone::UTC,
            calendar: Calendar::always(TimeZone::UTC),
            limits: Limits { take: day, contact: day, tell: day * 7 },
            rules: Rules::default(),
            currency: "EUR".to_owned(),
            views_per_day: None,
        }
    }
}

fn address_book(config: &Config, needs_address: impl Fn(&str) -> bool) -> AddressBook {
    let channels: BTreeMap<String, Desk> = config
        .channels
        .iter()
        .map(|channel| (channel.name.clone(), Desk { needs_address: needs_address(&channel.kind) }))
        .collect();
    let zone = config.locations.first().map_or(TimeZone::UTC, |place| place.timezone.0.clone());
    let mail: Vec<String> =
        channels.iter().filter(|(_, desk)| desk.needs_address).map(|(name, _)| name.clone()).collect();
    let people = config.people.iter().map(|person| {
        let own =
            if person.channels.is_empty() && person.email.is_some() { mail.clone() } else { person.channels.clone() };
        let hours = person.hours.clone().map(|hours| Calendar::new(zone.clone(), hours, Vec::new()));
        (person.name.clone(), Reached { channels: own, email: person.email.clone(), hours })
    });
    let routes = config.routes.iter().map(|route| Route {
        locations: route.locations.clone(),
        sources: route.sources.clone(),
        severity_min: route.severity_min,
        reasons: route.reasons.clone(),
        admin: route.admin,
        to: route.to.clone(),
        then: route.then.clone(),
        then_after: route.then_after.map_or(ESCALATE_AFTER, |span| span.0),
    });
    AddressBook { people: people.collect(), routes: routes.collect(), report_to: config.report.to.clone(), channels }
}
