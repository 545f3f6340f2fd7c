//! The report of invented weeks: a busy one, a quiet one, the first one, and weeks at the edges of the calendar.

use jiff::{Timestamp, tz::TimeZone};

use super::*;
use crate::{
    case::{CloseAs, Step},
    figures::{Blind, CaseFacts, Facts, IsoWeek, Standing, facts::ReviewFacts, sample::*},
    review::{Rating, RawRating, Scale},
};

const HOSTILE: &str = "=HYPERLINK(\"x\")<script>alert('1')</script>&\u{1b}[31m\u{202E}";

fn week(name: &str) -> IsoWeek {
    name.parse().unwrap()
}

/// "2026-11-16 09:00" for the Monday of so many weeks before week 47, moved on by days.
fn when(weeks_back: i64, day: i64, time: &str) -> String {
    let date = week("2026-W47").back(weeks_back).monday().checked_add(jiff::Span::new().days(day)).unwrap();
    format!("{date} {time}")
}

fn from(source: &str, author: &str, stars: i64, case: CaseFacts) -> CaseFacts {
    let rating = Rating::understand(&RawRating::new(stars)).unwrap();
    CaseFacts { source: source.into(), author: Some(author.into()), rating, ..case }
}

/// Half a year: three bad reviews a week, two of which turn, the quicker the later.
fn history() -> Vec<CaseFacts> {
    let mut cases = Vec::new();
    for back in 1..24 {
        let id = 100 + back * 3;
        let slow = back / 3;
        let turns = [(0, 5 + slow), (2, 7 + slow)];
        for (nth, (day, days)) in turns.into_iter().enumerate() {
            let case = case(id + nth as i64, &when(back, day, "09:00"));
            let case = case.contacted(&when(back, day, &format!("{:02}:{:02}", 9 + back / 8, 6 + back * 2)));
            let case = case.answered(&when(back, day, &format!("{}:00", 12 + back / 3)));
            cases.push(if days <= 7 * back - 7 { case.seen(&when(back, day + days, "10:00"), 5.0) } else { case });
        }
        let lost = case(id + 2, &when(back, 4, "20:00")).contacted(&when(back, 5, "08:00"));
        cases.push(if back > 2 { lost.closed(&when(back, 18, "08:00"), CloseAs::Lost) } else { lost });
    }
    cases
}

fn this_week() -> Vec<CaseFacts> {
    let ana = from("Trustpilot", "Ana R.", 1, case(1001, "2026-11-10 08:00"))
        .step("2026-11-10 08:10", "Maria", Step::Take)
        .contacted("2026-11-10 08:20")
        .step("2026-11-10 09:00", "Maria", Step::AskAdvice { note: Some("hot water before 7".into()) })
        .step("2026-11-12 09:00", "Tomaž", Step::Fix { note: Some("boiler timer".into()) })
        .gift("2026-11-12 10:00", "hand-written card", 250, "EUR")
        .step("2026-11-16 09:00", "Maria", Step::Tell { note: None })
        .seen("2026-11-18 08:00", 5.0);
    let lang = from("Booking", "K. Lang", 2, case(1002, "2026-11-12 08:00"))
        .contacted("2026-11-12 09:00")
        .gift("2026-11-17 12:00", "dinner", 4200, "EUR")
        .seen("2026-11-17 08:00", 4.0);
    let ionescu = from("Google", "S. Ionescu", 2, case(1003, "2026-11-14 08:00"))
        .contacted("2026-11-14 08:09")
        .seen("2026-11-20 08:00", 4.0);
    let weber = from("Google", "T. Weber", 2, case(1004, "2026-11-13 22:00"));
    let park = from("Booking", "J. Park", 1, case(1005, "2026-11-19 20:00"))
        .step("2026-11-19 20:10", "Maria", Step::Take)
        .step("2026-11-19 20:14", "Maria", Step::AskAdvice { note: None });
    let said = from("Google", "L. Novak", 2, case(1006, "2026-11-16 10:00"))
        .contacted("2026-11-16 10:20")
        .answered("2026-11-16 15:20")
        .closed("2026-11-19 10:00", CloseAs::Settled);
    vec![ana, lang, ionescu, weber, park, said]
}

fn busy() -> Facts {
    let mut facts = Facts { cases: history(), ..facts() };
    facts.cases.extend(this_week());
    facts.houses[0].views_per_day = Some(120);
    for back in 0..24 {
        let day = week("2026-W47").back(back).monday().to_string();
        facts.days.push(crate::figures::sample::day(&day, "Trustpilot", [9 + (back % 3) as usize, 2, 6, 1]));
        facts.days.push(crate::figures::sample::day(&day, "Booking", [14 + (back % 4) as usize, 2, 12, 0]));
        facts.days.push(crate::figures::sample::day(&day, "Google", [11, 1, 9, 0]));
    }
    let mut booking = source("Booking");
    booking.scale = Scale { worst: 1.0, best: 10.0 };
    booking.standing = Some(Standing { mean: 0.844, reviews: 812 });
    booking.standing_before = Some(Standing { mean: 0.833, reviews: 798 });
    booking.blind = vec![Blind { from: at("2026-11-17 19:00"), until: Some(at("2026-11-17 21:00")) }];
    facts.sources.push(booking);
    facts.sources.push(source("Google"));
    facts.unrated = vec![ReviewFacts {
        source: "Google".into(),
        first_seen_at: at("2026-11-20 18:00"),
        author: Some("walker_77".into()),
        excerpt: Some("Was there on Friday, let me tell you about the lift".into()),
        rating: None,
        url: None,
    }];
    facts
}

fn quiet() -> Facts {
    let mut facts = facts();
    facts.days = (0..13)
        .map(|back| day(&week("2026-W47").back(back).monday().to_string(), "Trustpilot", [21, 0, 21, 0]))
        .collect();
    facts.praise = Some(ReviewFacts {
        source: "Trustpilot".into(),
        first_seen_at: at("2026-11-18 18:00"),
        author: Some("Ela".into()),
        excerpt: Some("The night porter found my glasses in the snow".into()),
        rating: Rating::understand(&RawRating::new(5)).unwrap(),
        url: Some("https://reviews.example/r/7".into()),
    });
    facts
}

/// Watched since Wednesday; two old bad reviews opened a case, one new one came.
fn first() -> Facts {
    let mut facts = facts();
    facts.sources[0].watched_since = Some(at("2026-11-18 10:00"));
    facts.sources[0].standing_before = None;
    for (id, posted) in [(1, "2026-11-02 09:00"), (2, "2026-11-11 09:00")] {
        let mut old = case(id, posted);
        old.first_seen_at = at("2026-11-18 10:00");
        old.alerted_at = None;
        old.events[0].at = old.first_seen_at;
        facts.cases.push(old.contacted("2026-11-18 10:25"));
    }
    facts.cases.push(case(3, "2026-11-20 09:00").contacted("2026-11-20 09:20"));
    facts.cases.iter_mut().for_each(|case| case.watched_since = at("2026-11-18 10:00"));
    facts.days = vec![day("2026-11-20", "Trustpilot", [4, 1, 3, 0])];
    facts
}

fn monday_report(facts: &Facts) -> Weekly {
    weekly(facts, week("2026-W47"), at("2026-11-23 08:00"))
}

#[track_caller]
fn check(name: &str, facts: &Facts) {
    let text = render_text(&monday_report(facts));
    insta::with_settings!({ snapshot_path => "../../tests/fixtures/snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn a_busy_week_reads_well() {
    check("report_busy", &busy());
}

#[test]
fn a_quiet_week_says_so() {
    check("report_quiet", &quiet());
}

#[test]
fn the_first_week_compares_with_nothing() {
    check("report_first", &first());
}

#[test]
fn the_subject_carries_the_news() {
    let of = |facts: &Facts| subject(&monday_report(facts));
    assert_eq!(of(&busy()), "Week 47: 3 turned, 1 waiting 9 days");
    assert_eq!(of(&quiet()), "Week 47: all quiet");
    assert_eq!(of(&first()), "Week 47: 3 open, all contacted");
    let waiting = Facts { cases: vec![case(1, "2026-11-20 08:00"), case(2, "2026-11-21 08:00")], ..facts() };
    assert_eq!(of(&waiting), "Week 47: 2 waiting, longest 2 days");
}

#[test]
fn a_week_is_never_called_quiet_while_a_source_is_blind() {
    let mut blind = quiet();
    blind.sources[0].trouble = Some("the page asks for a captcha".into());
    let weekly = monday_report(&blind);
    assert_eq!(weekly.subject, "Week 47: nothing bad seen, 1 source not readable");
    assert!(weekly.breath[0].starts_with("No bad review was seen this week, but not every site can be read."));
    assert!(!weekly.method.iter().any(|line| line.contains("No source was blind")));
    assert_eq!(
        weekly.blind_now,
        [
            "Trustpilot cannot be read: the page asks for a captcha (last read Sun 22 Nov 23:55). What guests wrote there is missing here."
        ]
    );
    blind.sources[0].watched_since = None;
    assert_eq!(monday_report(&blind).subject, "Week 47: no source has been read yet");
}

#[test]
fn words_without_a_rating_keep_a_week_from_being_called_quiet() {
    let facts = Facts { unrated: busy().unrated, ..quiet() };
    let report = monday_report(&facts);
    assert_eq!(report.subject, "Week 47: no bad rating, 1 to be read");
    assert!(report.breath.contains(&"One review without a rating waits to be read.".to_owned()));
}

#[test]
fn one_function_feeds_every_rendering_with_the_same_numbers() {
    for facts in [busy(), quiet(), first(), facts()] {
        let weekly = monday_report(&facts);
        let (text, html, json, csv) = (render_text(&weekly), render_html(&weekly), to_json(&weekly), to_csv(&weekly));
        let table = rows_of_csv(&csv);
        let html = strip_tags(&html);
        let shown: Vec<&str> = weekly.rows_shown().map(|row| row.key.as_str()).collect();
        for (nth, row) in weekly.rows.iter().enumerate() {
            let said = [&row.this_week.words, &row.last_week.words, &row.habit.words];
            assert_eq!(table[nth], [row.key.as_str(), said[0], said[1], said[2]].map(str::to_owned));
            let in_json = ["this_week", "last_week", "habit"].map(|column| json["rows"][nth][column]["words"].clone());
            assert_eq!(in_json, said.map(|words| serde_json::Value::from(words.as_str())));
            if shown.contains(&row.key.as_str()) {
                let line = |page: &str| {
                    let words = page.split_whitespace().collect::<Vec<_>>().join(" ");
                    words.contains(&format!("{} {} {} {}", row.label.trim(), said[0], said[1], said[2]))
                };
                assert!(line(&text), "{} in the text", row.key);
                assert!(line(&html), "{} in the HTML", row.key);
            }
        }
        for page in [&text, &html] {
            let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
            for cell in weekly.saves.iter().map(|save| &save.took).chain(weekly.waiting.iter().map(|one| &one.waited)) {
                assert!(page.contains(&cell.words) && csv.contains(&cell.words), "{}", cell.words);
            }
        }
    }
}

fn rows_of_csv(csv: &str) -> Vec<[String; 4]> {
    let mut reader = ::csv::Reader::from_reader(csv.as_bytes());
    let records = reader.records().map(Result::unwrap).filter(|record| &record[0] == "table");
    records.map(|record| [1, 3, 4, 5].map(|column| record[column].to_owned())).collect()
}

fn strip_tags(html: &str) -> String {
    let mut out = String::new();
    for piece in html.split('<') {
        out.push_str(piece.split_once('>').map_or(piece, |(_, text)| text));
        out.push(' ');
    }
    out.replace("&nbsp;", " ")
}

#[test]
fn the_text_is_never_wider_than_a_terminal_even_with_long_and_wide_names() {
    let mut facts = busy();
    facts.title = "とても長いホテルの名前".repeat(5);
    for case in &mut facts.cases {
        case.author = Some("とても長い名前 with no end ".repeat(20));
        case.excerpt = Some("x".repeat(10_000));
    }
    facts.sources[0].trouble = Some("y".repeat(500));
    let text = render_text(&monday_report(&facts));
    let widest = text.lines().map(super::text::columns).max();
    assert!(widest <= Some(78), "{widest:?}\n{text}");
}

#[test]
fn hostile_words_of_guests_stay_words_in_every_rendering() {
    let mut facts = busy();
    for case in &mut facts.cases {
        (case.author, case.excerpt, case.url) = (Some(HOSTILE.into()), Some(HOSTILE.into()), Some(HOSTILE.into()));
    }
    facts.praise = facts.unrated.first().cloned();
    for review in facts.unrated.iter_mut().chain(&mut facts.praise) {
        (review.author, review.excerpt, review.url) =
            (Some(HOSTILE.into()), Some(HOSTILE.into()), Some("javascript:alert(1)".into()));
    }
    facts.title = HOSTILE.into();
    let weekly = monday_report(&facts);
    let html = render_html(&weekly);
    for forbidden in ["<script", "javascript:", "alert('", "\u{1b}", "\u{202E}", "HYPERLINK(\""] {
        assert!(!html.contains(forbidden), "{forbidden}");
    }
    let text = render_text(&weekly);
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202E}'));
    let csv = to_csv(&weekly);
    let mut reader = ::csv::ReaderBuilder::new().from_reader(csv.as_bytes());
    for cell in reader.records().flat_map(|record| record.unwrap().iter().map(str::to_owned).collect::<Vec<_>>()) {
        assert!(!cell.starts_with(['=', '+', '@', '\t', '\r']), "{cell}");
    }
}

#[test]
fn the_mail_is_small_and_fetches_nothing() {
    let mut facts = busy();
    for case in &mut facts.cases {
        (case.author, case.excerpt) = (Some("ä".repeat(5000)), Some("<&>\"'".repeat(5000)));
    }
    let html = render_html(&monday_report(&facts));
    assert!(html.len() < super::html::BYTES_MAX, "{}", html.len());
    for forbidden in ["<img", "<script", "<link", "@import", "url(", "src="] {
        assert!(!html.contains(forbidden), "{forbidden}");
    }
    assert!(html.contains("name=\"color-scheme\" content=\"light dark\""));
}

#[test]
fn the_tags_of_the_mail_close() {
    for facts in [busy(), quiet(), first(), facts()] {
        let html = render_html(&monday_report(&facts));
        for tag in ["table", "tr", "td", "th", "div", "p", "h1", "h2", "a", "b", "span", "body", "head", "html"] {
            let opened = html.matches(&format!("<{tag} ")).count() + html.matches(&format!("<{tag}>")).count();
            assert_eq!(opened, html.matches(&format!("</{tag}>")).count(), "{tag}");
        }
    }
}

#[test]
fn last_weeks_column_is_what_last_weeks_report_said() {
    let facts = busy();
    let before = weekly(&facts, week("2026-W46"), at("2026-11-16 08:00"));
    let now = monday_report(&facts);
    for row in &now.rows {
        let Some(then) = before.rows.iter().find(|then| then.key == row.key) else { continue };
        assert_eq!(row.last_week, then.this_week, "{}", row.key);
    }
    let again = weekly(&facts, week("2026-W46"), at("2027-03-01 08:00"));
    assert_eq!(again.rows, before.rows);
}

#[test]
fn a_week_across_the_year_end_compares_with_week_52_and_53() {
    let mut facts = facts();
    facts.days = vec![
        day("2026-12-21", "Trustpilot", [1, 0, 1, 0]),
        day("2026-12-31", "Trustpilot", [2, 0, 2, 0]),
        day("2027-01-03", "Trustpilot", [3, 0, 3, 0]),
        day("2027-01-04", "Trustpilot", [7, 0, 7, 0]),
    ];
    let seen = |name: &str| {
        let report = weekly(&facts, week(name), at("2027-01-11 08:00"));
        (report.rows[0].this_week.words.clone(), report.rows[0].last_week.words.clone(), report.subject)
    };
    assert_eq!(seen("2026-W53"), ("5".into(), "1".into(), "Week 53: all quiet".into()));
    assert_eq!(seen("2027-W01"), ("7".into(), "5".into(), "Week 1: all quiet".into()));
}

#[test]
fn a_clock_change_moves_neither_the_ends_of_the_week_nor_a_review_into_another() {
    let at_hour = |text: &str| text.parse::<Timestamp>().unwrap();
    for (name, hours, last, next) in [
        ("2026-W13", 167, "2026-03-29T21:59:00Z", "2026-03-29T22:01:00Z"),
        ("2026-W43", 169, "2026-10-25T22:59:00Z", "2026-10-25T23:01:00Z"),
    ] {
        let mut facts = facts();
        facts.sources[0].watched_since = Some(at("2026-01-01 00:00"));
        for (id, seen_at) in [(1, last), (2, next)] {
            let mut case = case(id, "2026-03-01 08:00");
            case.published = None;
            case.first_seen_at = at_hour(seen_at);
            case.events[0].at = case.first_seen_at;
            facts.cases.push(case);
        }
        let report = weekly(&facts, week(name), at("2026-11-23 08:00"));
        let begun = report.rows.iter().find(|row| row.key == "begun").unwrap();
        assert_eq!((report.week.hours, begun.this_week.words.as_str()), (hours, "1"), "{name}");
    }
}

#[test]
fn a_house_on_the_west_coast_has_its_own_sunday_night() {
    let mut facts = facts();
    facts.zone = TimeZone::get("America/Los_Angeles").unwrap();
    let mut late = case(1, "2026-11-20 08:00");
    late.first_seen_at = "2026-11-23T07:59:00Z".parse().unwrap();
    late.events[0].at = late.first_seen_at;
    facts.cases.push(late.contacted("2026-11-23 09:30"));
    let report = weekly(&facts, week("2026-W47"), "2026-11-23T16:00:00Z".parse().unwrap());
    let row = |key: &str| report.rows.iter().find(|row| row.key == key).unwrap().this_week.words.clone();
    assert_eq!((row("begun"), row("open"), row("unheard")), ("1".into(), "1".into(), "1".into()));
    assert_eq!((report.week.time_zone.as_str(), report.made.as_str()), ("America/Los_Angeles", "Mon 23 Nov 08:00"));
}

#[test]
fn a_running_week_is_told_as_it_stands() {
    let report = weekly(&busy(), week("2026-W47"), at("2026-11-17 12:00"));
    assert!(!report.week.is_over);
    assert!(render_text(&report).contains("This week is not over: as it stands on Tue 17 Nov 12:00."));
    assert_eq!(report.saves.len(), 1);
}

#[test]
fn nothing_at_all_makes_a_report_too() {
    let mut nothing = facts();
    (nothing.houses, nothing.sources) = (vec![], vec![]);
    let report = monday_report(&nothing);
    assert_eq!(report.subject, "Week 47: no source has been read yet");
    assert!(render_text(&report).contains("No source has been read yet"));
    assert!(report.rows.iter().all(|row| row.this_week.is_blank()));
}
