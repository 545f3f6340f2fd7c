//! Sources that are pushed to, from outside: signed as each sender signs, taken in once, refused when forged, late or rubbish.

use std::sync::Arc;

use amends::{
    secret::Secret,
    store::sources::Health,
    work::receive::{self, Ground, Inlets, Pushed, Receipt, ReceiveError},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, Method};
use sha1::Sha1;
use sha2::Sha256;

use crate::world::{World, days, minutes};

/// A sender: its kind, its settings, and how it writes and signs what a guest said.
pub struct Sender {
    pub kind: &'static str,
    pub settings: &'static str,
    /// A payload in which a guest complains; `{n}` in it is a number of its own.
    body: &'static str,
    sign: fn(body: &str, number: u32) -> Vec<(&'static str, String)>,
    /// Whether guests give stars there.
    pub has_stars: bool,
    /// How many reviews the fixture holds.
    pub in_fixture: usize,
    /// Whether what is said is private, so that no alert quotes it.
    is_private: bool,
}

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const WORDS: &str = "The shower stayed cold for three days and nobody helped";
const ADDRESS: &str = "https://amends.hotel.example/in/";

pub const ALL: &[Sender] = &[
    Sender {
        kind: "inbound",
        settings: "secret = \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"",
        body: r#"{"reviews":[{"id":"r{n}","author":"Ada","rating":1,"text":"The shower stayed cold for three days and nobody helped"}]}"#,
        sign: |body, number| {
            let at = crate::pushes::AT.with(std::cell::Cell::get).to_string();
            let id = format!("msg_{number}");
            let signer = standardwebhooks::Webhook::new(SECRET).unwrap();
            let signature = signer.sign(&id, at.parse().unwrap(), body.as_bytes()).unwrap();
            vec![("webhook-id", id), ("webhook-timestamp", at), ("webhook-signature", signature)]
        },
        has_stars: true,
        in_fixture: 2,
        is_private: false,
    },
    Sender {
        kind: "typeform",
        settings: "secret = \"tf-secret\"",
        body: r#"{"event_id":"e{n}","event_type":"form_response","form_response":{"form_id":"f","token":"t{n}","submitted_at":"2026-03-02T08:00:00Z","answers":[{"type":"number","number":1,"field":{"id":"a","type":"rating","ref":"stars"}},{"type":"text","text":"The shower stayed cold for three days and nobody helped","field":{"id":"b","type":"long_text","ref":"w"}}]}}"#,
        sign: |body, _| vec![("typeform-signature", format!("sha256={}", hmac_sha256("tf-secret", body)))],
        has_stars: true,
        in_fixture: 1,
        is_private: true,
    },
    Sender {
        kind: "tally",
        settings: "secret = \"tally-secret\"",
        body: r#"{"eventId":"e{n}","eventType":"FORM_RESPONSE","createdAt":"2026-03-02T08:00:00.000Z","data":{"responseId":"r{n}","fields":[{"key":"q1","label":"Stars","type":"RATING","value":1},{"key":"q2","label":"Words","type":"TEXTAREA","value":"The shower stayed cold for three days and nobody helped"}]}}"#,
        sign: |body, _| vec![("tally-signature", hmac_sha256("tally-secret", body))],
        has_stars: true,
        in_fixture: 1,
        is_private: true,
    },
    Sender {
        kind: "twilio",
        settings: "auth_token = \"12345\"",
        body: "Body=The+shower+stayed+cold+for+three+days+and+nobody+helped&From=%2B436601234&MessageSid=SM{n}",
        sign: |body, _| {
            let mut fields: Vec<(String, String)> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
            fields.sort();
            let url = crate::pushes::URL.with_borrow(Clone::clone);
            let all = fields.into_iter().fold(url, |text, (name, value)| text + &name + &value);
            let mut mac = Hmac::<Sha1>::new_from_slice(b"12345").unwrap();
            mac.update(all.as_bytes());
            vec![("x-twilio-signature", STANDARD.encode(mac.finalize().into_bytes()))]
        },
        has_stars: false,
        in_fixture: 1,
        is_private: true,
    },
];

thread_local! {
    /// The time at which senders sign, in seconds since 1970.
    static AT: std::cell::Cell<i64> = const { std::cell::Cell::new(0) };
    /// The address that senders call.
    static URL: std::cell::RefCell<String> = const { std::cell::RefCell::new(String::new()) };
}

fn hmac_sha256(secret: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

/// A house that listens to one sender.
struct Place {
    world: World,
    inlets: Inlets,
    key: Secret,
}

impl Place {
    async fn open(sender: &Sender) -> Place {
        Place::listening(sender.kind, sender.settings).await
    }

    async fn listening(kind: &str, settings: &str) -> Place {
        let config = format!(
            "[web]\nbase_url = \"https://amends.hotel.example/\"\n\n[[location]]\nname = \"Hotel Alba\"\ntimezone = \"Europe/Rome\"\n\n\
             [[source]]\nname = \"there\"\nkind = \"{kind}\"\n{settings}\n\n\
             [[channel]]\nname = \"desk\"\nkind = \"webhook\"\nurl = \"https://desk.example/hook\"\nsecret = \"{SECRET}\"\n"
        );
        let world = World::open(&config).await;
        let key = Secret::new("a key for tests");
        let inlets = Inlets::new(world.watched(), &key);
        Place { world, inlets, key }
    }

    async fn push(&self, headers: &[(&'static str, String)], body: &str) -> Result<Receipt, ReceiveError> {
        let url = receive::address(&"https://amends.hotel.example/".parse().unwrap(), "there", &self.key).unwrap();
        let watched =
            self.inlets.find(url.as_str().strip_prefix(ADDRESS).unwrap()).expect("the address is the source's");
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        let pushed =
            Pushed { method: Method::POST, url, headers: headers.collect::<HeaderMap>(), body: body.to_owned().into() };
        let (store, clock, house, metrics) = self.world.ground();
        receive::receive(&Ground { store, clock, house: Arc::clone(house), metrics }, &watched, pushed).await
    }

    /// Signs for now, at this place's address.
    fn prepare(&self) {
        AT.set(self.world.now().as_second());
        let url = receive::address(&"https://amends.hotel.example/".parse().unwrap(), "there", &self.key).unwrap();
        URL.with_borrow_mut(|known| *known = url.to_string());
    }
}

#[tokio::test(start_paused = true)]
async fn a_source_that_takes_nothing_in_has_no_address() {
    let place = Place::listening("feed", "url = \"https://blog.example/feed\"").await;
    let url = receive::address(&"https://amends.hotel.example/".parse().unwrap(), "there", &place.key).unwrap();
    assert!(place.inlets.find(url.as_str().strip_prefix(ADDRESS).unwrap()).is_none());
}

#[tokio::test(start_paused = true)]
async fn what_is_pushed_is_told_at_once_and_the_same_again_changes_nothing() {
    for sender in ALL {
        let place = Place::open(sender).await;
        place.prepare();
        let body = sender.body.replace("{n}", "1");
        let headers = (sender.sign)(&body, 1);
        place.push(&headers, &body).await.unwrap_or_else(|error| panic!("{}: {error}", sender.kind));
        let alert = place.world.expect_alert("desk").within(minutes(1)).await;
        assert_eq!((alert.event.as_str(), alert.case()), ("review.negative.created", 1), "{}", sender.kind);
        assert_eq!(alert.body.to_string().contains(WORDS), !sender.is_private, "{}: {}", sender.kind, alert.body);
        assert_eq!(place.world.source("there").health, Health::Ok, "{}", sender.kind);
        place.world.staff("Maria").takes(1).await;
        place.world.staff("Maria").contacts(1).await;
        place.push(&headers, &body).await.unwrap_or_else(|error| panic!("{}: again: {error}", sender.kind));
        place.world.nobody_hears(minutes(4)).await;
        assert_eq!(place.world.counts().reviews, 1, "{}", sender.kind);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_forged_or_rubbish_leaves_nothing_behind() {
    for sender in ALL {
        let place = Place::open(sender).await;
        place.prepare();
        let body = sender.body.replace("{n}", "1");
        let headers = (sender.sign)(&body, 1);
        let refused = |result: Result<Receipt, ReceiveError>| matches!(result, Err(ReceiveError::Unsigned(_)));
        assert!(refused(place.push(&[], &body).await), "{}: unsigned", sender.kind);
        assert!(refused(place.push(&headers, &body.replace("cold", "warm")).await), "{}: changed", sender.kind);
        let forged: Vec<_> = headers.iter().map(|(name, value)| (*name, format!("{value}AAAA"))).collect();
        assert!(refused(place.push(&forged, &body).await), "{}: forged", sender.kind);
        for rubbish in ["", "{", "[]", "null", "{\"a\":1}", "\u{0}"] {
            let signed = (sender.sign)(rubbish, 2);
            let result = place.push(&signed, rubbish).await;
            let is_empty_list = rubbish == "[]" && sender.kind == "inbound";
            assert!(
                matches!(result, Err(ReceiveError::Unreadable(_))) || is_empty_list || sender.kind == "inbound",
                "{}: {rubbish}: {result:?}",
                sender.kind
            );
        }
        assert_eq!(place.world.counts().reviews, 0, "{}", sender.kind);
        place.world.nobody_hears(days(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_signed_time_that_is_not_now_is_refused() {
    let sender = ALL.iter().find(|sender| sender.kind == "inbound").unwrap();
    let place = Place::open(sender).await;
    for apart in [-3_600, 3_600] {
        AT.set(place.world.now().as_second() + apart);
        let body = sender.body.replace("{n}", "1");
        let result = place.push(&(sender.sign)(&body, 1), &body).await;
        assert!(matches!(result, Err(ReceiveError::Unsigned(_))), "{apart}: {result:?}");
    }
    assert_eq!(place.world.counts().reviews, 0);
}
