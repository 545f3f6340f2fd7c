//! A case from its link: looking, taking once, putting off, recording steps, and every refusal in plain words.

use super::*;

#[tokio::test]
async fn the_page_shows_the_review_its_reasons_and_what_is_due() {
    let hotel = Hotel::new();
    let page = hotel.page("Maria").await;
    assert_eq!(page.status, StatusCode::OK);
    for words in [
        "Hotel Alpenblick · case 1",
        "A review needs a hand",
        "Nobody has it yet",
        "Somebody takes it: due 22:03, in 30 min",
        "2 of 5",
        "Jonas P. · Pretendvisor · 18:10",
        "Never slept",
        "The lift kept us awake two nights.",
        "Read it on site.example",
        "The rating is 2 of 5 (25 %), at or below the limit of 50 %.",
        "I take it as Maria",
        "amends opened the case 21:03",
    ] {
        page.says(words);
    }
    assert!(page.body.contains(r#"<p class="words" dir="auto" lang="en">"#));
    page.says_not("What did you do?");
}

#[tokio::test]
async fn the_first_who_presses_has_it_and_the_second_reads_who() {
    let hotel = Hotel::new();
    let taken = hotel.press("Maria", &[("step", "take")]).await;
    assert_eq!(taken.status, StatusCode::SEE_OTHER);
    assert_eq!(taken.header("location"), format!("case?t={}", hotel.token("Maria")));
    hotel.page("Maria").await.says("You have it since 21:33");

    let second = hotel.press("Jonas", &[("step", "take")]).await;
    assert_eq!(second.status, StatusCode::CONFLICT);
    second.says("Maria has it since 21:33");
    hotel.page("Jonas").await.says("Maria has it since 21:33");
    assert_eq!(hotel.events()[1..], [Event::Step { by: "Maria".into(), step: Step::Take }]);
}

#[tokio::test]
async fn pressing_twice_takes_once() {
    let hotel = Hotel::new();
    for _ in 0..3 {
        assert_eq!(hotel.press("Maria", &[("step", "take")]).await.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(hotel.events().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_press_at_once_one_has_it() {
    let hotel = Arc::new(Hotel::new());
    let people: Vec<String> = (0..20).map(|n| format!("Person {n}")).collect();
    let presses = people.into_iter().map(|person| {
        let hotel = Arc::clone(&hotel);
        tokio::spawn(async move { hotel.press(&person, &[("step", "take")]).await.status })
    });
    let statuses: Vec<StatusCode> =
        futures_util::future::join_all(presses).await.into_iter().map(|status| status.unwrap()).collect();
    let count = |wanted| statuses.iter().filter(|status| **status == wanted).count();
    assert_eq!((count(StatusCode::SEE_OTHER), count(StatusCode::CONFLICT)), (1, 19));
    assert_eq!(hotel.events().len(), 2);
}

#[tokio::test]
async fn a_link_sent_to_a_channel_speaks_of_the_channel() {
    let hotel = Hotel::new();
    hotel.page("desk").await.says("as desk, for everybody who reads this channel");
    hotel.press("desk", &[("step", "take")]).await;
    hotel.page("desk").await.says("desk has it since 21:33");
}

#[tokio::test]
async fn the_steps_of_a_case_are_walked_on_the_page() {
    let hotel = Hotel::new();
    let mut stages = Vec::new();
    for (step, note) in [
        ("take", ""),
        ("contact", "Called him, he was kind"),
        ("advice", ""),
        ("fix", "Lift serviced"),
        ("tell", "Wrote a mail"),
        ("ask", "Asked on the phone"),
        ("note", "Will see"),
    ] {
        let answer = hotel.press("Maria", &[("step", step), ("note", note)]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{step}: {}", answer.text());
        stages.push(hotel.stage());
    }
    use Stage::{AdviceAsked, Asked, Contacted, Fixed, Taken, Told};
    assert_eq!(stages, [Taken, Contacted, AdviceAsked, Fixed, Told, Asked, Asked]);
    let page = hotel.page("Maria").await;
    page.says("Maria says: contacted the guest 21:33 Called him, he was kind");
    page.says("Maria says: noted 21:33 Will see");
    page.says("Asked to reconsider Maria, 21:33");
}

#[tokio::test]
async fn claims_and_evidence_are_visibly_apart() {
    let hotel = Hotel::new();
    hotel.record("Maria", Step::Contact { note: None }, "2026-11-21T20:10:00Z");
    hotel.see(Observation::Raised { from: Some(0.0), to: 1.0 }, Gist::Positive, "2026-11-21T20:20:00Z");
    let page = hotel.page("Maria").await;
    page.says("Turned around Seen on the site 21:20");
    page.says("Maria says: contacted the guest");
    page.says("Seen on the site: raised 1 → 5 of 5");
    assert!(page.body.contains(r#"<li class="claim">"#) && page.body.contains(r#"<li class="evidence">"#));
    page.says_not("I take it as");
}

#[tokio::test]
async fn a_changed_review_shows_what_it_said_before() {
    let hotel = Hotel::new();
    let raised = Sighting { rating: Some(RawRating::new(3)), text: Some("They called us.".into()), ..loud_lift() };
    let now = at("2026-11-21T20:20:00Z");
    hotel
        .face
        .store
        .write_now(move |tx| {
            let normal = normalise(vec![raised], now).0.remove(0);
            let verdict = judge(&normal.content, &Rules::default());
            reviews::revise(tx, amends::id::ReviewId(1), 2, (&normal.content, &verdict, now))
        })
        .unwrap();
    let page = hotel.page("Maria").await;
    page.says("They called us.");
    page.says("What it said before Seen 21:03 ★★☆☆☆ 2 of 5 Never slept The lift kept us awake");
}

#[tokio::test]
async fn putting_off_is_offered_after_taking_and_in_the_zone_of_the_hotel() {
    let hotel = Hotel::new();
    let tomorrow = at("2026-11-22T07:00:00Z").as_second().to_string();
    let early = hotel.press("Maria", &[("step", "later"), ("until", &tomorrow)]).await;
    assert_eq!(early.status, StatusCode::CONFLICT);
    early.says("Take it first; then it can be put off.");

    hotel.press("Maria", &[("step", "take")]).await;
    let page = hotel.page("Maria").await;
    page.says("1 hour Tomorrow 8:00");
    page.says_not("Tonight");
    assert!(page.body.contains(&format!(r#"value="{tomorrow}""#)));
    assert_eq!(hotel.press("Maria", &[("step", "later"), ("until", &tomorrow)]).await.status, StatusCode::SEE_OTHER);
    hotel.page("Maria").await.says("You have it since 21:33 · put off until tomorrow 08:00");
    let past = hotel.press("Maria", &[("step", "later"), ("until", "1")]).await;
    assert_eq!(past.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_refused_step_says_why_and_keeps_what_was_typed() {
    let hotel = Hotel::new();
    hotel.press("Maria", &[("step", "take")]).await;
    for (step, note, status, why) in [
        (
            "tell",
            "Told him <all>",
            StatusCode::CONFLICT,
            "Tell the guest what changed after something was fixed: record first what you fixed.",
        ),
        (
            "ask",
            "Asked <nicely>",
            StatusCode::CONFLICT,
            "Ask a guest to reconsider only after they were told what changed",
        ),
        ("note", " ", StatusCode::UNPROCESSABLE_ENTITY, "Write a few words first."),
        ("close", "over", StatusCode::UNPROCESSABLE_ENTITY, "This form is not known here; open the link again."),
        (
            "tell",
            "We refund a night if you change your review",
            StatusCode::UNPROCESSABLE_ENTITY,
            "This joins a gift or a refund with a changed review",
        ),
    ] {
        let answer = hotel.press("Maria", &[("step", step), ("note", note)]).await;
        assert_eq!(answer.status, status, "{step}");
        answer.says("Nothing was changed");
        answer.says(why);
        let page = scraper::Html::parse_document(&answer.body);
        let field = scraper::Selector::parse("details[open] textarea").unwrap();
        let kept: String = page.select(&field).flat_map(|field| field.text()).collect();
        assert_eq!(kept.trim(), note.trim(), "{step}");
    }
    assert_eq!(hotel.events().len(), 2);
}

#[tokio::test]
async fn where_the_platform_forbids_asking_it_is_neither_offered_nor_accepted() {
    let mut hotel = Hotel::new();
    hotel.face.ask_rules.insert("page".into(), AskRule::Forbidden);
    for (step, when) in
        [(Step::Fix { note: None }, "2026-11-21T20:10:00Z"), (Step::Tell { note: None }, "2026-11-21T20:11:00Z")]
    {
        hotel.record("Maria", step, when);
    }
    hotel.page("Maria").await.says_not("I asked to reconsider");
    let answer = hotel.press("Maria", &[("step", "ask"), ("note", "please")]).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    answer.says("This platform does not allow businesses to ask for a changed review.");
}

#[tokio::test]
async fn the_rule_for_asking_stands_beside_the_form() {
    let mut hotel = Hotel::new();
    for (step, when) in
        [(Step::Fix { note: None }, "2026-11-21T20:10:00Z"), (Step::Tell { note: None }, "2026-11-21T20:11:00Z")]
    {
        hotel.record("Maria", step, when);
    }
    hotel.page("Maria").await.says("a plain ask is allowed here, never tied to a gift, a discount or a refund.");
    hotel.face.ask_rules.clear();
    hotel.page("Maria").await.says("this site's own rules apply: read them first");
}

#[tokio::test]
async fn a_case_that_is_over_takes_notes_alone() {
    let hotel = Hotel::new();
    hotel.see(Observation::Vanished, Gist::Gone, "2026-11-21T20:20:00Z");
    let answer = hotel.press("Maria", &[("step", "take")]).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    answer.says("The case is over");
    assert_eq!(
        hotel.press("Maria", &[("step", "note"), ("note", "He wrote a mail")]).await.status,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn a_case_that_went_bad_again_can_be_taken_again() {
    let hotel = Hotel::new();
    hotel.record("Maria", Step::Take, "2026-11-21T20:10:00Z");
    hotel.see(Observation::Raised { from: Some(0.0), to: 1.0 }, Gist::Positive, "2026-11-21T20:20:00Z");
    hotel.see(Observation::Lowered { from: 1.0, to: Some(0.0) }, Gist::Negative, "2026-11-21T20:25:00Z");
    hotel.page("Jonas").await.says("Nobody has it yet");
    assert_eq!(hotel.press("Jonas", &[("step", "take")]).await.status, StatusCode::SEE_OTHER);
    hotel.page("Maria").await.says("Jonas has it since 21:33");
}

#[tokio::test]
async fn expired_forged_and_foreign_links_open_nothing() {
    let hotel = Hotel::new();
    let (good, expired) = (hotel.token("Maria"), hotel.token_for(1, "Maria", "2026-11-21T20:32:59Z"));
    let forged = link::seal(
        &link::Pass { case: CaseId(1), person: "Maria".into(), expires_at: at("2027-01-01T00:00:00Z") },
        &Secret::new("another key"),
    );
    for bad in [&expired, &forged, &good[..good.len() - 1], "", "x", "%00", &good.repeat(50)] {
        let (seen, pressed) = (hotel.get(&format!("/case?t={bad}")).await, hotel.post(bad, &[("step", "take")]).await);
        for answer in [seen, pressed] {
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{bad}");
            answer.says("This link does not work");
            answer.says_not("Jonas");
        }
    }
    assert_eq!(hotel.get("/case").await.status, StatusCode::FORBIDDEN);
    assert_eq!(hotel.get("/case?t=a&t=b").await.status, StatusCode::FORBIDDEN);
    assert_eq!(hotel.events().len(), 1);
}

#[tokio::test]
async fn a_link_opens_its_own_case_alone() {
    let hotel = Hotel::new();
    let other = hotel.open_case("Elsewhere", "page", Sighting { author: Some("Ana R.".into()), ..loud_lift() });
    let token = hotel.token_for(other.0, "Maria", "2026-11-24T20:00:00Z");
    hotel.get(&format!("/case?t={token}")).await.says("Ana R. · Elsewhere");
    hotel.post(&token, &[("step", "take")]).await;
    assert_eq!(hotel.stage(), Stage::New);
    let unknown = hotel.token_for(999, "Maria", "2026-11-24T20:00:00Z");
    assert_eq!(hotel.get(&format!("/case?t={unknown}")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(hotel.post(&unknown, &[("step", "take")]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn while_another_program_holds_the_database_nothing_is_said_to_be_saved() {
    let hotel = Hotel::new();
    hotel.press("Maria", &[("step", "take")]).await;
    let other = rusqlite::Connection::open(hotel.face.store.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let answer = hotel.press("Maria", &[("step", "contact"), ("note", "Called him twice")]).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    answer.says("Nothing was saved: the database is locked by another program");
    answer.says("Called him twice");
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(hotel.events().len(), 2);
    let again = hotel.press("Maria", &[("step", "contact"), ("note", "Called him twice")]).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn what_the_guest_said_elsewhere_is_shown_and_set_apart_by_one_button() {
    let hotel = Hotel::new();
    let words = "<b>Loud</b> lift, nobody cared";
    let sighting = Sighting { id: Some("h9".into()), text: Some(words.into()), ..loud_lift() };
    let review = hotel.voice("Hearsay", sighting).0.to_string();
    let page = hotel.page("Maria").await;
    for said in ["Also said on Hearsay", words, "the same full name within 30 days", "This is another guest"] {
        page.says(said);
    }
    let part = [("step", "part"), ("review", review.as_str())];
    for (odd, status) in
        [("99", StatusCode::CONFLICT), ("1", StatusCode::CONFLICT), ("x", StatusCode::UNPROCESSABLE_ENTITY)]
    {
        let refused = hotel.press("Maria", &[("step", "part"), ("review", odd)]).await;
        assert_eq!(refused.status, status, "{odd}");
    }
    assert_eq!(hotel.press("Maria", &part).await.status, StatusCode::SEE_OTHER);
    let page = hotel.page("Maria").await;
    page.says_not("Also said on");
    page.says("Maria says: said that a review is of another guest");
    assert_eq!(hotel.press("Maria", &part).await.status, StatusCode::CONFLICT);
    let open = hotel.face.store.read_now(|tx| Ok(cases::list(tx, cases::Which::Open)?.len())).unwrap();
    assert_eq!(open, 2, "the other guest has a case of their own");
}
