//! The rules of the house that the compiler does not know, read from the source text; each failure names file and line.
//!
//! The order of the modules is the table in the crate docs of `src/lib.rs`: this test reads it from there.

#[path = "tidy/text.rs"]
mod text;

use std::collections::BTreeMap;

use text::{Source, read_all};

/// The longest that a file may be.
const LINES_MAX: usize = 500;

/// Who may not use whom although they stand higher.
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("sources", &["store", "clock", "channels", "work"]),
    ("channels", &["store", "clock", "sources", "work"]),
    ("web", &["sources", "channels"]),
];

/// Fails with every place at once.
#[track_caller]
fn none(rule: &str, places: Vec<String>) {
    assert!(places.is_empty(), "{rule}:\n  {}\n", places.join("\n  "));
}

/// "clock.rs" and "work/ingest.rs" belong to "clock" and "work".
fn module(source: &Source) -> &str {
    let own = source.path.trim_start_matches("src/");
    own.split('/').next().unwrap_or(own).trim_end_matches(".rs")
}

/// The places of the needles in code outside tests, in files outside `allowed`.
fn places(needles: &[&str], allowed: &[&str]) -> Vec<String> {
    let outside = |source: &Source| !allowed.iter().any(|allowed| source.path.starts_with(allowed));
    read_all("src").iter().filter(|source| outside(source)).flat_map(|source| in_product(source, needles)).collect()
}

fn in_product(source: &Source, needles: &[&str]) -> Vec<String> {
    source.finds(needles).into_iter().filter(|at| !source.is_test(*at)).map(|at| source.at(at)).collect()
}

/// The rows of the table in the crate docs, the lowest floor first, each from left to right.
fn floors() -> Vec<Vec<String>> {
    let lib = &read_all("src").into_iter().find(|source| source.path == "src/lib.rs").unwrap().whole;
    let row = |line: &str| {
        let row = line.strip_prefix("//! ")?.trim();
        let (floor, modules) = row.split_once("  ")?;
        floor.split(' ').next()?.parse::<u8>().ok()?;
        Some(modules.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    };
    let mut floors: Vec<_> = lib.lines().filter_map(row).collect();
    floors.reverse();
    floors
}

#[test]
fn every_module_has_its_place_in_the_table_of_floors() {
    let listed: Vec<String> = floors().concat();
    assert_eq!(floors().len(), 8, "the table of floors in src/lib.rs: {listed:?}");
    let mut missing: Vec<String> = read_all("src")
        .iter()
        .map(|source| module(source).to_owned())
        .filter(|module| !matches!(module.as_str(), "lib" | "main") && !module.ends_with("_tests"))
        .filter(|module| !listed.contains(module))
        .collect();
    missing.dedup();
    none("modules without a floor in src/lib.rs", missing);
}

#[test]
fn a_module_uses_only_lower_floors_and_on_its_own_only_those_to_its_left() {
    let rank: BTreeMap<String, usize> =
        floors().concat().into_iter().enumerate().map(|(n, module)| (module, n)).collect();
    let mut wrong = Vec::new();
    for source in read_all("src") {
        let own = module(&source).trim_end_matches("_tests").to_owned();
        let Some(own_rank) = rank.get(&own) else { continue };
        for (at, used) in source.segments("crate") {
            if rank.get(&used).is_some_and(|used_rank| used_rank > own_rank) {
                wrong.push(format!("{} {own} uses {used}", source.at(at)));
            }
        }
    }
    none("uses upward or to the right", wrong);
}

#[test]
fn adapters_and_the_face_keep_their_distance() {
    let mut wrong = Vec::new();
    for source in read_all("src") {
        for (who, forbidden) in FORBIDDEN.iter().filter(|(who, _)| *who == module(&source)) {
            let used = source.segments("crate").into_iter();
            wrong.extend(
                used.filter(|(_, used)| forbidden.contains(&used.as_str()))
                    .map(|(at, used)| format!("{} {who} uses {used}", source.at(at))),
            );
        }
    }
    none("forbidden uses", wrong);
}

#[test]
fn no_source_knows_another_and_no_channel_another() {
    let sources = amends::sources::ALL.iter().map(|kind| ("sources", kind.name));
    let channels = amends::channels::ALL.iter().map(|kind| ("channels", kind.name));
    let kinds: Vec<(&str, String)> =
        sources.chain(channels).map(|(folder, name)| (folder, name.replace('-', "_"))).collect();
    let mut wrong = Vec::new();
    for source in read_all("src") {
        let Some((folder, own)) = source.path.trim_start_matches("src/").split_once('/') else { continue };
        let own = own.split('/').next().unwrap_or(own).trim_end_matches(".rs").trim_end_matches("_tests");
        if own == "mod" || !kinds.iter().any(|(of, kind)| *of == folder && kind == own) {
            continue;
        }
        let used = source.segments("super").into_iter().chain(source.segments(folder));
        wrong.extend(
            used.filter(|(_, used)| used != own && kinds.iter().any(|(of, kind)| *of == folder && kind == used))
                .map(|(at, used)| format!("{} {own} uses {used}", source.at(at))),
        );
    }
    none("adapters that know each other", wrong);
}

#[test]
fn only_the_store_says_rusqlite_and_sql() {
    none("`rusqlite` outside store/", places(&["rusqlite"], &["src/store/"]));
    let statements = ["SELECT ", "INSERT INTO", "UPDATE ", "DELETE FROM", "PRAGMA ", "CREATE TABLE"];
    let mut wrong = Vec::new();
    for source in read_all("src").iter().filter(|source| !source.path.starts_with("src/store/")) {
        let found = statements.iter().flat_map(|statement| source.strings.match_indices(statement));
        wrong.extend(found.filter(|(at, _)| !source.is_test(*at)).map(|(at, _)| source.at(at)));
    }
    none("SQL outside store/", wrong);
}

#[test]
fn only_http_says_reqwest() {
    none("`reqwest` outside http/", places(&["reqwest"], &["src/http/"]));
}

#[test]
fn only_the_clock_reads_the_time() {
    let readings = ["SystemTime::now", "Timestamp::now", "Instant::now", "Zoned::now", "Utc::now", "Local::now"];
    none("readings of the time outside clock.rs", places(&readings, &["src/clock.rs"]));
}

#[test]
fn nothing_in_work_names_a_persons_step() {
    let work = read_all("src").into_iter().filter(|source| source.path.starts_with("src/work/"));
    none(
        "claims made by the daemon",
        work.flat_map(|source| in_product(&source, &["Step::", "Event::Step"])).collect(),
    );
}

#[test]
fn no_source_can_send_anything_but_a_question() {
    let sources = || read_all("src").into_iter().filter(|source| source.path.starts_with("src/sources/"));
    let sending = ["Request::deliver", "Method::POST", "Method::PUT", "Method::PATCH", "Method::DELETE", "mutation"];
    none("a source that writes", sources().flat_map(|source| in_product(&source, &sending)).collect());
    // A question goes out as a POST only to sign in, and where a query language wants it.
    let posing = ["src/sources/access.rs", "src/sources/visit.rs", "src/sources/expedia.rs"];
    let asking = sources().filter(|source| !posing.contains(&source.path.as_str()));
    none("a POST from elsewhere", asking.flat_map(|source| in_product(&source, &[".ask(", "Request::ask"])).collect());
}

#[test]
fn every_file_opens_with_its_purpose() {
    let all = read_all("src").into_iter().chain(read_all("tests"));
    none(
        "files without a first `//!` line of their own",
        all.filter(|source| {
            let first = source.whole.lines().next().unwrap_or_default();
            !first.starts_with("//! ") || first.len() < 20
        })
        .map(|source| source.path)
        .collect(),
    );
}

#[test]
fn nothing_is_left_undone_or_left_out() {
    let mut wrong = Vec::new();
    for source in read_all("src").into_iter().chain(read_all("tests")) {
        let undone = ["todo!", "unimplemented!", "#[ignore", "dbg!"];
        wrong.extend(source.finds(&undone).into_iter().map(|at| source.at(at)));
    }
    none("things left undone", wrong);
}

#[test]
fn nothing_is_unwrapped_outside_tests() {
    none("`.unwrap()` outside tests", places(&[".unwrap()"], &[]));
}

#[test]
fn no_file_is_longer_than_people_read() {
    let all = read_all("src").into_iter().chain(read_all("tests"));
    none(
        &format!("files of more than {LINES_MAX} lines"),
        all.map(|source| (source.whole.lines().count(), source.path))
            .filter(|(lines, _)| *lines > LINES_MAX)
            .map(|(lines, path)| format!("{path} has {lines}"))
            .collect(),
    );
}

#[test]
fn every_test_that_the_crate_docs_name_exists() {
    let sources: Vec<Source> = read_all("src").into_iter().chain(read_all("tests")).collect();
    let lib = &sources.iter().find(|source| source.path == "src/lib.rs").unwrap().whole;
    let held = lib
        .lines()
        .skip_while(|line| !line.contains("# Invariants"))
        .flat_map(|line| line.split('`').skip(1).step_by(2));
    let named: Vec<&str> = held.filter(|word| word.matches('_').count() >= 3).collect();
    assert!(named.len() >= 10, "{named:?}");
    let missing = named.into_iter().filter(|name| {
        let function = format!("fn {name}(");
        !sources.iter().any(|source| source.code.contains(&function))
    });
    none("tests that src/lib.rs names and nobody wrote", missing.map(str::to_owned).collect());
}

#[test]
fn the_readme_shows_a_report_that_the_program_made() {
    let readme = include_str!("../../README.md");
    let made = include_str!("../fixtures/snapshots/report_busy.snap");
    let shown: Vec<&str> = readme
        .lines()
        .skip_while(|line| !line.contains("Week 47"))
        .take_while(|line| *line != "```")
        .filter(|line| !line.is_empty())
        .collect();
    assert!(shown.len() > 10, "{shown:?}");
    let invented = shown.into_iter().filter(|line| !made.lines().any(|own| own == *line)).map(str::to_owned);
    none("lines of the README's report that no report has", invented.collect());
}

#[test]
fn the_readme_and_the_deploy_notes_lead_only_to_files_that_exist() {
    let mut missing = Vec::new();
    for (folder, text) in [
        ("", include_str!("../../README.md")),
        ("deploy/", include_str!("../../deploy/README.md")),
        ("", include_str!("../../CHANGELOG.md")),
    ] {
        let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for link in links.filter(|link| !link.contains("://")) {
            if !std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(link).exists() {
                missing.push(format!("{folder}{link}"));
            }
        }
    }
    none("links to nowhere", missing);
}

/// The image is built from `src` and `templates` alone: a target without a path makes cargo look for its file, and refuse.
#[test]
fn every_target_beside_the_program_says_where_it_lies() {
    let manifest: toml::Table = include_str!("../../Cargo.toml").parse().unwrap();
    let targets = ["bench", "example", "test"].into_iter().filter_map(|kind| manifest.get(kind)?.as_array());
    let lost = targets.flatten().filter(|target| target.get("path").is_none());
    none("targets without a path", lost.map(|target| target["name"].to_string()).collect());
}
