//! The commented example file, put together from our own sections and the examples that the registries declare.
//!
//! What is not commented out in it is a small configuration that works, so it must load without problems.

use super::shape::{Shape, Shapes};

/// The kinds of source that are not commented out.
const SOURCES_SHOWN: [&str; 1] = ["page"];

/// The kinds of channel that are not commented out, the admin's last.
const CHANNELS_SHOWN: [&str; 3] = ["ntfy", "email", "console"];

const HEAD: &str = r#"#:schema ./amends.schema.json
# The configuration of amends. `amends check` reads it and says what is wrong; `amends schema > amends.schema.json` helps editors.
# Spans of time are written "15m", "2h30m", "7d". Each secret `x` may also be given as x_file = "/path" (or "credential:NAME", one of
# systemd's) or as x_env = "A_VARIABLE". ${AMENDS_NAME} inside a text is replaced by that variable; $$ is a dollar sign itself.
# More files may lie in conf.d/*.toml beside this one. AMENDS_WEB__LISTEN in the environment overrides `listen` in [web], and so on.

# The hotels, shops or restaurants. With several, each source says which one it belongs to: location = "…".
[[location]]
name = "Hotel Alpenblick"           # as guests know it
timezone = "Europe/Vienna"          # its clock; all times below are on it
calendar = "desk"                   # its working hours, see [calendar.desk]; without it the clock runs day and night
currency = "EUR"                    # of gestures, such as a refund
#views_per_day = 400                # how often its listings are looked at, if you know; for the exposure figure
#take_within = "1h"                 # how soon somebody must take a case, in working hours
#contact_within = "24h"             # how soon the guest must be contacted
#tell_within = "7d"                 # how soon the guest must be told what changed
#negative_rating_max = 0.5          # like [negative] rating_max, for this location only
#turned_rating_min = 0.75           # like [negative] turned_min, for this location only
#languages = ["de", "en"]           # what guests mostly write in; a help where a text is too short to tell
#words_negative_min = 0.45          # how sure words without stars must be a complaint; `amends judge --report` advises

# Working hours: several blocks a day, past midnight too ("Mon-Sun 22:00-06:00"), or "always".
[calendar.desk]
hours = "Mon-Fri 07:00-12:00 13:00-22:00, Sat-Sun 08:00-20:00"
holidays = ["12-25", "2026-12-26"]  # every year, or on one date
"#;

const SOURCES: &str = r#"
# Where guests speak; `amends sources` lists all kinds. Every source may also have:
#   every = "15m"                   # how often to look; each kind has its own shortest interval
#   quota = "300/day"               # how many calls all sources of its kind may make together
#   revisit_every = "6h"            # how often to look at reviews of open cases that have left the window
#   open_recent = "30d"             # open cases for bad reviews found at first contact that are younger than this
#   surge_max = 20                  # more new reviews than this at once are an anomaly, not that many alerts
#   mine = true                     # "this page is mine": robots.txt is not asked
"#;

const PEOPLE: &str = r#"
# The owner's people.
[[person]]
name = "Maria"                      # as colleagues say it
email = "maria@alpenblick.example"  # for channels of kind "email"
@CHANNELS@
hours = "Mon-Sun 07:00-22:00"       # when she wants to be reached; urgent alerts come at any time
"#;

const CHANNELS: &str = "
# Where alerts go; `amends channels` lists all kinds.
";

const REST: &str = r#"
# Who hears of what. Without any route, everybody hears of everything.
[[route]]
to = ["Maria"]                      # names of people or channels
#locations = ["Hotel Alpenblick"]   # only alerts of these
#sources = ["…"]                    # only alerts of these
#severity_min = "high"              # low, normal, high or urgent
#reasons = ["new-negative"]         # only these; others are "became-negative", "relapsed", "turned-around", "due", "escalated"
#then = ["…"]                       # who hears it next when nobody takes the case …
#then_after = "30m"                 # … in this time

# Trouble of the program itself: pages that changed, refused logins, a full disk.
[[route]]
admin = true
to = [@ADMIN@]

# What counts as negative. Ratings are from 0 (worst) to 1 (best): 0.5 is 3 of 5, 0.75 is 4 of 5.
[negative]
rating_max = 0.5                    # the highest that is negative
turned_min = 0.75                   # the lowest that counts as turned around
words = []                          # more words that alert whatever the stars; "bedbug*" matches any ending
words_not = []                      # built-in words to leave out
unrated = "list"                    # what has neither a rating nor words that can be judged: "list" it for reading, or "alert"

# Your own topics, found beside the built-in ones (room, staff, food, price, …); "bathrobe*" matches any ending.
[topics]
#sauna = ["sauna*", "steam room*"]

# The weekly turnaround report.
[report]
weekly = "Mon 08:00"                # or a crontab, "0 8 * * 1", in which Monday is 1
to = ["Maria"]                      # without any, everybody with a channel

# How the web is read.
[http]
contact = "maria@alpenblick.example" # who you are, for the sites that are read
#allow_private = ["192.168.1.20/32"] # private addresses that may be reached; all others are refused
#timeout = "30s"                    # the longest a request may take
#host_gap = "1s"                    # the least time between two requests to one host
#in_flight_max = 64                 # the most requests at once
#in_flight_per_host_max = 2         # the most requests at once to one host

# The outgoing mail server, for channels of kind "email".
[smtp]
host = "smtp.alpenblick.example"
tls = "implicit"                    # "implicit" (port 465), "starttls" (port 587), or "none" on a private network
#port = 465                         # only if it is another
#user = "alerts"                    # the login name
#password_file = "credential:smtp"  # or a path
from = "Hotel Alpenblick <alerts@alpenblick.example>"

# The page behind the link in an alert, and the figures for monitoring.
[web]
listen = "127.0.0.1:26363"          # only this machine; put a proxy with TLS in front for others
#base_url = "https://amends.alpenblick.example"  # how your people reach it; without it alerts carry no link

# Where the database lies.
[store]
#dir = "/var/lib/amends"            # default: systemd's StateDirectory, else the usual folder
#keep = "365d"                      # how long guests' words are kept in reviews without an open case
"#;

/// The commented example file.
#[must_use]
pub fn example(shapes: &Shapes) -> String {
    let shown: Vec<&Shape> = CHANNELS_SHOWN.iter().filter_map(|kind| find(&shapes.channels, kind)).collect();
    let names: Vec<String> = shown.iter().filter_map(|shape| name(shape.example)).collect();
    let quoted = |names: &[String]| names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
    let admin = names.last().map_or_else(|| vec!["Maria".to_owned()], |name| vec![name.clone()]);
    let reach = names.split_last().map_or(&[] as &[String], |(_, rest)| rest);
    let reach = match reach {
        [] => "#channels = [\"…\"]               # the channels that reach her, in order".to_owned(),
        names => format!("{:<35} # the channels that reach her, in order", format!("channels = [{}]", quoted(names))),
    };
    let people = PEOPLE.replace("@CHANNELS@", &reach);
    let rest = REST.replace("@ADMIN@", &quoted(&admin));
    let sources = sections(&shapes.sources, &SOURCES_SHOWN);
    [HEAD, SOURCES, &sources, &people, CHANNELS, &sections(&shapes.channels, &CHANNELS_SHOWN), &rest].concat()
}

/// The examples of all kinds: first those shown, then the others commented out.
fn sections(shapes: &[Shape], shown: &[&str]) -> String {
    let first = shown.iter().filter_map(|kind| find(shapes, kind)).map(|shape| live(shape.example));
    let others = shapes.iter().filter(|shape| !shown.contains(&shape.name)).map(|shape| commented(shape.example));
    first.chain(others).collect()
}

fn find<'a>(shapes: &'a [Shape], kind: &str) -> Option<&'a Shape> {
    shapes.iter().find(|shape| shape.name == kind)
}

/// The example as a section that counts: one that is commented out as a whole loses its marks.
fn live(example: &str) -> String {
    let is_live = example.lines().any(|line| line.starts_with("[["));
    let strip = |line: &str| match line.strip_prefix('#') {
        Some(rest) if !is_live => rest.strip_prefix(' ').unwrap_or(rest).to_owned(),
        _ => line.to_owned(),
    };
    let lines: Vec<String> = example.trim().lines().map(strip).map(at_home).collect();
    format!("\n{}\n", lines.join("\n"))
}

fn commented(example: &str) -> String {
    let mark = |line: String| if line.is_empty() || line.starts_with('#') { line } else { format!("#{line}") };
    let lines: Vec<String> = example.trim().lines().map(|line| mark(at_home(line.to_owned()))).collect();
    format!("\n{}\n", lines.join("\n"))
}

/// A source of the example belongs to the location of the example.
fn at_home(line: String) -> String {
    if line.starts_with("location = ") { "location = \"Hotel Alpenblick\"".to_owned() } else { line }
}

/// The name in an example.
fn name(example: &str) -> Option<String> {
    let table: toml::Table = live(example).parse().ok()?;
    let section = table.values().next()?.as_array()?.first()?;
    section.get("name")?.as_str().map(str::to_owned)
}
