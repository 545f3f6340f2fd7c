//! What may be written in several ways: files, overrides, variables, former names; and what comes of it.

use std::path::{Path, PathBuf};

use super::{GOOD, World, shapes};
use crate::config::{
    Config, Former, Level, MailTls, Paths, Section, SettingsError, Unrated, User, changes, example, load, schema,
};

#[test]
fn the_keys_of_a_kind_go_to_its_settings() {
    let config = World::new(GOOD).good().config;
    let source = &config.sources[0];
    assert_eq!((source.name.as_str(), source.kind.as_str()), ("house page", "page"));
    assert_eq!(source.every.unwrap().to_string(), "15m");
    assert_eq!(source.settings, toml::toml! { url = "https://alpenblick.example/" });
    assert_eq!(source.location.as_deref(), Some("Hotel Alpenblick"), "the only one there is");
    assert_eq!(config.people[0].channels, ["phone"]);
    assert_eq!(config.report.weekly.in_words(), "every Monday at 08:00");
    assert_eq!(config.web.listen.to_string(), "127.0.0.1:26363");
}

#[test]
fn tabs_carriage_returns_and_a_byte_order_mark_are_no_trouble() {
    for text in [GOOD.replace('\n', "\r\n"), GOOD.replace(" = ", "\t=\t"), format!("\u{feff}{GOOD}")] {
        assert_eq!(World::new(text).good().config, World::new(GOOD).good().config);
    }
}

#[test]
fn sections_may_be_written_inline() {
    let text = "location = [{ name = \"A\", timezone = \"UTC\" }]\nsource = [{ name = \"p\", kind = \"page\", url = \"https://a.example\" }]\nweb.listen = \"127.0.0.1:1\"\n";
    let config = World::new(text).good().config;
    assert_eq!(config.sources[0].settings["url"].as_str(), Some("https://a.example"));
    assert_eq!(config.web.listen.port(), 1);
    let wrong = World::new(text.replace("https://a.example", "a")).bad();
    assert_eq!(wrong.list()[0].place.as_ref().unwrap().line_column(), (2, 46));
}

#[test]
fn files_of_a_folder_add_sections_and_may_not_set_a_key_twice() {
    let more =
        "[[source]]\nname = \"more\"\nkind = \"page\"\nurl = \"https://b.example\"\n[report]\nto = [\"Maria\"]\n";
    let loaded = World::new(GOOD)
        .file("conf.d/10.toml", more)
        .file("conf.d/20.toml", "[report]\nweekly = \"Tue 09:00\"\n")
        .good();
    assert_eq!(loaded.config.sources.len(), 2);
    assert_eq!(loaded.config.report.weekly.in_words(), "every Tuesday at 09:00");
    assert_eq!(loaded.origin("source.1.url").unwrap().to_string(), "conf.d/10.toml:4:1");
    assert_eq!(loaded.origin("report.weekly").unwrap().to_string(), "conf.d/20.toml:2:1");
    assert_eq!(loaded.origin("report.nothing"), None);
    let dotted = World::new(format!("{GOOD}[calendar.\"a.b\"]\nhours = \"always\"\n")).good();
    let line = GOOD.lines().count() + 2;
    assert_eq!(dotted.origin("calendar.a.b.hours").unwrap().to_string(), format!("amends.toml:{line}:1"));
    for path in ["calendar.a", "source.99", "source.0.url.x", "source.", "."] {
        assert_eq!(dotted.origin(path), None, "{path}");
    }
    let twice = World::new(GOOD)
        .file("a.toml", "[web]\nlisten = \"127.0.0.1:1\"\n")
        .file("b.toml", "[web]\nlisten = \"127.0.0.1:2\"\n")
        .bad();
    assert_eq!(twice.list()[0].to_string(), "b.toml:2:1: `listen` is set twice, in two files; keep one of them");
    assert!(twice.render(crate::config::Look::Plain).contains("the first is in: a.toml:2:1"));
}

#[test]
fn the_environment_overrides_keys_of_plain_sections() {
    let world = World::new(format!("{GOOD}\n[web]\nlisten = \"127.0.0.1:1\"\n"))
        .set("AMENDS_WEB__LISTEN", "0.0.0.0:80")
        .set("AMENDS_NEGATIVE__RATING_MAX", "0.4")
        .set("AMENDS_NEGATIVE__UNRATED", "alert")
        .set("AMENDS_NEGATIVE__WORDS", "bedbug*, mould")
        .set("AMENDS_HTTP__IN_FLIGHT_MAX", "7")
        .set("AMENDS_SMTP__HOST", "mail.example")
        .set("AMENDS_SMTP__TLS", "starttls")
        .set("AMENDS_SMTP__FROM", "a@b.example")
        .set("AMENDS_SMTP__PASSWORD_FILE", "/run/smtp")
        .secret("/run/smtp", "pw$$x\n");
    let config = world.good().config;
    assert_eq!(config.web.listen.to_string(), "0.0.0.0:80");
    assert!((config.negative.rating_max - 0.4).abs() < 1e-9);
    assert_eq!(config.negative.unrated, Unrated::Alert);
    assert_eq!(config.negative.words, ["bedbug*", "mould"]);
    assert_eq!(config.http.in_flight_max, 7);
    let smtp = config.smtp.unwrap();
    assert_eq!(smtp.tls, MailTls::Starttls);
    assert_eq!(smtp.password.unwrap().reveal(), "pw$$x");
}

#[test]
fn a_wrong_override_is_named_like_a_wrong_line() {
    let problems = World::new(GOOD).set("AMENDS_HTTP__IN_FLIGHT_MAX", "many").set("AMENDS_WEB__LISTEN", "").bad();
    let found: Vec<String> = problems.list().iter().map(ToString::to_string).collect();
    let expected = [
        "environment:1:28: `in_flight_max` in [http] must be a whole number from 1 to 1024",
        "environment:2:20: `listen` in [web] cannot be used: `` is not an address and port such as \"127.0.0.1:26363\"",
    ];
    assert_eq!(found, expected);
}

#[test]
fn an_override_of_a_secret_takes_the_place_of_every_form_in_the_file() {
    let smtp = "[smtp]\nhost = \"h\"\nfrom = \"Hotel <f@a.example>\"\npassword_file = \"/gone\"\n";
    let loaded = World::new(format!("{GOOD}\n{smtp}")).set("AMENDS_SMTP__PASSWORD", "pw").good();
    assert_eq!(loaded.config.smtp.unwrap().password.unwrap().reveal(), "pw");
}

#[test]
fn variables_are_put_into_texts_after_parsing() {
    let swap = |by: &str| World::new(format!("{GOOD}\n[http]\ncontact = \"{by}\"\n"));
    let contact = |world: World| world.good().config.http.contact.unwrap();
    assert_eq!(contact(swap("${AMENDS_WHO}@b.example").set("AMENDS_WHO", "a\"\n[x")), "a\"\n[x@b.example");
    assert_eq!(contact(swap("${AMENDS_WHO:-maria}@b.example")), "maria@b.example");
    assert_eq!(contact(swap("$$5 $ ${AMENDS_WHO:-}.")), "$5 $ .");
    let refused = [
        ("${AMENDS_WHO}", "the variable `AMENDS_WHO` is not set; set it, or write ${AMENDS_WHO:-default}"),
        (
            "${HOME}",
            "this variable is not put in; only variables whose names begin with AMENDS_ are put in; write $$ for a dollar sign itself",
        ),
        ("${AMENDS_WHO", "`${` has no `}`; write $$ for a dollar sign itself"),
    ];
    for (text, expected) in refused {
        assert_eq!(
            swap(text).set("HOME", "/root").bad().list()[0].to_string(),
            format!("amends.toml:31:11: {expected}")
        );
    }
}

#[test]
fn a_former_name_only_warns_and_its_value_counts() {
    let loaded = World::new(format!("language = \"de\"\n{GOOD}\n[report]\ncron = \"0 7 * * 2\"\n")).good();
    assert_eq!(loaded.config.report.weekly.in_words(), "every Tuesday at 07:00");
    let warnings: Vec<String> = loaded.warnings.iter().map(ToString::to_string).collect();
    let expected = [
        "amends.toml:1:1: `language` is no longer used; remove it; guests' words are shown as they are",
        "amends.toml:32:1: `cron` in [report] is now called `weekly`; crontabs are written there too",
    ];
    assert_eq!(warnings, expected);
    let wrong = World::new(format!("{GOOD}\n[report]\ncron = \"0 7 31 2 *\"\n")).bad();
    assert_eq!(wrong.list().len(), 2, "the warning and the error");
    let both = World::new(format!("{GOOD}\n[report]\ncron = \"Mon 06:00\"\nweekly = \"Mon 07:00\"\n")).good();
    assert_eq!(both.config.report.weekly.in_words(), "every Monday at 07:00");
    assert_eq!(both.warnings.len(), 1);
}

#[test]
fn what_an_adapter_refuses_is_shown_at_its_key() {
    let loaded = World::new(GOOD).good();
    let at = |error: &SettingsError| loaded.problem_at(Section::Source, 0, error).to_string();
    assert_eq!(
        at(&SettingsError::key("url", "must be https")),
        "amends.toml:14:1: `url` in [[source]] `house page`: must be https"
    );
    assert_eq!(
        at(&SettingsError::key("absent", "is needed")),
        "amends.toml:11:1: `absent` in [[source]] `house page`: is needed"
    );
    let whole = SettingsError { key: None, message: "does not fit".to_owned() };
    assert_eq!(at(&whole), "amends.toml:11:1: [[source]] `house page`: does not fit");
    let polite = loaded.problem(Level::Error, "source.0.every", "too often");
    assert_eq!(polite.to_string(), "amends.toml:15:1: too often");
}

#[test]
fn no_source_is_a_warning() {
    let loaded = World::new("[[location]]\nname = \"A\"\ntimezone = \"UTC\"\n").good();
    assert_eq!(
        loaded.warnings[0].to_string(),
        "there is no [[source]], so nothing is watched; `amends sources` lists what can be watched"
    );
}

#[test]
fn the_same_page_under_two_names_is_a_warning() {
    let again = "[[source]]\nname = \"again\"\nkind = \"page\"\nurl = \"https://alpenblick.example/\"\n";
    let loaded = World::new(format!("{GOOD}\n{again}")).good();
    let expected = "amends.toml:30:1: [[source]] `again` is the same as `house page`: every review would be told twice; keep one of them";
    assert_eq!(loaded.warnings[0].to_string(), expected);
    assert_eq!(loaded.warnings.len(), 1);
}

#[test]
fn dates_without_quotes_are_holidays_too() {
    let config = World::new(GOOD.replace("[\"12-25\"]", "[2026-12-24, \"12-25\"]")).good().config;
    assert_eq!(config.calendars["desk"].holidays, ["2026-12-24", "12-25"]);
}

#[test]
fn the_example_works_and_shows_every_kind() {
    let example = example(&shapes());
    let loaded = World::new(example.clone()).good();
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    assert_eq!(loaded.config.sources.len(), 1);
    assert_eq!(loaded.config.channels.len(), 3);
    assert_eq!(loaded.config.people[0].channels, ["phone", "mail"]);
    assert_eq!(loaded.config.routes[1].to, ["console"]);
    assert!(example.contains("#kind = \"api\""));
    let longest = example.lines().map(|line| line.chars().count()).max();
    assert!(longest <= Some(140), "{longest:?}");
}

#[test]
fn the_example_works_without_any_kind() {
    assert!(example(&crate::config::Shapes::default()).contains("[[location]]"));
}

/// Every line of the example that is commented out is a key that can be used.
#[test]
fn the_commented_keys_of_the_example_can_be_used() {
    let uncommented = |line: &str| {
        let key = line
            .strip_prefix('#')
            .filter(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()) && rest.contains(" = "));
        key.unwrap_or(line).to_owned()
    };
    let text = example(&shapes());
    let (ours, kinds) = text.split_once("# An interface.").unwrap();
    let behind = kinds.split_once("\n\n").unwrap().1;
    let text: Vec<String> = format!("{ours}{behind}").lines().map(uncommented).collect();
    let text = text.join("\n").replace("[\"…\"]", "[]").replace("credential:smtp", "/run/smtp");
    let loaded = World::new(text).secret("/run/smtp", "pw").good();
    assert_eq!(loaded.config.locations[0].views_per_day, Some(400));
}

#[test]
fn the_schema_knows_every_kind_and_every_form_of_a_secret() {
    let schema = schema(&shapes());
    assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
    let channels = schema["properties"]["channel"]["items"]["oneOf"].as_array().unwrap();
    let ntfy = channels.iter().find(|kind| kind["title"] == "ntfy").unwrap();
    for key in ["name", "kind", "topic", "topic_file", "topic_env"] {
        assert!(ntfy["properties"][key].is_object(), "{key}");
    }
    assert_eq!(ntfy["required"], serde_json::json!(["name", "kind"]));
    assert_eq!(ntfy["allOf"][0]["anyOf"][1]["required"][0], "topic_file");
    assert!(!schema.to_string().contains("$ref"), "everything is written out");
}

#[test]
fn changes_are_said_in_words() {
    let config = |text: &str| -> Config { World::new(text).good().config };
    let old = config(GOOD);
    assert!(changes(&Former::new(old.clone()), &old).is_empty());
    let new = GOOD.replace("every = \"15m\"", "every = \"20m\"").replace("alpenblick-7f3k2q", "other")
        + "[[source]]\nname = \"x\"\nkind = \"page\"\nurl = \"https://b.example\"\n[[source]]\nname = \"y\"\nkind = \"page\"\nurl = \"https://c.example\"\n"
        + "[report]\nweekly = \"Mon 07:30\"\n[web]\nlisten = \"127.0.0.1:1\"\n[store]\ndir = \"/srv/amends\"\n";
    let expected = [
        "+2 sources `x`, `y`",
        "~1 source `house page`",
        "~1 channel `phone`",
        "report Mon 08:00 → Mon 07:30",
        "listen 127.0.0.1:26363 → 127.0.0.1:1 needs a restart",
        "data folder none → /srv/amends needs a restart",
    ];
    assert_eq!(changes(&Former::new(old.clone()), &config(&new)), expected);
    assert_eq!(changes(&Former::new(config(&new)), &old)[0], "−2 sources `x`, `y`");
}

#[test]
fn keys_in_another_order_are_no_change() {
    let keys = ["url = \"https://b.example\"", "pages_max = 3", "rating_from = \"stars\""];
    let config = |order: [usize; 3]| -> Config {
        let keys = order.map(|at| keys[at]).join("\n");
        World::new(format!("{GOOD}[[source]]\nname = \"x\"\nkind = \"page\"\n{keys}\n")).good().config
    };
    let former = Former::new(config([0, 1, 2]));
    assert_eq!(changes(&former, &config([2, 0, 1])), Vec::<String>::new());
    let other =
        GOOD.to_owned() + "[[source]]\nname = \"x\"\nkind = \"page\"\nurl = \"https://b.example\"\npages_max = 4\n";
    assert_eq!(changes(&former, &World::new(other).good().config), ["~1 source `x`"]);
}

#[test]
fn files_are_looked_for_where_the_user_expects_them() {
    let find = |flag: Option<&str>, user: User, variables: &[(&str, &str)]| {
        let env = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        let paths = Paths::find(flag.map(Path::new), user, &env);
        (paths.main.display().to_string(), paths.data.display().to_string())
    };
    let pair = |main: &str, data: &str| (main.to_owned(), data.to_owned());
    let home = [("HOME", "/people/a")];
    assert_eq!(find(None, User::Root, &home), pair("/etc/amends/amends.toml", "/var/lib/amends"));
    assert_eq!(
        find(None, User::Other, &home),
        pair("/people/a/.config/amends/amends.toml", "/people/a/.local/state/amends")
    );
    let xdg = [("XDG_CONFIG_HOME", "/c"), ("XDG_STATE_HOME", "/s")];
    assert_eq!(find(None, User::Other, &xdg), pair("/c/amends/amends.toml", "/s/amends"));
    let unit = [("STATE_DIRECTORY", "/var/lib/a:/var/lib/b"), ("AMENDS_CONFIG", "/config/amends.toml")];
    assert_eq!(find(None, User::Other, &unit), pair("/config/amends.toml", "/var/lib/a"));
    assert_eq!(find(Some("x.toml"), User::Root, &[("AMENDS_DATA", "/data")]), pair("x.toml", "/data"));
}

#[test]
fn files_are_read_from_the_disk_in_the_order_of_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    std::fs::create_dir(folder.path().join("conf.d")).unwrap();
    write("amends.toml", &GOOD.replace("topic = \"alpenblick-7f3k2q\"", "topic_file = \"topic\""));
    write("topic", "from-disk\n");
    write("conf.d/20.toml", "[report]\nweekly = \"Tue 09:00\"\n");
    write("conf.d/10.toml", "[web]\nbase_url = \"https://a.example\"\n");
    write("conf.d/note.txt", "not read");
    write("conf.d/.hidden.toml", "not read");
    let paths = Paths { main: folder.path().join("amends.toml"), data: PathBuf::new() };
    let loaded = load(&paths, &|_| None, &shapes()).unwrap();
    assert_eq!(loaded.config.channels[0].settings["topic"].as_str(), Some("from-disk"));
    assert_eq!(loaded.config.web.base_url.unwrap().as_str(), "https://a.example/");
    let absent = Paths { main: folder.path().join("none.toml"), data: PathBuf::new() };
    let problems = load(&absent, &|_| None, &shapes()).unwrap_err();
    assert!(
        problems.to_string().contains("none.toml cannot be read: there is no such file; `amends init` writes one"),
        "{problems}"
    );
}
