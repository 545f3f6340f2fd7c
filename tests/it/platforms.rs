//! The journey that every platform must allow: a bad review is heard, its edit is seen turned around, what is deleted is no success, a
//! refusal is named and told once.
//!
//! The other side is played by the fakes of the demo, `amends::demo::platforms`.

use std::{sync::Arc, time::Duration};

use amends::{
    case::Stage,
    demo::{
        Stall,
        platforms::{self, Listing, Platform, Reply, refusal},
    },
    http::{Purpose, Request},
    sources,
    store::sources::Health,
};
use jiff::SignedDuration;
use serde_json::json;

use crate::{
    pushes,
    world::{World, hours},
};

mod google_play;
mod mastodon;
mod threads;
mod x;
mod yelp;

/// Kinds whose other side is a page, an interface or a server of the owner's choice; their worlds are in `world/site.rs`, `cli/`,
/// `inbox.rs` and `web/form.rs`.
const GENERIC: &[&str] = &["page", "feed", "json", "app-store", "form", "imap", "unsubscribe"];

/// A platform in a running house.
struct Place {
    world: World,
    stall: Arc<Stall>,
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
        let stall = Arc::new(Stall::new(platform));
        for origin in platform.origins() {
            let stall = Arc::clone(&stall);
            world.web.on(origin, move |request| {
                Ok(stall.answer(request).unwrap_or_else(|| panic!("{} has no {}", platform.kind(), request.url)))
            });
        }
        for number in 1..=7 {
            let at = world.now() - SignedDuration::from_hours(24 * (9 - number));
            stall.guest_posts(&format!("Guest {number}"), 5, "A lovely stay, thank you", at);
        }
        world.start().await;
        world.past_baseline().await;
        Place { world, stall }
    }

    fn with<T>(&self, change: impl FnOnce(&mut Listing) -> T) -> T {
        self.stall.with(change)
    }

    fn guest_leaves(&self, stars: u8, text: &str) -> u64 {
        let number = self.with(|listing| listing.reviews.len()) + 1;
        self.stall.guest_posts(&format!("Guest {number}"), stars, text, self.world.now())
    }
}

/// An hour, or the shortest interval that is polite there.
fn every(platform: &dyn Platform) -> Duration {
    sources::find(platform.kind()).unwrap().interval_min.max(hours(1))
}

/// From the first look to the turnaround, with a token withdrawn on the way, a second page, a deletion, and every refusal of the vendor.
async fn walk(platform: &'static dyn Platform) {
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
        place.stall.guest_edits(anna, 5, "They called, mended the shower and were wonderful", world.now());
        let turned = world.expect_alert("desk").within(every * 3).await;
        assert_eq!((turned.event.as_str(), turned.case()), ("review.turned_positive", 1), "{}", platform.kind());
    }
    world.nobody_hears(hours(30)).await;
    assert_eq!(world.counts().reviews, 8, "{}: none twice", platform.kind());

    let bo = place.guest_leaves(1, "Rude staff, dirty sheets, never again");
    let alert = world.expect_alert("desk").within(every * 3).await;
    assert_eq!((alert.event.as_str(), alert.case()), ("review.negative.created", 2), "{}", platform.kind());
    place.guest_leaves(5, "A wonderful week, thank you");
    world.pass(every * 2).await;
    place.stall.guest_deletes(bo);
    world.pass(hours(5 * 24).max(every * 8)).await;
    let heard: Vec<String> = world.hear_all().into_iter().map(|(_, event, _)| event).collect();
    let heard: Vec<&str> = heard.iter().map(String::as_str).filter(|event| event.starts_with("review.")).collect();
    let (told, stage) =
        if platform.lists_all() { (vec!["review.vanished"], Stage::Withdrawn) } else { (vec![], Stage::New) };
    assert_eq!((heard, world.case(2).history.stage), (told, stage), "{}: after a guest deleted", platform.kind());

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
    let signs_in =
        platform.grant(&Listing::default(), &Request::get("https://nowhere.example/".parse().unwrap(), Purpose::Fetch));
    assert_eq!(signs_in, None, "{}: grants anybody a token", platform.kind());
}

/// A grant that died: told once, in words that say what to do, and healed once it is granted again.
async fn grant_dies(platform: &'static dyn Platform, reply: Reply) {
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

fn fake(kind: &str) -> &'static dyn Platform {
    platforms::find(kind).unwrap_or_else(|| panic!("{kind} has no fake"))
}

macro_rules! journeys {
    ($($name:ident)*) => { $(
        #[tokio::test(start_paused = true)]
        async fn $name() {
            walk(fake(&stringify!($name).replace('_', "-"))).await;
        }
    )* };
}

/// A bad review is heard and seen turned around, on every platform.
mod journeys {
    use super::{fake, walk};

    journeys! {
        app_store_connect bluesky booking discourse expedia facebook feefo google_business
        google_places google_play hacker_news instagram judge_me lemmy mastodon reddit
        reviews_io stamped steam threads tripadvisor trustpilot x yelp
        yotpo youtube
    }
}

/// What each vendor says when it grants no token any more.
fn withdrawn(kind: &str) -> Reply {
    match kind {
        "bluesky" => {
            refusal(401, &json!({ "error": "AuthenticationRequired", "message": "Invalid identifier or password" }))
        }
        "expedia" | "yotpo" => refusal(401, &json!({ "error": "invalid_client" })),
        "google-business" => refusal(
            400,
            &json!({ "error": "invalid_grant", "error_description": "Token has been expired or revoked." }),
        ),
        "google-play" => {
            refusal(400, &json!({ "error": "invalid_grant", "error_description": "Invalid grant: account not found" }))
        }
        "reddit" => refusal(401, &json!({ "message": "Unauthorized", "error": 401 })),
        "trustpilot" => refusal(401, &json!({ "message": "Invalid client credentials" })),
        other => panic!("{other} grants no tokens"),
    }
}

macro_rules! grants {
    ($($name:ident)*) => { $(
        #[tokio::test(start_paused = true)]
        async fn $name() {
            let kind = stringify!($name).replace('_', "-");
            grant_dies(fake(&kind), withdrawn(&kind)).await;
        }
    )* };
}

/// A grant that died is told once and heals, on every platform that grants tokens.
mod grants {
    use super::{fake, grant_dies, withdrawn};

    grants! { bluesky expedia google_business google_play reddit trustpilot yotpo }
}

#[test]
fn every_platform_has_a_fake() {
    for kind in sources::ALL.iter().filter(|kind| !GENERIC.contains(&kind.name)) {
        let fakes = platforms::ALL.iter().filter(|platform| platform.kind() == kind.name).count();
        let senders = pushes::ALL.iter().filter(|sender| sender.kind == kind.name).count();
        assert_eq!(fakes + senders, 1, "{}", kind.name);
        assert!(kind.access.len() > 200, "{}: how does an owner get access?", kind.name);
    }
}
