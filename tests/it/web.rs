//! The pages as a browser, a mail scanner, a colleague and an attacker meet them; most tests without sockets.

#[path = "web/case.rs"]
mod case;
#[path = "web/form.rs"]
mod form;
#[path = "web/guard.rs"]
mod guard;
#[path = "web/hostile.rs"]
mod hostile;
#[path = "web/monitoring.rs"]
mod monitoring;
#[path = "web/serve.rs"]
mod serve;

use std::{collections::BTreeMap, sync::Arc};

use amends::{
    alert::{AddressBook, Desk, Reached, link},
    calendar::Calendar,
    case::{Event, Gist, Limits as Promises, Observation, Recorded, Stage, Step},
    clock::Clock,
    id::{CaseId, ReviewId},
    judge::{Rules, judge},
    review::{Kin, PostedAt, RawRating, Sighting, normalise},
    secret::Secret,
    store::{Store, cases, reviews, sources, tallies::Arrivals, voices},
    terms::AskRule,
    web::{Face, Limits, router},
    work::{house::House, house::Place, metrics::Metrics},
};
use axum::{
    body::Body,
    http::{HeaderMap, Request, StatusCode},
};
use jiff::{Timestamp, tz::TimeZone};
use tokio::sync::watch;
use tower::ServiceExt;

/// Saturday evening in Vienna: 21:33.
const NOW: &str = "2026-11-21T20:33:00Z";
const FORM: &str = "application/x-www-form-urlencoded";

/// A hotel with one case, its face, and whoever asks.
struct Hotel {
    dir: tempfile::TempDir,
    face: Face,
    ready: watch::Sender<bool>,
}

/// An answer, read whole.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn loud_lift() -> Sighting {
    Sighting {
        id: Some("r1".into()),
        author: Some("Jonas P.".into()),
        rating: Some(RawRating::new(2)),
        title: Some("Never slept".into()),
        text: Some(
            "The lift kept us awake two nights. We asked at the desk and were told it is always like that.".into(),
        ),
        language: Some("en".into()),
        posted_at: PostedAt::parse("2026-11-21T17:10:00Z"),
        url: Some("https://site.example/reviews/r1".into()),
        ..Sighting::default()
    }
}

fn house() -> House {
    let zone = TimeZone::get("Europe/Vienna").unwrap();
    let hours = |hours: u64| std::time::Duration::from_secs(hours * 3600);
    let place = Place {
        name: "Hotel Alpenblick".into(),
        calendar: Calendar::always(zone.clone()),
        zone,
        limits: Promises { take: hours(1), contact: hours(4), tell: hours(7 * 24) },
        rules: Rules::default(),
        currency: "EUR".into(),
        views_per_day: None,
    };
    let book = AddressBook {
        people: [("Maria".to_owned(), Reached::default()), ("Jonas".to_owned(), Reached::default())].into(),
        channels: [("desk".to_owned(), Desk { needs_address: false })].into(),
        ..AddressBook::default()
    };
    House {
        places: [(place.name.clone(), Arc::new(place))].into(),
        book,
        base_url: Some("https://amends.hotel.example/desk/".parse().unwrap()),
        ..House::default()
    }
}

impl Hotel {
    /// A case that was opened half an hour ago.
    fn new() -> Self {
        Hotel::with(loud_lift(), NOW)
    }

    fn with(sighting: Sighting, now: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let (ready, readiness) = watch::channel(true);
        let (_, house) = watch::channel(Arc::new(house()));
        let face = Face {
            store,
            clock: Clock::simulated(at(now), 0.0),
            house,
            inlets: watch::channel(Arc::default()).1,
            metrics: Arc::new(Metrics::default()),
            key: Secret::new("a key for tests"),
            ready: readiness,
            ask_rules: BTreeMap::from([("page".to_owned(), AskRule::PlainAskAllowed)]),
            listen: [127, 0, 0, 1].into(),
            limits: Limits::default(),
        };
        let hotel = Hotel { dir, face, ready };
        hotel.open_case("Pretendvisor", "page", sighting);
        hotel
    }

    /// The guest of case 1 wrote elsewhere as well, as a name says.
    fn voice(&self, source: &'static str, sighting: Sighting) -> ReviewId {
        let now = at(NOW);
        self.face
            .store
            .write_now(move |tx| {
                let source = sources::ensure(tx, source, "feed", "Hotel Alpenblick")?;
                let normal = normalise(vec![sighting], now).0.remove(0);
                let verdict = judge(&normal.content, &Rules::default());
                let mut arrivals = Arrivals::at(source.id, now);
                let review = reviews::insert(tx, &mut arrivals, &normal, &verdict, reviews::Found::Watched)?;
                arrivals.write(tx)?;
                voices::join(tx, review, cases::review_of(tx, CaseId(1))?, Kin::SameName, now)?;
                Ok(review)
            })
            .unwrap()
    }

    fn open_case(&self, source: &'static str, kind: &'static str, sighting: Sighting) -> CaseId {
        let opened = at("2026-11-21T20:03:00Z");
        self.face
            .store
            .write_now(move |tx| {
                let source = sources::ensure(tx, source, kind, "Hotel Alpenblick")?;
                let normal = normalise(vec![sighting], opened).0.remove(0);
                let verdict = judge(&normal.content, &Rules::default());
                let mut arrivals = Arrivals::at(source.id, opened);
                let review = reviews::insert(tx, &mut arrivals, &normal, &verdict, reviews::Found::Watched)?;
                arrivals.write(tx)?;
                cases::open(tx, review, "Hotel Alpenblick", verdict.because, opened)
            })
            .unwrap()
    }

    fn record(&self, by: &'static str, step: Step, when: &str) {
        let now = at(when);
        self.face
            .store
            .write_now(move |tx| cases::record(tx, CaseId(1), (by, step), AskRule::OwnerDecides, now))
            .unwrap();
    }

    fn see(&self, observation: Observation, gist: Gist, when: &str) {
        let recorded = Recorded { at: at(when), event: Event::Observed { voice: None, observation, gist } };
        self.face.store.write_now(move |tx| cases::append(tx, CaseId(1), &recorded)).unwrap();
    }

    fn events(&self) -> Vec<Event> {
        let events = self.face.store.read_now(|tx| cases::events(tx, CaseId(1))).unwrap();
        events.into_iter().map(|recorded| recorded.event).collect()
    }

    fn stage(&self) -> Stage {
        self.face.store.read_now(|tx| Ok(cases::history(tx, CaseId(1))?.stage)).unwrap()
    }

    fn token(&self, person: &str) -> String {
        self.token_for(1, person, "2026-11-24T20:00:00Z")
    }

    fn token_for(&self, case: i64, person: &str, expires_at: &str) -> String {
        let pass = link::Pass { case: CaseId(case), person: person.into(), expires_at: at(expires_at) };
        link::seal(&pass, &self.face.key)
    }

    async fn ask(&self, request: Request<Body>) -> Answer {
        let response = router(self.face.clone()).oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 1 << 22).await.unwrap();
        Answer { status: parts.status, headers: parts.headers, body: String::from_utf8(body.to_vec()).unwrap() }
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask(Request::get(path).header("host", "localhost:26363").body(Body::empty()).unwrap()).await
    }

    /// The page as that person sees it.
    async fn page(&self, person: &str) -> Answer {
        self.get(&format!("/case?t={}", self.token(person))).await
    }

    async fn post(&self, token: &str, fields: &[(&str, &str)]) -> Answer {
        self.ask(posted(token, fields).body(Body::from(filled(token, fields))).unwrap()).await
    }

    /// That person presses the button of a form.
    async fn press(&self, person: &str, fields: &[(&str, &str)]) -> Answer {
        self.post(&self.token(person), fields).await
    }
}

fn posted(_: &str, _: &[(&str, &str)]) -> axum::http::request::Builder {
    Request::post("/case").header("host", "localhost:26363").header("content-type", FORM)
}

fn filled(token: &str, fields: &[(&str, &str)]) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("t", token);
    fields.iter().for_each(|(name, value)| {
        form.append_pair(name, value);
    });
    form.finish()
}

impl Answer {
    #[track_caller]
    fn says(&self, words: &str) {
        assert!(self.text().contains(words), "`{words}` is not in:\n{}", self.text());
    }

    #[track_caller]
    fn says_not(&self, words: &str) {
        assert!(!self.text().contains(words), "`{words}` is in:\n{}", self.text());
    }

    /// What a person reads: without tags, white space folded.
    fn text(&self) -> String {
        let page = scraper::Html::parse_document(&self.body);
        let main = scraper::Selector::parse("main").unwrap();
        let words: String = page.select(&main).flat_map(|main| main.text()).collect();
        words.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}
