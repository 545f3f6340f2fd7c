//! The feedback form as guests and robots meet it: everybody gets the same page afterwards, nothing that was written is lost, and what
//! is thanked for is on disk.

use amends::{
    app,
    case::PutRight,
    store::{alerts, cases::Which, reviews::Filter},
    work::receive::Inlets,
};
use proptest::prelude::*;

use super::*;

const SLUG: &str = "hotel-alpenblick";
const LINKS: [&str; 2] = ["https://g.page/r/example/review", "https://www.tripadvisor.com/UserReviewEdit-example"];

fn hotel() -> Hotel {
    let mut hotel = Hotel::new();
    let config = "[[location]]\nname = \"Hotel Alpenblick\"\ntimezone = \"Europe/Vienna\"\n\n[[source]]\nname = \"feedback\"\nkind = \"form\"\n\
        links = [{ name = \"Google\", url = \"https://g.page/r/example/review\" }, { name = \"Tripadvisor\", url = \"https://www.tripadvisor.com/UserReviewEdit-example\" }]\n\n\
        [[channel]]\nname = \"desk\"\nkind = \"console\"\n";
    let wired = app::wire(&crate::config::load_good(config)).unwrap_or_else(|problems| panic!("{problems:?}"));
    hotel.face.inlets = watch::channel(Arc::new(Inlets::new(&wired.watched, &hotel.face.key))).1;
    hotel
}

impl Hotel {
    /// The id of a form that was opened so long ago.
    fn opened(&self, seconds: i64) -> String {
        let at = at(NOW) - jiff::SignedDuration::from_secs(seconds);
        link::open_form(SLUG, &self.face.key, at)
    }

    fn answered(id: &str, fields: &[(&str, &str)]) -> Request<Body> {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.append_pair("id", id).extend_pairs(fields);
        let request = Request::post(format!("/f/{SLUG}")).header("host", "localhost").header("content-type", FORM);
        request.body(Body::from(body.finish())).unwrap()
    }

    async fn answer(&self, fields: &[(&str, &str)]) -> Answer {
        self.ask(Hotel::answered(&self.opened(10), fields)).await
    }

    /// The reviews that were left by the form.
    fn heard(&self) -> Vec<(Option<String>, Option<String>)> {
        let filter = Filter { source: Some("feedback".to_owned()), limit: 100, ..Filter::default() };
        let rows = self.face.store.read_now(move |tx| reviews::list(tx, &filter)).unwrap();
        rows.into_iter().map(|row| (row.content.text, row.author)).collect()
    }
}

fn links(page: &str) -> Vec<String> {
    let page = scraper::Html::parse_document(page);
    let anchors = scraper::Selector::parse("main a").unwrap();
    page.select(&anchors).filter_map(|anchor| anchor.attr("href").map(str::to_owned)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_answered_the_same_page_with_the_same_links_follows(
        stars in prop::option::of(1_u8..=5), words in "\\PC{1,60}", name in "\\PC{0,20}"
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(async {
            let hotel = hotel();
            let stars = stars.map(|stars| stars.to_string());
            let words = format!("x{words}");
            let mut fields = vec![("words", words.as_str()), ("name", name.as_str())];
            fields.extend(stars.as_deref().map(|stars| ("stars", stars)));
            let answer = hotel.answer(&fields).await;
            assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "hotel-alpenblick/thanks"));
            assert_eq!(answer.body, "", "what follows cannot depend on the answer");
            let thanks = hotel.get("/f/hotel-alpenblick/thanks").await;
            assert_eq!((thanks.status, links(&thanks.body)), (StatusCode::OK, LINKS.map(str::to_owned).to_vec()));
            assert_eq!(hotel.heard().len(), 1, "it is on disk");
        });
    }
}

#[tokio::test]
async fn the_form_needs_no_script_and_names_every_field() {
    let page = hotel().get("/f/hotel-alpenblick").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.body.contains("<script") && page.body.contains("<html lang=\"en\">"));
    page.says("How was it?");
    let document = scraper::Html::parse_document(&page.body);
    let select = |what: &str| scraper::Selector::parse(what).unwrap();
    for input in document.select(&select("input:not([type=hidden]):not([type=radio]), textarea")) {
        let id = input.attr("id").unwrap();
        assert_eq!(document.select(&select(&format!("label[for={id}]"))).count(), 1, "{id}");
    }
    assert_eq!(document.select(&select("fieldset label input[type=radio][name=stars]")).count(), 5);
}

#[tokio::test]
async fn an_answer_is_private_and_a_bad_one_opens_a_case_without_words_in_the_alert() {
    let hotel = hotel();
    let words = "The shower stayed cold and nobody helped";
    hotel.answer(&[("stars", "1"), ("words", words), ("name", "Mira"), ("contact", "mira@guest.example")]).await;
    assert_eq!(hotel.heard(), [(Some(words.to_owned()), Some("Mira, mira@guest.example".to_owned()))]);
    let open = hotel.face.store.read_now(|tx| cases::list(tx, Which::All)).unwrap();
    assert_eq!(open.len(), 2, "and the one that was there");
}

#[tokio::test]
async fn pressing_twice_is_one_answer() {
    let hotel = hotel();
    let id = hotel.opened(10);
    for _ in 0..2 {
        let answer = hotel.ask(Hotel::answered(&id, &[("stars", "4"), ("words", "good")])).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(hotel.heard().len(), 1);
}

#[tokio::test]
async fn a_robot_is_thanked_and_nothing_is_kept() {
    let hotel = hotel();
    let answer = hotel.answer(&[("stars", "5"), ("words", "Buy followers"), ("site", "https://spam.example")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(hotel.heard(), []);
}

#[tokio::test]
async fn who_is_stopped_loses_no_word() {
    let hotel = hotel();
    let words = ("words", "It was <cold> & wet");
    let too_soon = hotel.opened(0);
    let too_late = hotel.opened(25 * 3600);
    let elsewhere = link::open_form("cafe-linde", &hotel.face.key, at("2026-11-21T20:32:00Z"));
    for id in [too_soon.as_str(), &too_late, &elsewhere, "made-up", ""] {
        let answer = hotel.ask(Hotel::answered(id, &[words, ("stars", "2")])).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{id}");
        assert!(answer.body.contains("It was &#60;cold&#62; &#38; wet"), "{}", answer.body);
        assert!(answer.body.contains("value=\"2\" checked"));
    }
    let empty = hotel.answer(&[("words", "  ")]).await;
    empty.says("Please choose stars or write a few words.");
    let long = hotel.answer(&[("words", &"x".repeat(4_001))]).await;
    long.says("This is longer than 4,000 characters; please shorten it.");
    assert!(long.body.contains(&"x".repeat(4_001)), "what was written is still there");
    let huge = hotel.answer(&[("words", &"x".repeat(70_000))]).await;
    assert_eq!(huge.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(hotel.heard(), []);
}

#[tokio::test]
async fn a_flood_is_stopped_and_says_so() {
    let hotel = hotel();
    let router = router(hotel.face.clone());
    let mut statuses = Vec::new();
    for _ in 0..61 {
        let request = Hotel::answered(&hotel.opened(10), &[("stars", "3"), ("words", "so-so")]);
        statuses.push(router.clone().oneshot(request).await.unwrap().status());
    }
    assert!(statuses[..60].iter().all(|status| *status == StatusCode::SEE_OTHER));
    assert_eq!(statuses[60], StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(hotel.heard().len(), 60);
}

#[tokio::test]
async fn a_form_is_not_answered_past_its_own_page_and_other_locations_have_none() {
    let hotel = hotel();
    let inlet =
        amends::work::receive::address(&"http://localhost/".parse().unwrap(), "feedback", &hotel.face.key).unwrap();
    let past = Request::post(inlet.path()).header("host", "localhost").body(Body::from("id=1&stars=1")).unwrap();
    assert_eq!(hotel.ask(past).await.status, StatusCode::NOT_FOUND);
    for path in ["/f/cafe-linde", "/f/", "/f/cafe-linde/thanks"] {
        assert_eq!(hotel.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn the_guest_of_a_case_says_whether_it_is_put_right_and_that_turns_nothing_around() {
    let hotel = hotel();
    hotel.page("Maria").await.says_not("whether it is put right");
    hotel.record("Maria", Step::Take, "2026-11-21T20:10:00Z");
    let page = hotel.page("Maria").await;
    page.says("Send this link with your own words");
    let text = page.text();
    let link = text.split_whitespace().find(|word| word.starts_with("https://amends.hotel.example/desk/f/")).unwrap();
    let token = link.split_once("?c=").unwrap().1.to_owned();

    let form = hotel.get(&format!("/f/{SLUG}?c={token}")).await;
    form.says("Is it put right?");
    assert!(!form.body.contains("name=\"stars\"") && !form.body.contains("Jonas"), "it tells nothing of the case");
    hotel.answer(&[("c", &token), ("words", "warm")]).await.says("Please choose one of the three.");
    let id = hotel.opened(10);
    for _ in 0..2 {
        let fields = [("c", token.as_str()), ("put_right", "partly"), ("words", "Warm now, still loud")];
        let answer = hotel.ask(Hotel::answered(&id, &fields)).await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "hotel-alpenblick/thanks"));
    }
    let said: Vec<Event> =
        hotel.events().into_iter().filter(|event| matches!(event, Event::GuestSaid { .. })).collect();
    let expected = Event::GuestSaid { put_right: PutRight::Partly, note: Some("Warm now, still loud".to_owned()) };
    assert_eq!((said, hotel.stage()), (vec![expected], Stage::Taken), "once, and it moves nothing");
    assert_eq!(hotel.heard(), [], "it is no further review");
    hotel.page("Maria").await.says("The guest says: it is partly put right");
    let waiting = hotel.face.store.read_now(|tx| alerts::due(tx, "desk", at("2026-11-22T00:00:00Z"), 10)).unwrap();
    let told: Vec<&str> = waiting.iter().map(|one| one.alert.headline.as_str()).collect();
    assert_eq!(told, ["The guest of case 1 at Hotel Alpenblick says: it is partly put right"]);
}

#[tokio::test]
async fn a_forged_token_of_a_guest_asks_for_stars_as_of_anybody() {
    let hotel = hotel();
    let form = hotel.get(&format!("/f/{SLUG}?c=1.9999999999.AAAAAAAAAAAAAAAAAAAAAA")).await;
    form.says("How was it?");
    let fields = [("c", "1.9999999999.AAAAAAAAAAAAAAAAAAAAAA"), ("put_right", "yes")];
    assert_eq!(hotel.answer(&fields).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(hotel.events().len(), 1);
}
