//! Secrets: three ways to give one, and none in which it is shown.

use super::{Access, GOOD, World};
use crate::config::{Level, Loaded, Look, Problems};

const TOPIC: &str = "topic = \"alpenblick-7f3k2q\"";

/// The good configuration with the channel's secret given in another way.
fn with(lines: &str) -> World {
    World::new(GOOD.replace(TOPIC, lines))
}

fn topic(loaded: &Loaded) -> &str {
    loaded.config.channels[0].settings["topic"].as_str().unwrap()
}

#[track_caller]
fn one(problems: &Problems) -> String {
    assert_eq!(problems.list().len(), 1, "{problems}");
    problems.list()[0].to_string()
}

#[test]
fn a_secret_may_stand_in_a_file_without_its_last_line_end() {
    let loaded = with("topic_file = \"/run/topic\"").secret("/run/topic", "t-from-file\r\n").good();
    assert_eq!(topic(&loaded), "t-from-file");
    assert_eq!(loaded.config.channels[0].settings.len(), 1, "only the secret itself is handed to the adapter");
    let beside = with("topic_file = \"secrets/topic\"").secret("/etc/amends/secrets/topic", "t").good();
    assert_eq!(topic(&beside), "t");
}

#[test]
fn a_secret_may_be_one_of_systemd() {
    let world = with("topic_file = \"credential:topic\"").secret("/run/credentials/amends/topic", "t-cred");
    assert_eq!(topic(&world.set("CREDENTIALS_DIRECTORY", "/run/credentials/amends").good()), "t-cred");
    let none = with("topic_file = \"credential:topic\"").bad();
    assert_eq!(
        one(&none),
        "amends.toml:25:14: `topic_file` names a credential, but systemd has handed over none; add LoadCredential= to the unit, or name a file by its path"
    );
    let out = with("topic_file = \"credential:../shadow\"").set("CREDENTIALS_DIRECTORY", "/run/c").bad();
    assert_eq!(one(&out), "amends.toml:25:14: `topic_file` wants the plain name of a credential");
}

#[test]
fn a_secret_may_stand_in_a_variable() {
    let loaded = with("topic_env = \"NTFY_TOPIC\"").set("NTFY_TOPIC", "t-env\n").good();
    assert_eq!(topic(&loaded), "t-env");
    let unset = with("topic_env = \"NTFY_TOPIC\"").bad();
    assert_eq!(one(&unset), "amends.toml:25:13: the environment variable that `topic_env` names is not set");
}

#[test]
fn a_secret_in_the_file_itself_is_put_in_as_it_is() {
    assert_eq!(topic(&World::new(GOOD).good()), "alpenblick-7f3k2q");
}

#[test]
fn a_secret_given_twice_is_refused_with_both_lines() {
    let problems = with("topic_file = \"/run/topic\"\ntopic = \"hunter2\"").secret("/run/topic", "x1").bad();
    assert_eq!(one(&problems), "amends.toml:25:1: `topic` and `topic_file` are both given; keep one of them");
    let shown = problems.render(Look::Plain);
    assert!(shown.contains("the first") && shown.contains("the second"), "{shown}");
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[test]
fn an_empty_unreadable_or_placeholder_secret_is_refused() {
    let cases = [
        ("topic = \"\"", "amends.toml:25:9: the secret `topic` is empty"),
        ("topic = \"changeme\"", "amends.toml:25:9: the secret `topic` is still the placeholder of an example"),
        ("topic_file = \"/run/empty\"", "amends.toml:25:14: the secret of `topic_file` is empty"),
        (
            "topic_file = \"/run/none\"",
            "amends.toml:25:14: the file of `topic_file` cannot be read: there is no such file",
        ),
        (
            "topic_file = \"/run/default\"",
            "amends.toml:25:14: the secret of `topic_file` is still the placeholder of an example",
        ),
        ("topic_file = 7", "amends.toml:25:14: `topic` in [[channel]] `phone` must be text in quotes"),
    ];
    for (line, expected) in cases {
        let problems = with(line).secret("/run/empty", " \n").secret("/run/default", "ChangeMe\n").bad();
        assert_eq!(one(&problems), expected, "{line}");
    }
}

#[test]
fn a_secret_that_others_may_read_is_warned_of() {
    let mut world = with("topic_file = \"/run/topic\"");
    for access in [Access::Group, Access::Everybody] {
        world.secrets = vec![("/run/topic", "t", access)];
        let loaded = world.good();
        assert_eq!(
            loaded.warnings[0].to_string(),
            "amends.toml:25:14: the file of `topic_file` may be read by others on this machine; chmod 600 it, and make it belong to the user of amends"
        );
        assert_eq!(loaded.warnings[0].level, Level::Warning);
    }
    let mut main = World::new(GOOD);
    main.files[0].read.access = Access::Everybody;
    assert_eq!(
        main.good().warnings[0].to_string(),
        "amends.toml:25:1: the secret `topic` stands in a file that everybody on this machine may read; chmod o= the file, or write topic_file = \"/path/to/a/file\""
    );
    main.files[0].read.access = Access::Group;
    assert!(main.good().warnings.is_empty());
}

/// Configurations that are wrong right beside a secret, or because of one.
const BESIDE: &[&str] = &[
    "topic = \"hunter2\"\nevry = 1",
    "topik = \"hunter2\"",
    "topic = [\"hunter2\"]",
    "topic = { a = \"hunter2\" }",
    "topic_env = \"hunter2 \"",
    "topic_env = \"hunter2\"",
    "topic = \"hunter2\"\ntopic_file = \"/run/topic\"",
    "password = \"hunter2\"",
    "unknown = { inside = [\"hunter2\"] }",
    "topic = \"hunter2",
    "topic = hunter2",
    "topic = \"\"\"\nhunter2\nx",
    "topic = \"hunter2\"\ntopic = \"hunter2\"",
    "topic = \"hunter2\"\n[web]\nlisten = ",
    "\"topic\" = \"hunter2\"\nx = ",
    "bearer_token = \"hunter2\"\nx = ",
];

#[test]
fn no_secret_is_ever_shown() {
    for lines in BESIDE {
        let problems = with(lines).bad();
        for shown in
            [problems.render(Look::Plain), problems.render(Look::Fancy), problems.to_string(), format!("{problems:?}")]
        {
            assert!(!shown.contains("hunter2"), "{lines}\n{shown}");
        }
    }
    let unknown_kind = with("topic = \"hunter2\"").files[0].read.bytes.clone();
    let unknown_kind = String::from_utf8(unknown_kind).unwrap().replace("kind = \"ntfy\"", "kind = \"nfty\"");
    assert!(!World::new(unknown_kind).bad().render(Look::Plain).contains("hunter2"));
    let twice = with("topic = \"x1\"")
        .file("conf.d/a.toml", "[smtp]\npassword = \"hunter2\"\n")
        .file("conf.d/b.toml", "[smtp]\npassword = \"hunter2\"\n");
    assert!(!twice.bad().render(Look::Plain).contains("hunter2"));
}

#[test]
fn a_loaded_configuration_does_not_show_its_secrets() {
    let loaded = with("topic = \"hunter2\"")
        .set("AMENDS_SMTP__HOST", "mail")
        .set("AMENDS_SMTP__FROM", "a@b.example")
        .set("AMENDS_SMTP__PASSWORD", "hunter2")
        .good();
    assert!(!format!("{loaded:?}").contains("hunter2"));
    let error = crate::config::SettingsError::key("topic", "is too short");
    let problem = loaded.problem_at(crate::config::Section::Channel, 0, &error);
    assert_eq!(problem.to_string(), "amends.toml:25:1: `topic` in [[channel]] `phone`: is too short");
    assert!(!problem.render(Look::Plain).contains("hunter2"));
}

#[test]
fn a_required_secret_that_is_missing_says_how_to_give_it() {
    let expected = "amends.toml:22:1: `topic` is missing in [[channel]] `phone`; write topic_file = \"/path/to/a/file\", or topic_env = \"A_VARIABLE\"";
    assert_eq!(one(&with("").bad()), expected);
}
