//! What guests write to the owner's inbox, and the notices of platforms that have no other way in, read over IMAP.
//!
//! The folder is only looked at: nothing is marked, moved or answered. A mail is said to the business alone, so no shared channel
//! quotes it. A thread with one guest is one voice, whose latest mail is what that guest says now.

mod notice;
mod quoted;
mod reading;

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use futures_util::{
    StreamExt,
    future::BoxFuture,
    stream::{self, BoxStream},
};
use jiff::{SignedDuration, tz::TimeZone};
use schemars::{JsonSchema, schema_for};
use serde::Deserialize;
use url::Url;

use self::reading::Reading;
use super::{Coverage, Kind, ParseError, PollError, Robots, Seen, Source, Visit, settings};
use crate::{
    config::{MailTls, SettingsError},
    http::{Http, HttpError},
    mail::{Mailbox, MailboxError, Place, RawMail},
    review::Sighting,
    secret::Secret,
    terms::{AskRule, Retention, Terms},
};

/// The owner's own letters.
pub const TERMS: Terms = Terms {
    retention: Retention::Own,
    ask: AskRule::OwnerDecides,
    guest_can_edit: true,
    source: "the owner's own inbox; what the law says of letters binds the owner",
};

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "imap",
    about: "what guests write to your inbox, and platforms' notices of new reviews",
    example: EXAMPLE,
    access: ACCESS,
    terms: TERMS,
    interval_min: Duration::from_secs(60),
    quota: None,
    robots: Robots::ByContract,
    schema: || schema_for!(Settings),
    build,
};

const EXAMPLE: &str = r#"[[source]]
name = "inbox"
kind = "imap"
host = "imap.example.org"
user = "desk@alpenblick.example"
password_file = "/etc/amends/imap-password"
# A folder into which a rule of yours puts what guests write; the whole inbox, if absent.
# folder = "Guests"
# Further addresses of your own, whose mails are not a guest's.
# own = ["info@alpenblick.example"]
"#;

const ACCESS: &str = "\
1. Give the name of your mail server as `host` (your provider's help calls it the IMAP server) and your address as `user`.
2. Put the password into the file of `password_file`. Google wants an \"app password\" instead: Google Account, Security, App passwords.
   Microsoft 365 takes no passwords over IMAP any more: let a rule there forward guests' mails to an inbox elsewhere.
3. Best make a folder for what guests write, let a rule of your mail program put it there, and give it as `folder`.

amends only looks: it marks nothing as read, moves nothing, and answers nobody. Automatic answers, bounces and mass mail are passed over.
Notices of Tripadvisor, Booking.com, Google and others about a new review are understood, so that they open a case where that place has
no other way in; do not read such a place by another source too, or it is told twice.";

/// How far back the first look goes.
const REACH: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The settings of an inbox.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The mail server's name.
    host: String,
    /// Its port; 993 for TLS from the start, 143 for STARTTLS.
    #[serde(default)]
    port: Option<u16>,
    /// How the connection is protected.
    #[serde(default)]
    tls: MailTls,
    /// The login name.
    user: String,
    /// The password.
    password: Secret,
    /// The folder that is read.
    #[serde(default = "Settings::default_folder")]
    folder: String,
    /// Further addresses of the owner.
    #[serde(default)]
    own: Vec<String>,
}

impl Settings {
    fn default_folder() -> String {
        "INBOX".to_owned()
    }
}

struct Imap {
    mailbox: Mailbox,
    address: Url,
    own: Vec<String>,
    /// How far this run of the program has read, for listening.
    read: Mutex<Option<Place>>,
}

fn build(table: toml::Table) -> Result<Box<dyn Source>, SettingsError> {
    let settings: Settings = settings::read(table)?;
    let user = settings.user.trim();
    if user.is_empty() {
        return Err(SettingsError::key("user", "`user` is the name with which you log in, mostly your address"));
    }
    let server = (settings.host.as_str(), settings.port);
    let mailbox = Mailbox::new(server, settings.tls, (user, settings.password), settings.folder.trim())?;
    let address = format!("imap://{}/", mailbox.host()).parse();
    let address = address.map_err(|_| SettingsError::key("host", "`host` is the name of a mail server"))?;
    let own = settings.own.iter().map(String::as_str).chain([user]).map(|own| own.trim().to_lowercase()).collect();
    Ok(Box::new(Imap { mailbox, address, own, read: Mutex::default() }))
}

impl Source for Imap {
    fn poll<'a>(&'a self, visit: &'a mut Visit<'_>) -> BoxFuture<'a, Result<Seen, PollError>> {
        Box::pin(self.look(visit))
    }

    fn parse(&self, payload: &[u8], _url: Option<&Url>) -> Result<Vec<Sighting>, ParseError> {
        match reading::read(payload, None, &self.own)? {
            Reading::Voice(voice) => Ok(vec![*voice]),
            Reading::Nobody => Ok(Vec::new()),
        }
    }

    fn hears<'a>(&'a self, _http: &'a dyn Http) -> Option<BoxStream<'a, Vec<Sighting>>> {
        let known = *self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let heard = async move {
            // Where listening fails, polling goes on all the same and says what is wrong.
            self.mailbox.hears(known).await.ok().map(|()| Vec::new())
        };
        Some(stream::once(heard).filter_map(std::future::ready).boxed())
    }

    fn addresses(&self) -> Vec<Url> {
        vec![self.address.clone()]
    }
}

impl Imap {
    async fn look(&self, visit: &mut Visit<'_>) -> Result<Seen, PollError> {
        let since = visit.place().and_then(of_memory);
        let oldest = visit.now().saturating_sub(REACH).unwrap_or(visit.now()).to_zoned(TimeZone::UTC).date();
        let mut voices = Voices::default();
        let mut each = |mail: RawMail| {
            // One mail that cannot be read keeps nobody from the others.
            if let Ok(Reading::Voice(voice)) = reading::read(&mail.bytes, mail.at, &self.own) {
                voices.hear(*voice);
            }
        };
        let place = self.mailbox.read(since, oldest, &mut each).await.map_err(|error| self.meaning(error))?;
        visit.set_place(format!("{} {}", place.validity, place.last));
        *self.read.lock().unwrap_or_else(PoisonError::into_inner) = Some(place);
        // An inbox without mails is an answer.
        let count_stated = voices.list.is_empty().then_some(0);
        Ok(Seen { sightings: voices.list, coverage: Coverage::Some, count_stated, reach: None })
    }

    fn meaning(&self, error: MailboxError) -> PollError {
        match error {
            MailboxError::Unreachable(why) => HttpError::Unreachable(format!("{}: {why}", self.mailbox.host())).into(),
            MailboxError::NoIdle => HttpError::Damaged("it has no IDLE".to_owned()).into(),
            MailboxError::Refused(why) => PollError::Reconnect(why),
            MailboxError::Damaged(why) => HttpError::Damaged(why).into(),
        }
    }
}

/// The voices of one look: of each thread with one guest the latest mail, begun when its first was written.
#[derive(Default)]
struct Voices {
    list: Vec<Sighting>,
    known: HashMap<String, usize>,
}

impl Voices {
    fn hear(&mut self, voice: Sighting) {
        let Some(&at) = voice.id.as_ref().and_then(|id| self.known.get(id)) else {
            self.known.extend(voice.id.clone().map(|id| (id, self.list.len())));
            self.list.push(voice);
            return;
        };
        let before = &mut self.list[at];
        let posted_at = [before.posted_at, voice.posted_at].into_iter().flatten().min_by_key(|posted| posted.at);
        if voice.edited_at >= before.edited_at {
            *before = voice;
        }
        before.posted_at = posted_at;
    }
}

fn of_memory(text: &str) -> Option<Place> {
    let (validity, last) = text.split_once(' ')?;
    Some(Place { validity: validity.parse().ok()?, last: last.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::PostedAt;

    #[test]
    fn of_a_thread_the_latest_mail_speaks_and_the_first_says_since_when() {
        let mail = |at: &str, text: &str| Sighting {
            id: Some("t".to_owned()),
            posted_at: PostedAt::parse(at),
            edited_at: at.parse().ok(),
            text: Some(text.to_owned()),
            ..Sighting::default()
        };
        let mut voices = Voices::default();
        for (at, text) in
            [("2026-11-02T00:00:00Z", "second"), ("2026-11-01T00:00:00Z", "first"), ("2026-11-03T00:00:00Z", "third")]
        {
            voices.hear(mail(at, text));
        }
        let [voice] = &voices.list[..] else { panic!() };
        assert_eq!(voice.text.as_deref(), Some("third"));
        assert_eq!(voice.posted_at.unwrap().at.to_string(), "2026-11-01T00:00:00Z");
    }

    #[test]
    fn a_password_crosses_no_open_network() {
        let build = |host: &str| {
            let table = format!("host = \"{host}\"\nuser = \"u\"\npassword = \"p\"\ntls = \"none\"");
            build(table.parse().unwrap()).err().and_then(|error| error.key)
        };
        assert_eq!((build("imap.example.org").as_deref(), build("127.0.0.1")), (Some("tls"), None));
        assert_eq!(build("no host").as_deref(), Some("host"));
    }
}
