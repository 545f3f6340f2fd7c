//! What belongs to the owner: a small database made by looking at a site on loopback; cases, copies, export and erasure on it.

use super::Home;
use crate::loopback::{Server, ok};

const PAGE: &str = include_str!("../../fixtures/page/cafe_json_ld.html");

/// A home whose one source was looked at once: Ada's bad review has a case, Ben's good one none.
async fn looked() -> (Home, Server) {
    let site = Server::start("127.0.0.1", |path| if path == "/robots.txt" { ok("") } else { ok(PAGE) }).await;
    let home = Home::new();
    home.write(
        "amends.toml",
        format!(
            "[[location]]\nname = \"Café Linde\"\ntimezone = \"Europe/Vienna\"\n\n[[source]]\nname = \"our-page\"\nkind = \"page\"\n\
             url = \"{}\"\nopen_recent = \"36500d\"\n\n[[person]]\nname = \"Maria\"\nchannels = [\"screen\"]\n\n[[channel]]\n\
             name = \"screen\"\nkind = \"console\"\n\n[http]\nallow_private = [\"127.0.0.1/32\"]\n",
            site.at("/reviews")
        ),
    );
    let seen = home.run(&["poll", "our-page"]).with(0);
    assert_eq!(seen.out, "our-page: 2 seen, 2 new, 0 changed, 0 rejected\n");
    (home, site)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_is_listed_taken_and_shown() {
    let (home, _site) = looked().await;
    let cases = home.run(&["cases", "list", "--json"]).with(0).json();
    assert_eq!(cases.as_array().unwrap().len(), 1);
    assert_eq!(cases[0]["stage"], "new");
    assert_eq!(cases[0]["review"]["author"], "Ada");
    assert!(home.run(&["cases", "take", "1"]).with(0).out.starts_with("✓ case 1"));
    let shown = home.run(&["cases", "show", "1"]).with(0).out;
    assert!(shown.contains("Maria") && shown.contains("Too loud"), "{shown}");
    assert_eq!(home.run(&["cases", "take", "99"]).with(1).out, "");
    assert!(home.run(&["status", "--json"]).json().is_object());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_page_again_adds_nothing() {
    let (home, site) = looked().await;
    let again = home.run(&["poll"]).with(0);
    assert!(again.out.contains("0 new, 0 changed"), "{again:?}");
    assert_eq!(home.run(&["reviews", "--json"]).with(0).json().as_array().unwrap().len(), 2);
    assert!(site.heads().iter().all(|head| head.starts_with("GET ")), "a source only asks");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_brings_back_what_was_erased_since() {
    let (home, _site) = looked().await;
    let copied = home.run(&["backup", "copy.db"]).with(0);
    assert!(copied.out.contains("2 reviews, 1 cases") && copied.out.contains("verified"), "{copied:?}");
    assert!(home.run(&["backup", "copy.db"]).with(1).err.contains("nothing was overwritten"));
    assert!(home.run(&["restore", "--dry-run", "copy.db"]).with(0).out.contains("nothing was changed"));

    assert!(home.run(&["forget", "--author", "Ada"]).with(1).err.contains("--yes"), "never without being asked");
    assert!(home.run(&["forget", "--author", "Ada", "--dry-run"]).with(0).out.contains("nothing was erased"));
    assert!(home.run(&["forget", "--author", "Nobody", "--yes"]).with(1).out.contains("nothing was found"));
    home.run(&["forget", "--author", "Ada", "--yes"]).with(0);
    assert!(!home.run(&["export"]).with(0).out.contains("Could not hear my friend"));
    let status = home.run(&["status"]).with(1).out;
    assert!(status.contains("copy.db") && status.contains("holds words until you delete it"), "{status}");
    let left = std::fs::read(home.path("data").join("amends.db")).unwrap();
    assert!(memchr::memmem::find(&left, b"Could not hear my friend").is_none(), "the words are in the raw file");

    home.run(&["restore", "copy.db"]).with(0);
    assert!(home.run(&["export"]).with(0).out.contains("Could not hear my friend"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_can_be_taken_along_as_json_lines() {
    let (home, _site) = looked().await;
    let rows = home.run(&["export"]).with(0).lines();
    let of = |table: &str| rows.iter().filter(|row| row["table"] == table).count();
    assert_eq!((of("reviews"), of("cases")), (2, 1), "{rows:?}");
    let to_file = home.run(&["export", "--output", "all.jsonl"]).with(0);
    assert_eq!(to_file.out, "");
    assert_eq!(std::fs::read_to_string(home.path("all.jsonl")).unwrap().lines().count(), rows.len());
    let report = home.run(&["report"]).with(0).out;
    assert!(report.contains("Café Linde"), "{report}");
    let history = home.run(&["report", "--history", "--json"]).with(0).json();
    assert_eq!((&history["location"], &history["weeks"]), (&"Café Linde".into(), &serde_json::json!([])), "{history}");
    assert!(home.run(&["report", "--history"]).with(0).out.contains("no review has appeared yet"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_no_copy_replaces_nothing() {
    let (home, _site) = looked().await;
    home.write("copy.db", b"SQLite format 3\0 but then rubbish");
    home.run(&["restore", "copy.db"]).with(1);
    assert_eq!(home.run(&["reviews", "--json"]).with(0).json().as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_corrected_verdict_moves_its_case_and_is_counted() {
    let (home, _site) = looked().await;
    let reviews = home.run(&["reviews", "--json"]).with(0).json();
    let id = |author: &str| {
        let found = reviews.as_array().unwrap().iter().find(|review| review["author"] == author).unwrap();
        found["id"].to_string()
    };
    let (ada, ben) = (id("Ada"), id("Ben"));

    let said = home.run(&["reviews", "correct", &ada, "positive"]).with(0).out;
    assert!(said.contains("negative → positive") && said.contains("case 1"), "{said}");
    let case = home.run(&["cases", "show", "1", "--json"]).with(0).json();
    assert_eq!(case["stage"], "dismissed", "a claim turns nothing around");
    assert!(
        home.run(&["cases", "show", "1"]).with(0).out.contains("Maria corrected the verdict from negative to positive")
    );
    home.run(&["reviews", "correct", &ada, "negative"]).with(0);
    assert_eq!(home.run(&["cases", "show", "1", "--json"]).with(0).json()["stage"], "new");

    let missed = home.run(&["reviews", "correct", &ben, "negative", "--by", "Tomaž"]).with(0).out;
    assert!(missed.contains("case 2 is open"), "{missed}");
    let because = home.run(&["cases", "show", "2", "--json"]).with(0).json()["review"]["verdict"]["because"].clone();
    assert_eq!(because[0], "Tomaž says that it is negative; it had been judged positive");

    let report = home.run(&["judge", "--report", "--json"]).with(0).json();
    let counted = &report["agreement"][0];
    assert_eq!(
        (&counted["reviews"], &counted["read"], &counted["corrected"]),
        (&2.into(), &2.into(), &1.into()),
        "{report}"
    );
    assert_eq!((&counted["precision"], &counted["recall"]), (&1.0.into(), &0.5.into()), "{report}");
    assert!(home.run(&["judge", "--report"]).with(0).out.contains("corrected"));
    assert!(home.run(&["reviews", "correct", "99", "negative"]).with(1).err.contains("review 99"));
    home.run(&["reviews", "correct", &ben, "dreadful"]).with(2);
    assert!(home.run(&["export"]).with(0).lines().iter().any(|row| row["table"] == "corrections"));
}
