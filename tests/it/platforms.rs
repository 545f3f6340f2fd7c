//! Every platform's interface as a stateful fake in the vendor's true shape, and the journey that each must allow: a bad review is
//! heard, its edit is seen turned around, a refusal is named and told once.
//!
//! A platform is one file here: it renders [`Listing`] as its vendor would, with sign-in and paging, and calls [`walk`].

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use amends::{
    http::{Request, Response, fake::answer},
    sources,
    store::sources::Health,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::{
    pushes,
    world::{World, hours},
};

mod app_store_connect;
mod bluesky;
mod booking;
mod discourse;
mod expedia;
mod facebook;
mod feefo;
mod google_business;
mod google_places;
mod google_play;
mod hacker_news;
mod instagram;
mod judge_me;
mod lemmy;
mod mastodon;
mod reddit;
mod reviews_io;
mod stamped;
mod steam;
mod threads;
mod tripadvisor;
mod trustpilot;
mod x;
mod yelp;
mod yotpo;
mod youtube;

/// The fakes, by the kind that each serves.
pub const ALL: &[&dyn Platform] = &[
    &google_business::GoogleBusiness,
    &mastodon::Mastodon,
    &discourse::Discourse,
    &trustpilot::Trustpilot,
    &yelp::Yelp,
    &google_places::GooglePlaces,
    &tripadvisor::Tripadvisor,
    &booking::Booking,
    &steam::Steam,
    &app_store_connect::AppStoreConnect,
    &facebook::Facebook,
    &bluesky::Bluesky,
    &google_play::GooglePlay,
    &judge_me::JudgeMe,
    &yotpo::Yotpo,
    &reviews_io::ReviewsIo,
    &feefo::Feefo,
    &stamped::Stamped,
    &expedia::Expedia,
    &reddit::Reddit,
    &hacker_news::HackerNews,
    &lemmy::Lemmy,
    &youtube::YouTube,
    &x::X,
    &threads::Threads,
    &instagram::Instagram,
];

/// Kinds whose other side is a page, an interface or a server of the owner's choice; their worlds are in `world/site.rs`, `cli/`,
/// `inbox.rs` and `web/form.rs`.
const GENERIC: &[&str] = &["page", "feed", "json", "app-store", "form", "imap", "unsubscribe"];

/// One review or post as its platform knows it.
#[derive(Clone, Debug)]
pub struct Review {
    /// From 1 on, never given twice.
    pub number: u64,
    pub author: String,
    /// From 1 to 5.
    pub stars: u8,
    pub text: String,
    pub posted: Timestamp,
    pub changed: Timestamp,
}

/// What a platform shows of one business, the newest first.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    pub reviews: Vec<Review>,
    /// Counts up whenever the tokens that were granted are withdrawn.
    pub token: u32,
    /// What it answers to everything that is not signing in.
    pub refuses: Option<Reply>,
    /// What it answers to signing in.
    pub grants_nothing: Option<Reply>,
}

/// Status, headers, body.
pub type Reply = (u16, Vec<(&'static str, String)>, String);

/// A stateful fake of one vendor's interface.
pub trait Platform: Sync {
    /// The kind that reads it.
    fn kind(&self) -> &'static str;
    /// Where it answers, as beginnings of addresses.
    fn origins(&self) -> &'static [&'static str];
    /// The keys of its section, `name`, `kind`, `location` and `every` left out.
    fn settings(&self) -> &'static str;
    /// Answers a request for reviews; `None` for an address that the vendor does not have.
    fn answer(&self, listing: &Listing, request: &Request) -> Option<Reply>;
    /// Whether a request is for a token; answers it.
    fn grant(&self, _listing: &Listing, _request: &Request) -> Option<Reply> {
        None
    }
    /// The vendor's own refusals and what each is taken for.
    fn refusals(&self) -> Vec<(Reply, Health)>;
    /// Whether guests give stars there; the words decide where they do not.
    fn has_stars(&self) -> bool {
        true
    }
    /// Whether a guest can edit there, so that the same review can be seen turned around.
    fn can_edit(&self) -> bool {
        true
    }
}

/// JSON with status 200.
pub fn json(document: &Value) -> Reply {
    (200, vec![("content-type", "application/json".to_owned())], document.to_string())
}

/// JSON with another status.
pub fn refusal(status: u16, document: &Value) -> Reply {
    (status, vec![("content-type", "application/json".to_owned())], document.to_string())
}

/// A parameter of the query.
pub fn query(request: &Request, name: &str) -> Option<String> {
    request.url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

/// A field of a form that was sent.
pub fn form(request: &Request, name: &str) -> Option<String> {
    url::form_urlencoded::parse(&request.body).find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

/// Whether a request carries this header with this value.
pub fn has_header(request: &Request, name: &str, value: &str) -> bool {
    request.headers.get(name).is_some_and(|sent| sent.as_bytes() == value.as_bytes())
}

/// The reviews of one page, and whether more follow.
pub fn page_of(reviews: &[Review], from: usize, size: usize) -> (&[Review], bool) {
    let end = (from + size).min(reviews.len());
    (&reviews[from.min(end)..end], end < reviews.len())
}

/// A platform in a running house.
struct Place {
    world: World,
    listing: Arc<Mutex<Listing>>,
}

impl Place {
    async fn open(platform: &'static dyn Platform) -> Place {
        let every = every(platform);
        let config = format!(
            "[[location]]\nname = \"Hotel Alba\"\ntimezone = \"Europe/Rome\"\n\n[[source]]\nname = \"there\"\nkind = \"{}\"\nevery = \"{}h\"\n{}\n\n\
             [[channel]]\nname = \"desk\"\nkind = \"webhook\"\nurl = \"https://desk.example/hook\"\nsecret = \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"\n",
            platform.kind(),
            every.as_secs() / 3600,
            platform.settings()
        );
        let mut world = World::built("2026-03-02T08:30:00+01:00", &config);
        let listing = Arc::new(Mutex::new(Listing::default()));
        for origin in platform.origins() {
            let listing = Arc::clone(&listing);
            world.web.on(origin, move |request| Ok(serve(platform, &listing.lock().unwrap(), request)));
        }
        {
            let mut listing = listing.lock().unwrap();
            for number in 1..=7 {
                let at = world.now() - SignedDuration::from_hours(24 * (9 - number as i64));
                listing.reviews.insert(0, review(number, 5, "A lovely stay, thank you", at));
            }
        }
        world.start().await;
        world.past_baseline().await;
        Place { world, listing }
    }

    fn with<T>(&self, change: impl FnOnce(&mut Listing) -> T) -> T {
        change(&mut self.listing.lock().unwrap())
    }

    fn guest_leaves(&self, stars: u8, text: &str) -> u64 {
        let now = self.world.now();
        self.with(|listing| {
            let number = listing.reviews.iter().map(|review| review.number).max().unwrap_or_default() + 1;
            listing.reviews.insert(0, review(number, stars, text, now));
            number
        })
    }

    fn guest_edits(&self, number: u64, stars: u8, text: &str) {
        let now = self.world.now();
        self.with(|listing| {
            let review = listing.reviews.iter_mut().find(|review| review.number == number).unwrap();
            (review.stars, review.text, review.changed) = (stars, text.to_owned(), now);
        });
    }
}

/// An hour, or the shortest interval that is polite there.
fn every(platform: &dyn Platform) -> Duration {
    sources::find(platform.kind()).unwrap().interval_min.max(hours(1))
}

fn review(number: u64, stars: u8, text: &str, at: Timestamp) -> Review {
    Review { number, author: format!("Guest {number}"), stars, text: text.to_owned(), posted: at, changed: at }
}

fn serve(platform: &dyn Platform, listing: &Listing, request: &Request) -> Response {
    let granted = platform.grant(listing, request);
    let reply = match (granted, &listing.grants_nothing, &listing.refuses) {
        (Some(_), Some(nothing), _) => Some(nothing.clone()),
        (Some(granted), None, _) => Some(granted),
        (None, _, Some(refuses)) => Some(refuses.clone()),
        (None, _, None) => platform.answer(listing, request),
    };
    let (status, headers, body) = reply.unwrap_or_else(|| panic!("{} has no {}", platform.kind(), request.url));
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    answer(request, status, &headers, body)
}

/// From the first look to the turnaround, with a token withdrawn on the way, a second page, and every refusal of the vendor.
pub async fn walk(platform: &'static dyn Platform) {
    let place = Place::open(platform).await;
    let world = &place.world;
    let every = every(platform);
    let long = hours(48).max(every * 14);
    assert_eq!(world.counts().reviews, 7, "{}: seen at first", platform.kind());

    let anna = place.guest_leaves(1, "The shower stayed cold for three days and nobody helped");
    let alert = world.expect_alert("desk").within(every * 3).await;
    assert_eq!((alert.event.as_str(), alert.case()), ("review.negative.created", 1), "{}", platform.kind());
    world.staff("Maria").takes(1).await;
    world.staff("Maria").contacts(1).await;

    place.with(|listing| listing.token += 1);
    world.nobody_hears(every * 3).await;
    assert_eq!(world.source("there").health, Health::Ok, "{}: after its token was withdrawn", platform.kind());

    if platform.can_edit() {
        place.guest_edits(anna, 5, "They called, mended the shower and were wonderful");
        let turned = world.expect_alert("desk").within(every * 3).await;
        assert_eq!((turned.event.as_str(), turned.case()), ("review.turned_positive", 1), "{}", platform.kind());
    }
    world.nobody_hears(hours(30)).await;
    assert_eq!(world.counts().reviews, 8, "{}: none twice", platform.kind());

    for (reply, health) in platform.refusals() {
        place.with(|listing| listing.refuses = Some(reply.clone()));
        world.pass(long).await;
        let source = world.source("there");
        assert_eq!(source.health, health, "{}: {reply:?} is taken for {:?}", platform.kind(), source.evidence);
        place.with(|listing| listing.refuses = None);
        world.pass(long).await;
        assert_eq!(world.source("there").health, Health::Ok, "{}: after {reply:?}", platform.kind());
        let heard: Vec<String> = world
            .hear_all()
            .into_iter()
            .map(|(_, event, _)| event)
            .filter(|event| event.starts_with("source."))
            .collect();
        assert_eq!(heard, ["source.degraded", "source.healed"], "{}: {reply:?} is told once", platform.kind());
    }
    let signs_in = platform.grant(
        &Listing::default(),
        &Request::get("https://nowhere.example/".parse().unwrap(), amends::http::Purpose::Fetch),
    );
    assert_eq!(signs_in, None, "{}: grants anybody a token", platform.kind());
}

/// A grant that died: told once, in words that say what to do, and healed once it is granted again.
pub async fn grant_dies(platform: &'static dyn Platform, reply: Reply) {
    let place = Place::open(platform).await;
    let world = &place.world;
    let every = every(platform);
    let long = hours(48).max(every * 14);
    place.with(|listing| (listing.grants_nothing, listing.token) = (Some(reply), listing.token + 1));
    let told = world.expect_alert("desk").within(long).await;
    assert_eq!(told.event, "source.degraded", "{}", platform.kind());
    let source = world.source("there");
    assert_eq!(source.health, Health::Refused, "{}", platform.kind());
    assert!(source.evidence.contains("not accepted any more"), "{}: {}", platform.kind(), source.evidence);
    world.nobody_hears(long).await;
    place.with(|listing| listing.grants_nothing = None);
    let healed = world.expect_alert("desk").within(every * 3).await;
    assert_eq!(healed.event, "source.healed", "{}", platform.kind());
    world.nobody_hears(every).await;
}

#[test]
fn every_platform_has_a_fake() {
    for kind in sources::ALL.iter().filter(|kind| !GENERIC.contains(&kind.name)) {
        let fakes = ALL.iter().filter(|platform| platform.kind() == kind.name).count();
        let senders = pushes::ALL.iter().filter(|sender| sender.kind == kind.name).count();
        assert_eq!(fakes + senders, 1, "{}", kind.name);
        assert!(kind.access.len() > 200, "{}: how does an owner get access?", kind.name);
    }
}
