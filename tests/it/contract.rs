//! What every source and every channel must keep, whatever it is: one walk over both registries, as an owner meets them.
//!
//! What is particular to channels (statuses, limits, secrets) is in `channels/contract.rs`.

use amends::{
    app, channels,
    demo::platforms::{self, Platform},
    review::Sighting,
    sources::{self, ParseError, Push, Source},
    terms::{AskRule, Retention},
};

use crate::{
    config::{load, load_good},
    pushes,
};

/// What stands around the example of a kind.
const HOUSE: &str = r#"
[[location]]
name = "harbour"
timezone = "Europe/Vienna"

[[person]]
name = "Maria"
email = "maria@alpenblick.example"

[smtp]
host = "smtp.alpenblick.example"
from = "alerts@alpenblick.example"

"#;

/// An example as a section that counts, also where it is commented out as a whole.
fn live(example: &str) -> String {
    if example.lines().any(|line| line.starts_with("[[")) {
        return example.to_owned();
    }
    example.lines().map(|line| line.trim_start_matches('#').trim_start()).collect::<Vec<_>>().join("\n")
}

/// Both registries: section, kind, example, and the keys of its own.
fn kinds() -> Vec<(&'static str, &'static str, String, Vec<String>)> {
    let keys = |schema: schemars::Schema| -> Vec<String> {
        schema.as_value()["properties"].as_object().map(|keys| keys.keys().cloned().collect()).unwrap_or_default()
    };
    let sources = sources::ALL.iter().map(|kind| ("source", kind.name, live(kind.example), keys((kind.schema)())));
    let channels = channels::ALL.iter().map(|kind| ("channel", kind.name, live(kind.example), keys((kind.schema)())));
    sources.chain(channels).collect()
}

#[test]
fn names_are_one_of_a_kind_and_look_alike() {
    for (section, names) in [
        ("source", sources::ALL.iter().map(|kind| kind.name).collect::<Vec<_>>()),
        ("channel", channels::ALL.iter().map(|kind| kind.name).collect()),
    ] {
        for name in &names {
            assert!(name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'), "{section} {name}");
            assert_eq!(names.iter().filter(|other| *other == name).count(), 1, "{section} {name}");
        }
    }
}

#[test]
fn every_example_loads_as_part_of_a_configuration_and_builds() {
    for (section, kind, example, _) in kinds() {
        let loaded = load_good(&(HOUSE.to_owned() + &example));
        let wired = app::wire(&loaded).unwrap_or_else(|problems| panic!("{section} {kind}: {problems:?}"));
        assert_eq!(wired.watched.len() + wired.channels.len(), 1, "{section} {kind}");
    }
}

#[test]
fn a_misspelt_key_of_every_kind_is_refused_with_a_suggestion() {
    for (section, kind, example, keys) in kinds() {
        let Some(key) = keys.iter().max_by_key(|key| key.len()) else { continue };
        let misspelt = format!("{}x{}", &key[..key.len() / 2], &key[key.len() / 2..]);
        let mut lines: Vec<&str> = example.trim_end().lines().collect();
        let line = format!("{misspelt} = \"anything\"");
        let head = lines.iter().position(|line| line.starts_with("[[")).unwrap() + 1;
        lines.insert(head, &line);
        let problems = load(&(HOUSE.to_owned() + &lines.join("\n"))).err().unwrap();
        let problem = problems.list().iter().find(|problem| problem.message.contains(&misspelt));
        let problem = problem.unwrap_or_else(|| panic!("{section} {kind}: {problems:?}"));
        let help = problem.help.as_deref().unwrap_or_default();
        assert!(help.contains(&format!("`{key}`")), "{section} {kind}: {problem:?}");
        assert_eq!(
            problem.place.as_ref().unwrap().line_column().0,
            HOUSE.lines().count() + head + 1,
            "{section} {kind}"
        );
    }
}

#[test]
fn every_source_declares_its_terms_and_how_often_it_may_be_read() {
    for kind in sources::ALL {
        assert!(kind.terms.source.len() > 15, "{}: where were its terms read?", kind.name);
        assert!(kind.interval_min.as_secs() >= 60, "{}", kind.name);
        assert!(kind.about.len() > 20, "{}", kind.name);
        match kind.terms.retention {
            Retention::For(span) => assert!(span.as_secs() >= 3600, "{}", kind.name),
            Retention::Own | Retention::IdOnly => {}
        }
        match kind.terms.ask {
            AskRule::PlainAskAllowed | AskRule::Forbidden | AskRule::OwnerDecides => {
                assert!(kind.terms.ask.in_words().len() > 20, "{}", kind.name);
            }
        }
    }
}

/// The settings and a payload of two reviews in the true shape of each kind: a platform's stand in `demo::platforms` and
/// `fixtures/<kind>/page.json`.
fn payload(kind: &str) -> (String, String) {
    let (settings, payload) = match kind {
        "page" => ("url = \"https://cafe-linde.example/\"", include_str!("../fixtures/page/cafe_json_ld.html")),
        "feed" => (
            "url = \"https://reviews.example/harbour.rss\"",
            r#"<?xml version="1.0"?><rss version="2.0"><channel><title>Hotel Harbour</title><link>https://reviews.example/</link>
            <item><guid isPermaLink="false">r-1</guid><title>2/5 Loud</title><description>The lift all night.</description><pubDate>Mon, 16 Nov 2026 08:00:00 GMT</pubDate></item>
            <item><guid isPermaLink="false">r-2</guid><title>5/5 Lovely</title><description>Ela remembered us.</description><pubDate>Sun, 15 Nov 2026 08:00:00 GMT</pubDate></item>
            </channel></rss>"#,
        ),
        "json" => (
            "url = \"https://shop.example/api/reviews\"\nitems = \".reviews[]\"\nfields = { id = \".id\", author = \".who\", rating = \".stars\", text = \".words\" }",
            r#"{"reviews":[{"id":9007199254740993,"who":"Ada","stars":2,"words":"Too loud"},{"id":"b","who":"Ben","stars":5,"words":"Lovely"}]}"#,
        ),
        "app-store" => (
            "app = \"1234567890\"\ncountries = [\"at\"]",
            r#"{"feed":{"author":{"name":{"label":"iTunes Store"}},"entry":[
            {"author":{"uri":{"label":"https://itunes.apple.com/at/reviews/id1"},"name":{"label":"ada"}},"updated":{"label":"2026-11-16T08:00:00-07:00"},"im:rating":{"label":"2"},"im:version":{"label":"3.1"},"id":{"label":"111"},"title":{"label":"Loud"},"content":{"label":"It beeps.","attributes":{"type":"text"}}},
            {"author":{"uri":{"label":"https://itunes.apple.com/at/reviews/id2"},"name":{"label":"ben"}},"updated":{"label":"2026-11-15T08:00:00-07:00"},"im:rating":{"label":"5"},"im:version":{"label":"3.1"},"id":{"label":"222"},"title":{"label":"Lovely"},"content":{"label":"It hums.","attributes":{"type":"text"}}}],
            "link":[{"attributes":{"rel":"self","href":"https://itunes.apple.com/at/rss/customerreviews/page=1/id=1234567890/sortby=mostrecent/json"}}],"id":{"label":"x"}}}"#,
        ),
        "form" => ("", "id=a1&stars=2&words=The+lift+all+night&name=Ada&contact=&site="),
        "unsubscribe" => ("", "List-Unsubscribe=One-Click"),
        "imap" => (
            "host = \"imap.alba.example\"\nuser = \"desk@alba.example\"\npassword = \"imap-password\"",
            include_str!("../fixtures/imap/letter.eml"),
        ),
        other => {
            let sender = pushes::ALL.iter().find(|sender| sender.kind == other).map(|sender| sender.settings);
            let platform = platforms::find(other);
            let settings = sender.or(platform.map(Platform::settings));
            let settings = settings
                .unwrap_or_else(|| panic!("`{other}` has no fake in demo/platforms/ and no sender in pushes.rs"));
            let fixture = format!("{}/tests/fixtures/{other}/page.json", env!("CARGO_MANIFEST_DIR"));
            let page = std::fs::read_to_string(&fixture).unwrap_or_else(|error| panic!("{fixture}: {error}"));
            return (settings.to_owned(), page);
        }
    };
    (settings.to_owned(), payload.to_owned())
}

/// Whether guests give stars there.
fn has_stars(kind: &str) -> bool {
    if matches!(kind, "imap" | "unsubscribe") {
        return false;
    }
    let sender = pushes::ALL.iter().find(|sender| sender.kind == kind).map(|sender| sender.has_stars);
    let platform = platforms::find(kind).map(Platform::has_stars);
    sender.or(platform).unwrap_or(true)
}

/// How many reviews the payload of a kind holds: a sender pushes them one by one.
fn in_payload(kind: &str) -> usize {
    if matches!(kind, "imap" | "form" | "unsubscribe") {
        return 1;
    }
    pushes::ALL.iter().find(|sender| sender.kind == kind).map_or(2, |sender| sender.in_fixture)
}

/// Every kind of source, built, with its payload.
pub fn each(check: impl Fn(&str, &dyn Source, &str)) {
    for kind in sources::ALL {
        let (settings, payload) = payload(kind.name);
        let source = (kind.build)(settings.parse().unwrap()).unwrap_or_else(|error| panic!("{}: {error}", kind.name));
        check(kind.name, &*source, &payload);
    }
}

fn parsed(source: &dyn Source, payload: &[u8]) -> Result<Vec<Sighting>, ParseError> {
    source.parse(payload, None)
}

#[test]
fn every_source_reads_its_platforms_payload_and_reads_it_the_same_way_twice() {
    each(|kind, source, payload| {
        let first = parsed(source, payload.as_bytes()).unwrap_or_else(|error| panic!("{kind}: {error}"));
        assert_eq!(first.len(), in_payload(kind), "{kind}");
        assert!(first.iter().all(|sighting| sighting.rating.is_some() == has_stars(kind)), "{kind}: {first:?}");
        assert_eq!(first, parsed(source, payload.as_bytes()).unwrap(), "{kind}");
    });
}

#[test]
fn an_empty_payload_is_an_error_of_its_kind() {
    each(|kind, source, _| {
        for empty in [&b""[..], b" \n\t", b"\xEF\xBB\xBF"] {
            let read = parsed(source, empty);
            assert!(matches!(read, Err(ParseError::NotThisKind { .. })), "{kind}: {read:?}");
        }
    });
}

#[test]
fn rubbish_holds_no_review_and_is_never_a_panic() {
    let deep = ["<div>", "[", "{\"a\":", "<a b='"].map(|piece| piece.repeat(20_000));
    each(|kind, source, _| {
        let rubbish =
            ["null", "0", "\"reviews\"", "<", "{", "]", "\u{0}\u{1}\u{2}", "%PDF-1.7", "PK\u{3}\u{4}", "GIF89a"];
        for bytes in rubbish.iter().map(|text| text.as_bytes()).chain(deep.iter().map(String::as_bytes)) {
            let found = parsed(source, bytes).unwrap_or_default();
            assert!(
                found.is_empty(),
                "{kind}: {found:?} in {:?}",
                String::from_utf8_lossy(&bytes[..bytes.len().min(20)])
            );
        }
        let noise: Vec<u8> = (0_u32..50_000).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        assert_eq!(parsed(source, &noise).unwrap_or_default(), [], "{kind}");
    });
}

#[test]
fn a_payload_cut_off_anywhere_invents_nothing() {
    each(|kind, source, payload| {
        let whole = parsed(source, payload.as_bytes()).unwrap();
        for end in (0..payload.len()).step_by(7) {
            let found = parsed(source, &payload.as_bytes()[..end]).unwrap_or_default();
            assert!(found.len() <= whole.len(), "{kind} cut at {end}");
            for sighting in &found {
                let stars = sighting.rating.as_ref().map(|rating| rating.stars.to_string());
                let known = whole.iter().any(|whole| {
                    let same = whole.rating.as_ref().map(|rating| rating.stars.to_string()) == stars;
                    stars.is_none() || same
                });
                assert!(known, "{kind} cut at {end}: {sighting:?}");
            }
        }
    });
}

#[test]
fn a_damaged_byte_anywhere_is_never_a_panic() {
    each(|_, source, payload| {
        for at in (0..payload.len()).step_by(11) {
            for byte in [0, b'"', b'<', b'}', 0xFF] {
                let mut damaged = payload.as_bytes().to_vec();
                damaged[at] = byte;
                let _ = parsed(source, &damaged);
            }
        }
    });
}

#[test]
fn whatever_is_pushed_is_taken_in_or_refused_and_never_a_panic() {
    let now = "2026-11-21T10:00:00Z".parse().unwrap();
    let headers = |value: &str| {
        let names = ["x-hub-signature-256", "webhook-signature", "webhook-timestamp", "webhook-id", "authorization"];
        let more = ["typeform-signature", "tally-signature", "x-twilio-signature", "judgeme-hmac-sha256"];
        let names = names.into_iter().chain(more).map(http::HeaderName::from_static);
        names.map(|name| (name, http::HeaderValue::from_str(value).unwrap())).collect::<http::HeaderMap>()
    };
    each(|_, source, payload| {
        for url in
            ["https://a.example/in/x", "https://a.example/in/x?hub.mode=subscribe&hub.verify_token=%00&guest=%FF"]
        {
            let url = url.parse().unwrap();
            for value in ["", "sha256=", "v1,AAAA", "1790000000", "Bearer x", "sha256=zz\u{e9}"] {
                for cut in (0..payload.len()).step_by(payload.len() / 12 + 1) {
                    let mut body = payload.as_bytes()[..cut].to_vec();
                    body.extend([0xFF, b'"', 0]);
                    for method in [&http::Method::GET, &http::Method::POST] {
                        let _ = source.accept(&Push { method, url: &url, headers: &headers(value), body: &body, now });
                    }
                }
            }
        }
    });
}

#[test]
fn a_page_against_robots_is_said_to_be_one() {
    let challenge = include_bytes!("../fixtures/page/challenge.html");
    each(|kind, source, _| {
        assert_eq!(parsed(source, challenge), Err(ParseError::Blocked), "{kind}");
    });
}

#[test]
fn no_address_that_a_source_shows_carries_a_secret() {
    for kind in sources::ALL {
        let text = HOUSE.to_owned() + &live(kind.example);
        let wired = app::wire(&load_good(&text)).unwrap_or_else(|problems| panic!("{problems:?}"));
        let shown: Vec<String> = wired.watched[0].source.addresses().iter().map(ToString::to_string).collect();
        assert_eq!(!shown.is_empty(), wired.watched[0].source.is_polled(), "{}", kind.name);
        assert!(!shown.concat().contains("c2VjcmV0"), "{}: {shown:?}", kind.name);
    }
}
