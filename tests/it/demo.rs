//! The demo as its user sees it: one command, one story, an exit code that can be trusted.
//!
//! And the street itself, which other tests use: what guests do on it is what a source reads from it.

use std::{
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use amends::{
    config::HttpSettings,
    demo::{PostId, Site, Street, Words, platforms},
    http::{Client, ClientSettings, Http, Purpose, Request},
    review::{Rating, Sighting},
    sources,
};
use jiff::Timestamp;

fn demo(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_amends"))
        .arg("demo")
        .args(arguments)
        .env_remove("AMENDS_LOG")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// What is said in the order in which it must happen; each is seen through the real machinery before it is said.
const STORY: &[&str] = &[
    "nothing leaves this machine",
    "imported through the same code as real reviews",
    "The daemon has looked at all three sites",
    " posts ★☆☆☆☆",
    "The next poll sees it",
    "The desk phone rings, signature verified",
    "/case?t=",
    "opens the link: the page shows the case, and changes nothing",
    "“I take it” is pressed: case 32 is Tomaž's",
    "asks for advice",
    "Refused:",
    "fixes it",
    "A poll sees the public answer",
    "asks, plainly and without a gift",
    "edits the review: ★★★★★",
    "SEEN turned around",
    "The desk phone rings with good news, signature verified",
    "The weekly report arrives on the office phone, signature verified",
    "In one breath",
    "Best saves",
    "What happened",
];

#[test]
fn the_whole_story_happens_within_a_minute_and_its_files_can_be_looked_into() {
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("kept");
    let began = Instant::now();
    let output = demo(&["--for", "60s", "--seed", "7", "--keep", kept.to_str().unwrap()]);
    let took = began.elapsed();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    let folded = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut rest = folded.as_str();
    for line in STORY {
        let at = rest.find(line.trim()).unwrap_or_else(|| panic!("“{line}” is not said in its place:\n{said}"));
        rest = &rest[at + line.trim().len()..];
    }
    assert_eq!(said.matches('✗').count(), 1, "nothing but the step that came too early is refused: {said}");
    assert!(!said.contains('\u{1b}'), "colours are for terminals only");
    let own = |line: &&str| !line.contains(kept.to_str().unwrap());
    let widest = said.lines().filter(own).max_by_key(|line| line.chars().count());
    assert!(widest.is_some_and(|line| line.chars().count() <= 80), "too wide: {widest:?}");
    assert!(took < Duration::from_secs(60), "{took:?}");

    let status = Command::new(env!("CARGO_BIN_EXE_amends"))
        .args(["--config", kept.join("amends.toml").to_str().unwrap(), "status"])
        .output()
        .unwrap();
    let status = String::from_utf8(status.stdout).unwrap();
    assert!(status.contains("5 cases open") && status.contains("415 reviews"), "{status}");
}

/// The fakes of `tests/it/platforms.rs`, met as an owner meets them: by one more word at the terminal.
#[test]
fn every_platform_can_be_played_behind_its_real_address() {
    let output = demo(&["--for", "120s", "--with", "all"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("✓  a complaint heard and alerted on each of the platforms"), "{said}");
    for platform in platforms::ALL {
        let ending = if platform.can_edit() { "seen turned around, and told" } else { "calls and mends" };
        let told = said
            .split("\n Mon ")
            .any(|line| line.contains(&format!("{}: ", platform.kind())) && in_a_row(line).contains(ending));
        assert!(told, "{}: {said}", platform.kind());
    }
}

/// A line that was broken for the terminal, in one piece again.
fn in_a_row(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_platform_that_nobody_plays_is_named_with_those_that_are() {
    let output = demo(&["--with", "google-busines"]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("google-business") && said.contains("mastodon"), "{said}");
}

#[test]
fn a_demo_without_enough_time_lists_what_did_not_happen_and_fails() {
    let output = demo(&["--for", "0s"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("✗  the turnaround seen on the site, not claimed"), "{said}");
    assert!(said.contains("the time given with --for was over"), "{said}");
}

#[test]
fn a_folder_that_holds_an_amends_already_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("amends.db"), "precious").unwrap();
    let output = demo(&["--for", "60s", "--keep", folder.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("already holds amends.db"));
    assert_eq!(std::fs::read_to_string(folder.path().join("amends.db")).unwrap(), "precious");
}

/// Reads one site as its kind of source does.
async fn read(street: &Street, site: Site) -> Vec<Sighting> {
    let settings = HttpSettings { allow_private: vec!["127.0.0.0/8".parse().unwrap()], ..HttpSettings::default() };
    let client = Client::new(ClientSettings::from_config(&settings)).unwrap();
    let url: url::Url = street.page(site).parse().unwrap();
    let (kind, more) = match site {
        Site::Pretendvisor | Site::Gaggle => ("page", ""),
        Site::Makebook => (
            "json",
            "items = \".reviews[]\"\nfields = { rating = \".score\", best = \"10\", author = \".guest.name\", text = \".comment\", reply = \".answer.text\" }",
        ),
    };
    let table = format!("url = \"{url}\"\n{more}").parse().unwrap();
    let source = (sources::find(kind).unwrap().build)(table).unwrap();
    let answer = client.send(Request::get(url.clone(), Purpose::Fetch)).await.unwrap();
    source.parse(&answer.body().unwrap(), Some(&url)).unwrap()
}

#[tokio::test]
async fn what_guests_do_on_the_street_is_what_its_sites_show() {
    let street = Street::open(7).await.unwrap();
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    for site in Site::ALL {
        let bad = Words::new(1, "Cold </script><b>", "Cold & wet");
        let first = street.guest_posts(site, "Ana <R.>", bad, at("2026-11-10T08:00:00Z"));
        let second = street.guest_posts(site, "Bo K.", Words::new(4, "Fine", "Fine"), at("2026-11-11T08:00:00Z"));
        assert_eq!(second, PostId(first.0 + 1));
        let seen = read(&street, site).await;
        let value = |sighting: &Sighting| Rating::understand(sighting.rating.as_ref().unwrap()).unwrap().unwrap().value;
        assert_eq!(seen.len(), 2, "{site:?}");
        assert_eq!(seen[1].author.as_deref(), Some("Ana <R.>"));
        assert_eq!(seen[1].text.as_deref(), Some("Cold & wet"), "{site:?}");
        assert!(value(&seen[1]) < 0.2 && value(&seen[0]) >= 0.75, "{site:?}: {seen:?}");

        street.guest_edits(first, Words::new(5, "Warm", "Warm now"), at("2026-11-12T08:00:00Z"));
        street.owner_answers(first, "Thank you", at("2026-11-12T09:00:00Z"));
        street.guest_removes(second);
        let again = read(&street, site).await;
        assert_eq!(again.len(), 1, "{site:?}");
        assert_eq!(again[0].id, seen[1].id, "an edited review is the same review");
        assert_eq!(
            (value(&again[0]), again[0].reply.as_ref().map(|reply| reply.text.as_str())),
            (1.0, Some("Thank you"))
        );
    }
}
