//! What strangers wrote stays text, wherever it stands; and no template can say otherwise.

use super::*;

const ATTACKS: [&str; 6] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'onmouseover='alert(1)",
    "</textarea><svg onload=alert(1)>",
    "{{ 7*7 }}{% raw %}",
    "<!--><base href=//evil.example><a href=javascript:alert(1)>x</a>",
];

#[tokio::test]
async fn markup_in_any_field_comes_out_as_text() {
    for attack in ATTACKS {
        let text = || Some(attack.to_owned());
        let sighting = Sighting {
            author: text(),
            title: text(),
            text: text(),
            item: text(),
            language: text(),
            reply: Some(amends::review::Reply { text: attack.into(), at: None }),
            ..loud_lift()
        };
        let hotel = Hotel::with(sighting, NOW);
        let person: &'static str = attack;
        for step in
            [Step::Take, Step::Fix { note: text() }, Step::Tell { note: text() }, Step::Note { note: attack.into() }]
        {
            hotel.record(person, step, "2026-11-21T20:10:00Z");
        }
        let pages = [
            hotel.page(person).await,
            hotel.press(person, &[("step", "note"), ("note", &attack.repeat(4001 / attack.len() + 1))]).await,
        ];
        for page in pages {
            check_is_text(&page, attack);
        }
    }
}

#[track_caller]
fn check_is_text(page: &Answer, attack: &str) {
    let html = scraper::Html::parse_document(&page.body);
    let select = |css: &str| html.select(&scraper::Selector::parse(css).unwrap()).count();
    assert_eq!(
        select("script, img, svg, base, iframe, object, [onerror], [onload], [onmouseover], [style]"),
        0,
        "{attack}"
    );
    assert_eq!(select("a"), 1, "{attack}");
    assert_eq!(select("h1"), 1);
    assert!(page.text().contains(&attack.split_whitespace().collect::<Vec<_>>().join(" ")), "{attack}");
}

#[tokio::test]
async fn a_hidden_text_direction_and_control_characters_are_gone_from_notes() {
    let hotel = Hotel::new();
    hotel.press("Maria", &[("step", "note"), ("note", "a\u{202E}b\u{0}\u{1b}[31mc")]).await;
    let noted = Event::Step { by: "Maria".into(), step: Step::Note { note: "ab[31mc".into() } };
    assert_eq!(hotel.events()[1..], [noted]);
}

#[tokio::test]
async fn a_very_long_review_is_a_page_all_the_same() {
    let hotel = Hotel::with(Sighting { text: Some("ロビーは寒い。".repeat(10_000)), ..loud_lift() }, NOW);
    assert_eq!(hotel.page("Maria").await.status, StatusCode::OK);
}

#[test]
fn no_template_of_a_page_switches_escaping_off() {
    let folder = format!("{}/templates/web", env!("CARGO_MANIFEST_DIR"));
    let mut templates = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        for word in ["safe", "autoescape", "style=", "<script", "<style"] {
            assert!(!text.replace("safely", "").contains(word), "{} says `{word}`", path.display());
        }
        templates += 1;
    }
    assert_eq!(templates, 6);
}

/// The relative luminance of `#rrggbb`, by WCAG 2.
fn luminance(colour: &str) -> f64 {
    let part = |at: usize| {
        let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
}

#[tokio::test]
async fn every_pair_of_colours_can_be_read_in_light_and_dark() {
    let css = Hotel::new().get("/style.css").await.body;
    let blocks: Vec<&str> = css.split(":root {").skip(1).map(|block| block.split('}').next().unwrap()).collect();
    assert_eq!(blocks.len(), 2);
    for block in blocks {
        let colour = |name: &str| {
            let value = block.split(';').find_map(|line| line.trim().strip_prefix(&format!("--{name}: "))).unwrap();
            luminance(value.trim())
        };
        let pairs = [
            ("ink", 4.5),
            ("soft", 4.5),
            ("link", 4.5),
            ("warm", 4.5),
            ("good", 4.5),
            ("calm", 4.5),
            ("late", 4.5),
            ("field", 3.0),
            ("star", 3.0),
        ];
        let grounds = ["ground", "card", "quote"];
        let all = pairs.iter().flat_map(|pair| grounds.map(|ground| (pair.0, ground, pair.1)));
        for (front, back, least) in
            all.chain([("main-ink", "main", 4.5), ("late", "late-ground", 4.5), ("ink", "late-ground", 4.5)])
        {
            let (a, b) = (colour(front), colour(back));
            let contrast = (a.max(b) + 0.05) / (a.min(b) + 0.05);
            assert!(contrast >= least, "{front} on {back}: {contrast:.2}");
        }
    }
}
