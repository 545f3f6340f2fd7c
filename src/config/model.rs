//! The shape of the configuration: every section, key, default and unit.
//!
//! Doc comments here are what `amends schema` prints. Kind-specific keys of sources and channels are not here; they live in each adapter's file.

use std::{borrow::Cow, collections::BTreeMap, fmt, net::SocketAddr, path::PathBuf, time::Duration};

use ipnet::IpNet;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use crate::{
    alert::Reason,
    calendar::{Holiday, Hours},
    judge::{Language, Severity},
    schedule::{CalendarRule, Span, Zone, budget::Quota},
    secret::Secret,
};

/// The whole configuration, after files, environment and secrets are put together.
#[derive(Clone, Debug, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The hotels, shops or restaurants.
    #[serde(default, rename = "location")]
    pub locations: Vec<Location>,
    /// Where guests speak; see `amends sources`.
    #[serde(default, rename = "source")]
    pub sources: Vec<SourceEntry>,
    /// The owner's people.
    #[serde(default, rename = "person")]
    pub people: Vec<Person>,
    /// Where alerts go; see `amends channels`.
    #[serde(default, rename = "channel")]
    pub channels: Vec<ChannelEntry>,
    /// Who hears of what. Without any route, everybody hears of everything.
    #[serde(default, rename = "route")]
    pub routes: Vec<RouteEntry>,
    /// Named working hours and holidays.
    #[serde(default, rename = "calendar")]
    pub calendars: BTreeMap<String, CalendarEntry>,
    /// What counts as negative, and the words that alert whatever the stars.
    #[serde(default)]
    pub negative: Negative,
    /// Your own topics, each with its words: `sauna = ["sauna", "steam room*"]`.
    #[serde(default)]
    pub topics: BTreeMap<String, Vec<String>>,
    /// The weekly turnaround report.
    #[serde(default)]
    pub report: Report,
    /// How the web is read.
    #[serde(default)]
    pub http: HttpSettings,
    /// The outgoing mail server.
    #[serde(default)]
    pub smtp: Option<Smtp>,
    /// The page behind the link in an alert, and the figures for monitoring.
    #[serde(default)]
    pub web: Web,
    /// Where the database lies.
    #[serde(default)]
    pub store: StoreSettings,
}

/// One hotel, shop or restaurant.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Location {
    /// Its name, as guests know it.
    #[schemars(length(min = 1, max = 80))]
    pub name: String,
    /// Its time zone, such as "Europe/Vienna".
    pub timezone: Zone,
    /// The `[calendar.NAME]` of its working hours; without one the clock runs day and night.
    #[serde(default)]
    pub calendar: Option<String>,
    /// Highest normalised rating (0–1) that is negative here; overrides `[negative] rating_max`.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub negative_rating_max: Option<f64>,
    /// Lowest normalised rating (0–1) that counts as turned here; overrides `[negative] turned_min`.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub turned_rating_min: Option<f64>,
    /// The languages that guests mostly write in, such as ["de", "en"]; a help where a text is too short to tell.
    #[serde(default)]
    pub languages: Vec<Language>,
    /// The least probability (0–1) of a complaint that makes words without stars negative here; `amends judge --report` advises.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub words_negative_min: Option<f64>,
    /// How often its listings are looked at in a day, if you know; for the exposure figure.
    #[serde(default)]
    pub views_per_day: Option<u32>,
    /// The currency of gestures, such as "EUR".
    #[serde(default)]
    pub currency: Option<String>,
    /// How soon a case must be taken.
    #[serde(default = "Location::default_take_within")]
    pub take_within: Span,
    /// How soon the guest must be contacted.
    #[serde(default = "Location::default_contact_within")]
    pub contact_within: Span,
    /// How soon the guest must be told what changed.
    #[serde(default = "Location::default_tell_within")]
    pub tell_within: Span,
}

impl Location {
    fn default_take_within() -> Span {
        Span(Duration::from_secs(3600))
    }
    fn default_contact_within() -> Span {
        Span(Duration::from_secs(24 * 3600))
    }
    fn default_tell_within() -> Span {
        Span(Duration::from_secs(7 * 24 * 3600))
    }
}

/// What every source has, whatever its kind; `settings` are the keys of its kind.
#[derive(Clone, PartialEq, Deserialize, JsonSchema)]
pub struct SourceEntry {
    /// Its name, unique; cases and figures refer to it.
    #[schemars(length(min = 1, max = 80))]
    pub name: String,
    /// Its kind; see `amends sources`.
    pub kind: String,
    /// The name of its location; may be left out when there is only one.
    #[serde(default)]
    pub location: Option<String>,
    /// How often to look, such as "15m"; each kind has its own shortest interval.
    #[serde(default)]
    pub every: Option<Span>,
    /// How many calls all sources of this kind may make together, such as "300/day"; the platform's own limit, if absent.
    #[serde(default)]
    pub quota: Option<Quota>,
    /// How often to look at open cases whose review has left the window; default "6h".
    #[serde(default)]
    pub revisit_every: Option<Span>,
    /// Open cases for bad reviews found at first contact that are younger than this; default: none.
    #[serde(default)]
    pub open_recent: Option<Span>,
    /// More new reviews than this in one poll, and more than half of all known, is an anomaly; default 20.
    #[serde(default)]
    pub surge_max: Option<u32>,
    /// "This page is mine": robots.txt is not asked.
    #[serde(default)]
    pub mine: bool,
    /// The keys of its kind, secrets put in.
    #[serde(skip)]
    pub settings: toml::Table,
}

impl fmt::Debug for SourceEntry {
    /// Of the settings it shows only the keys, because secrets are put in.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let SourceEntry { name, kind, location, every, quota, revisit_every, open_recent, surge_max, mine, settings } =
            self;
        let mut shown = f.debug_struct("SourceEntry");
        shown
            .field("name", name)
            .field("kind", kind)
            .field("location", location)
            .field("every", every)
            .field("quota", quota);
        shown.field("revisit_every", revisit_every).field("open_recent", open_recent).field("surge_max", surge_max);
        shown.field("mine", mine).field("settings", &settings.keys().collect::<Vec<_>>()).finish()
    }
}

/// One of the owner's people.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// Their name, as colleagues say it; unique.
    #[schemars(length(min = 1, max = 80))]
    pub name: String,
    /// Their mail address, for channels of kind "email".
    #[serde(default)]
    #[schemars(extend("format" = "email"))]
    pub email: Option<String>,
    /// The channels that reach them, in order; without any, the "email" channel if there is one.
    #[serde(default)]
    pub channels: Vec<String>,
    /// When they want to be reached, such as "Mon-Sun 07:00-22:00"; urgent alerts come at any time.
    #[serde(default)]
    pub hours: Option<Hours>,
}

/// What every channel has, whatever its kind; `settings` are the keys of its kind.
#[derive(Clone, PartialEq, Deserialize, JsonSchema)]
pub struct ChannelEntry {
    /// Its name, unique.
    #[schemars(length(min = 1, max = 80))]
    pub name: String,
    /// Its kind; see `amends channels`.
    pub kind: String,
    /// The keys of its kind, secrets put in.
    #[serde(skip)]
    pub settings: toml::Table,
}

impl fmt::Debug for ChannelEntry {
    /// Of the settings it shows only the keys, because secrets are put in.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ChannelEntry { name, kind, settings } = self;
        let keys: Vec<&String> = settings.keys().collect();
        f.debug_struct("ChannelEntry").field("name", name).field("kind", kind).field("settings", &keys).finish()
    }
}

/// Who hears of what.
#[derive(Clone, Debug, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RouteEntry {
    /// Only alerts of these locations; all if left out.
    #[serde(default)]
    pub locations: Vec<String>,
    /// Only alerts of these sources; all if left out.
    #[serde(default)]
    pub sources: Vec<String>,
    /// Only alerts at least this urgent.
    #[serde(default)]
    pub severity_min: Option<Severity>,
    /// Only alerts for these reasons; all of the audience if left out.
    #[serde(default)]
    pub reasons: Vec<Reason>,
    /// For trouble of the program itself instead of guests.
    #[serde(default)]
    pub admin: bool,
    /// Names of people or channels.
    pub to: Vec<String>,
    /// Who hears it next when nobody takes the case in time.
    #[serde(default)]
    pub then: Vec<String>,
    /// How long to wait for somebody to take the case before `then` hears it; default "30m".
    #[serde(default)]
    pub then_after: Option<Span>,
}

/// Named working hours.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CalendarEntry {
    /// Working hours, such as "Mon-Fri 07:00-12:00 13:00-22:00, Sat 09:00-14:00".
    pub hours: Hours,
    /// Days without work, such as "2026-12-25", or every year "12-25".
    #[serde(default)]
    #[schemars(with = "Vec<Holiday>")]
    pub holidays: Vec<String>,
}

/// What counts as negative.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Negative {
    /// Highest normalised rating (0–1) that is negative: 0.5 is 3 of 5, or 5.5 of 10.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub rating_max: f64,
    /// Lowest normalised rating (0–1) that counts as turned: 0.75 is 4 of 5.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub turned_min: f64,
    /// More words that alert whatever the stars; a trailing `*` matches any ending.
    pub words: Vec<String>,
    /// Built-in must-alert words to leave out.
    pub words_not: Vec<String>,
    /// What to do with words without a rating: list them for reading, or alert.
    pub unrated: Unrated,
}

/// What to do with words without a rating.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Unrated {
    /// Show them in `status`, `reviews` and the weekly report.
    #[default]
    List,
    /// Alert as well.
    Alert,
}

impl Default for Negative {
    fn default() -> Self {
        Negative { rating_max: 0.5, turned_min: 0.75, words: Vec::new(), words_not: Vec::new(), unrated: Unrated::List }
    }
}

/// The weekly turnaround report.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Report {
    /// When it is sent: "Mon 08:00", or a five-field crontab in which Monday is 1. In the first location's zone.
    pub weekly: CalendarRule,
    /// Names of people or channels; without any, everybody with a channel.
    pub to: Vec<String>,
}

impl Default for Report {
    fn default() -> Self {
        Report { weekly: "Mon 08:00".parse().expect("the default report time is valid"), to: Vec::new() }
    }
}

/// How the web is read.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HttpSettings {
    /// Who you are, for the sites that are read: a mail or web address put into the User-Agent.
    pub contact: Option<String>,
    /// Private addresses that may be reached, such as "192.168.1.20/32"; all others are refused.
    #[schemars(with = "Vec<NetworkText>")]
    pub allow_private: Vec<IpNet>,
    /// The longest a whole request may take.
    pub timeout: Span,
    /// The most requests under way at once. Large answers are not among them: four are worked on, and sixteen may wait for that.
    #[schemars(range(min = 1, max = 1024))]
    pub in_flight_max: usize,
    /// The most requests under way at once to one host.
    #[schemars(range(min = 1, max = 64))]
    pub in_flight_per_host_max: usize,
    /// The least time between two requests to one host.
    pub host_gap: Span,
}

impl Default for HttpSettings {
    fn default() -> Self {
        HttpSettings {
            contact: None,
            allow_private: Vec::new(),
            timeout: Span(Duration::from_secs(30)),
            in_flight_max: 64,
            in_flight_per_host_max: 2,
            host_gap: Span(Duration::from_secs(1)),
        }
    }
}

/// The outgoing mail server.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Smtp {
    /// Its name.
    pub host: String,
    /// Its port; 465 for TLS from the start, 587 for STARTTLS.
    #[serde(default)]
    pub port: Option<u16>,
    /// How the connection is protected.
    #[serde(default)]
    pub tls: MailTls,
    /// The login name.
    #[serde(default)]
    pub user: Option<String>,
    /// The password; better `password_file`.
    #[serde(default)]
    pub password: Option<Secret>,
    /// The sender, such as "Hotel Alpenblick alerts <alerts@alpenblick.example>".
    #[schemars(extend("format" = "mailbox"))]
    pub from: String,
}

/// How the connection to a mail server is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MailTls {
    /// TLS from the first byte (port 465 of SMTP, 993 of IMAP).
    #[default]
    Implicit,
    /// STARTTLS, required, never downgraded (port 587 of SMTP, 143 of IMAP).
    Starttls,
    /// None: only for a server on this machine or, for SMTP, a private network.
    None,
}

/// The page behind the link in an alert.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Web {
    /// The address to listen on.
    #[schemars(with = "ListenText")]
    pub listen: SocketAddr,
    /// How the owner's people reach it, for links in alerts; without it alerts carry no link.
    #[schemars(with = "Option<UrlText>")]
    pub base_url: Option<url::Url>,
}

impl Default for Web {
    fn default() -> Self {
        Web { listen: SocketAddr::from(([127, 0, 0, 1], 26363)), base_url: None }
    }
}

/// Where the database lies.
#[derive(Clone, Debug, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct StoreSettings {
    /// The folder of the database; default `$STATE_DIRECTORY`, else `/var/lib/amends` for root, else `$XDG_STATE_HOME/amends`.
    pub dir: Option<PathBuf>,
    /// How long guests' words are kept in reviews without an open case; default: as long as you like.
    pub keep: Option<Span>,
}

/// Text of a form that has no type of ours, for the schema.
macro_rules! text_format {
    ($name:ident, $format:literal) => {
        struct $name;

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn inline_schema() -> bool {
                true
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "format": $format })
            }
        }
    };
}

text_format!(NetworkText, "network");
text_format!(ListenText, "listen");
text_format!(UrlText, "url");
