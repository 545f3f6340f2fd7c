//! Broken configurations: each is refused, and the message names the key and the place.

use super::{GOOD, World};

/// Loads `text` and compares each problem, as "line:column: message; way out", in order.
#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let problems = World::new(text).bad();
    let found: Vec<String> =
        problems.list().iter().map(|problem| problem.to_string().replace("amends.toml:", "")).collect();
    assert_eq!(found, expected, "in:\n{text}");
}

/// What stands in the good configuration, what is written instead, and what is said to it.
const REPLACED: &[(&str, &str, &[&str])] = &[
    (
        "email = \"maria@alpenblick.example\"",
        "email = \"maria, anna@a.example\"",
        &[
            "19:9: `email` in [[person]] `Maria` cannot be used: `maria, anna@a.example` is not a mail address such as \"maria@example.org\"",
        ],
    ),
    (
        "timezone =",
        "timezome =",
        &["4:1: unknown key `timezome` in [[location]] `Hotel Alpenblick`; did you mean `timezone`?"],
    ),
    (
        "calendar = \"desk\"",
        "calendar = \"dask\"",
        &["5:12: `calendar` in [[location]] names `dask`, but there is no such calendar; did you mean `desk`?"],
    ),
    (
        "calendar = \"desk\"",
        "calendar = \"nights\"",
        &["5:12: `calendar` in [[location]] names `nights`, but there is no such calendar; there are: desk"],
    ),
    (
        "timezone = \"Europe/Vienna\"",
        "timezone = \"Europe/Wien\"",
        &[
            "4:12: `timezone` in [[location]] `Hotel Alpenblick` cannot be used: `Europe/Wien` is not a time zone; write one such as \"Europe/Vienna\"",
        ],
    ),
    (
        "timezone = \"Europe/Vienna\"",
        "",
        &["2:1: `timezone` is missing in [[location]] `Hotel Alpenblick`; its time zone, such as \"Europe/Vienna\""],
    ),
    (
        "timezone = \"Europe/Vienna\"",
        "timezone = 1",
        &["4:12: `timezone` in [[location]] `Hotel Alpenblick` must be a time zone such as \"Europe/Vienna\""],
    ),
    (
        "calendar = \"desk\"",
        "views_per_day = \"many\"",
        &["5:17: `views_per_day` in [[location]] `Hotel Alpenblick` must be a whole number from 0 to 4294967295"],
    ),
    (
        "calendar = \"desk\"",
        "views_per_day = -1",
        &["5:17: `views_per_day` in [[location]] `Hotel Alpenblick` must be a whole number from 0 to 4294967295"],
    ),
    (
        "calendar = \"desk\"",
        "views_per_day = 99999999999",
        &["5:17: `views_per_day` in [[location]] `Hotel Alpenblick` must be a whole number from 0 to 4294967295"],
    ),
    (
        "calendar = \"desk\"",
        "negative_rating_max = 1.5",
        &["5:23: `negative_rating_max` in [[location]] `Hotel Alpenblick` must be a number from 0 to 1"],
    ),
    (
        "calendar = \"desk\"",
        "negative_rating_max = 0.8\nturned_rating_min = 0.7",
        &["6:21: `turned_rating_min` must be higher than `negative_rating_max`, or a bad review would count as turned"],
    ),
    (
        "[[location]]",
        "[location]",
        &["2:1: `location` must be a list of sections; write [[location]] with two brackets"],
    ),
    ("[[location]]", "[[locaton]]", &["2:3: unknown section or key `locaton`; did you mean `location`?"]),
    ("name = \"Hotel Alpenblick\"", "name = \"\"", &["3:8: `name` in [[location]] must not be empty"]),
    ("name = \"Hotel Alpenblick\"", "name = true", &["3:8: `name` in [[location]] must be text in quotes"]),
    (
        "[calendar.desk]",
        "[calender.desk]",
        &[
            "5:12: `calendar` in [[location]] names `desk`, but there is no such calendar",
            "7:2: unknown section or key `calender`; did you mean `calendar`?",
        ],
    ),
    (
        "hours = \"Mon-Fri 07:00-22:00\"",
        "hours = \"Mon-Fri 07:00\"",
        &["8:9: `hours` in [calendar.desk] cannot be used: `07:00` has no end; write one such as 07:00-12:00"],
    ),
    (
        "hours = \"Mon-Fri 07:00-22:00\"",
        "hour = \"Mon-Fri 07:00-22:00\"",
        &["8:1: unknown key `hour` in [calendar.desk]; did you mean `hours`?"],
    ),
    (
        "holidays = [\"12-25\"]",
        "holidays = [\"25.12.\"]",
        &[
            "9:13: `holidays` in [calendar.desk] cannot be used: `25.12.` is not a day; write \"2026-12-25\", or \"12-25\" for every year",
        ],
    ),
    (
        "holidays = [\"12-25\"]",
        "holidays = \"12-25\"",
        &[
            "9:12: `holidays` in [calendar.desk] must be a list of texts, such as [\"a\", \"b\"]; put it into square brackets: [\"…\"]",
        ],
    ),
    (
        "every = \"15m\"",
        "every = 15",
        &[
            "15:9: `every` in [[source]] `house page` must be a span of time such as \"10m\"; 15 what? write a unit, such as \"15m\" for minutes, \"15h\" or \"15d\"",
        ],
    ),
    (
        "every = \"15m\"",
        "every = \"15\"",
        &[
            "15:9: `every` in [[source]] `house page` cannot be used: 15 what? write a unit, such as \"15m\" for minutes, \"15h\" or \"15d\"",
        ],
    ),
    (
        "every = \"15m\"",
        "every = \"often\"",
        &[
            "15:9: `every` in [[source]] `house page` cannot be used: `often` is not a span of time such as \"10m\", \"2h30m\" or \"7d\"",
        ],
    ),
    (
        "every = \"15m\"",
        "evry = \"15m\"",
        &["15:1: unknown key `evry` in [[source]] `house page`; did you mean `every`?"],
    ),
    (
        "every = \"15m\"",
        "pages_max = 21",
        &["15:13: `pages_max` in [[source]] `house page` must be a whole number from 1 to 20"],
    ),
    (
        "every = \"15m\"",
        "pages_max = \"3\"",
        &["15:13: `pages_max` in [[source]] `house page` must be a whole number from 1 to 20; write it without quotes"],
    ),
    (
        "every = \"15m\"",
        "pages_max = 2.5",
        &["15:13: `pages_max` in [[source]] `house page` must be a whole number from 1 to 20"],
    ),
    (
        "every = \"15m\"",
        "rating_from = \"star\"",
        &["15:15: `star` is not a value of `rating_from` in [[source]] `house page`; did you mean `stars`?"],
    ),
    (
        "every = \"15m\"",
        "rating_from = 5",
        &["15:15: `rating_from` in [[source]] `house page` must be one of \"text\", \"stars\""],
    ),
    (
        "every = \"15m\"",
        "mine = \"true\"",
        &["15:8: `mine` in [[source]] `house page` must be true or false; write it without quotes"],
    ),
    (
        "every = \"15m\"",
        "patience = true",
        &["15:12: `patience` in [[source]] `house page` must be a span of time such as \"10m\""],
    ),
    (
        "every = \"15m\"",
        "location = \"Hotel Alpenblik\"",
        &[
            "15:12: `location` in [[source]] names `Hotel Alpenblik`, but there is no such location; did you mean `Hotel Alpenblick`?",
        ],
    ),
    (
        "url = \"https://alpenblick.example/\"",
        "ulr = \"https://alpenblick.example/\"",
        &["14:1: unknown key `ulr` in [[source]] `house page`; did you mean `url`?"],
    ),
    (
        "url = \"https://alpenblick.example/\"",
        "url = \"alpenblick\"",
        &[
            "14:7: `url` in [[source]] `house page` cannot be used: `alpenblick` is not a web address such as \"https://example.org\"",
        ],
    ),
    (
        "kind = \"page\"",
        "kind = \"pgae\"",
        &["13:8: unknown kind `pgae` in [[source]] `house page`; did you mean `page`?"],
    ),
    (
        "kind = \"page\"",
        "kind = \"trustpilot\"",
        &["13:8: unknown kind `trustpilot` in [[source]] `house page`; the kinds are: api, page"],
    ),
    ("kind = \"page\"\n", "", &["11:1: `kind` is missing in [[source]] `house page`; its kind; see `amends sources`"]),
    (
        "channels = [\"phone\"]",
        "channels = [\"phon\"]",
        &["20:13: `channels` in [[person]] names `phon`, but there is no such channel; did you mean `phone`?"],
    ),
    (
        "channels = [\"phone\"]",
        "channels = \"phone\"",
        &[
            "20:12: `channels` in [[person]] `Maria` must be a list of texts, such as [\"a\", \"b\"]; put it into square brackets: [\"…\"]",
        ],
    ),
    ("channels = [\"phone\"]", "channels = [1]", &["20:13: `channels` in [[person]] `Maria` must be text in quotes"]),
    ("topic = \"alpenblick-7f3k2q\"", "topic = 7", &["25:9: `topic` in [[channel]] `phone` must be text in quotes"]),
    (
        "topic = \"alpenblick-7f3k2q\"",
        "",
        &[
            "22:1: `topic` is missing in [[channel]] `phone`; write topic_file = \"/path/to/a/file\", or topic_env = \"A_VARIABLE\"",
        ],
    ),
    (
        "topic = \"alpenblick-7f3k2q\"",
        "topik_file = \"/run/topic\"",
        &["25:1: unknown key `topik_file` in [[channel]] `phone`; did you mean `topic_file`?"],
    ),
    (
        "name = \"phone\"",
        "name = \"Maria\"",
        &[
            "20:13: `channels` in [[person]] names `phone`, but there is no such channel; there are: Maria",
            "23:8: a person and a channel are both called `Maria`, so a route could mean either",
        ],
    ),
    (
        "to = [\"Maria\"]",
        "to = [\"Mario\"]",
        &["28:7: `to` in [[route]] names `Mario`, but there is no such person or channel; did you mean `Maria`?"],
    ),
    (
        "to = [\"Maria\"]",
        "to = []",
        &["28:6: `to` in [[route]] names nobody; write names of people or channels: to = [\"…\"]"],
    ),
    ("to = [\"Maria\"]", "", &["27:1: `to` is missing in [[route]]; names of people or channels"]),
    (
        "to = [\"Maria\"]",
        "to = [\"Maria\"]\nlocations = [\"Hotel Alpenblik\"]\nsources = [\"page\"]\nthen = [\"nobody at all\"]",
        &[
            "29:14: `locations` in [[route]] names `Hotel Alpenblik`, but there is no such location; did you mean `Hotel Alpenblick`?",
            "30:12: `sources` in [[route]] names `page`, but there is no such source; there are: house page",
            "31:9: `then` in [[route]] names `nobody at all`, but there is no such person or channel; there are: Maria, phone",
        ],
    ),
    (
        "to = [\"Maria\"]",
        "to = [\"Maria\"]\nreasons = [\"new-negativ\"]\nseverity_min = \"hgh\"",
        &[
            "29:12: `new-negativ` is not a value of `reasons` in [[route]]; did you mean `new-negative`?",
            "30:16: `hgh` is not a value of `severity_min` in [[route]]; did you mean `high`?",
        ],
    ),
];

/// What is written behind the good configuration, or before it if it is a key without a section, and what is said to it.
const ADDED: &[(&str, &[&str])] = &[
    (
        "[smtp]\nhost = \"x\"\nfrom = \"Hotel <alerts>\"",
        &[
            "32:8: `from` in [smtp] cannot be used: `Hotel <alerts>` is not a sender such as \"Hotel <alerts@example.org>\"",
        ],
    ),
    (
        "[report]\nweekly = \"Mun 08:00\"",
        &["31:10: `weekly` in [report] cannot be used: `Mun` is not a day; write Mon, Tue, Wed, Thu, Fri, Sat or Sun"],
    ),
    (
        "[report]\nweekly = \"0 9 31 2 *\"",
        &["31:10: `weekly` in [report] cannot be used: `0 9 31 2 *` never runs: no year has such a day"],
    ),
    (
        "[report]\nweekly = \"61 * * * *\"",
        &["31:10: `weekly` in [report] cannot be used: `61` is not a value of the field minute; write 0 to 59"],
    ),
    (
        "[report]\nto = [\"Boss\"]",
        &["31:7: `to` in [report] names `Boss`, but there is no such person or channel; there are: Maria, phone"],
    ),
    ("report = \"Mon 08:00\"", &["1:10: `report` must be a section with keys of its own"]),
    (
        "[http]\nallow_private = [\"192.168.1.500\"]",
        &[
            "31:18: `allow_private` in [http] cannot be used: `192.168.1.500` is not a network such as \"192.168.1.20/32\"",
        ],
    ),
    ("[http]\nin_flight_max = 0", &["31:17: `in_flight_max` in [http] must be a whole number from 1 to 1024"]),
    ("[http]\ntimeout = \"-5s\"", &["31:11: `timeout` in [http] cannot be used: a span of time cannot be negative"]),
    (
        "[web]\nlisten = \"localhost\"",
        &[
            "31:10: `listen` in [web] cannot be used: `localhost` is not an address and port such as \"127.0.0.1:26363\"",
        ],
    ),
    (
        "[web]\nbase_url = \"amends\"",
        &["31:12: `base_url` in [web] cannot be used: `amends` is not a web address such as \"https://example.org\""],
    ),
    ("[web]\nlisten = 26363", &["31:10: `listen` in [web] must be an address and port such as \"127.0.0.1:26363\""]),
    (
        "[smtp]\nhost = \"x\"",
        &[
            "30:1: `from` is missing in [smtp]; the sender, such as \"Hotel Alpenblick alerts <alerts@alpenblick.example>\"",
        ],
    ),
    (
        "[smtp]\nhost = \"x\"\nfrom = \"y@a.example\"\ntls = \"ssl\"\nport = 70000",
        &[
            "33:7: `ssl` is not a value of `tls` in [smtp]; write one of: implicit, starttls, none",
            "34:8: `port` in [smtp] must be a whole number from 0 to 65535",
        ],
    ),
    (
        "[negative]\nrating_max = 0.8\nturned_min = 0.8",
        &["32:14: `turned_min` must be higher than `rating_max`, or a bad review would count as turned"],
    ),
    (
        "[negative]\nunrated = \"lst\"",
        &["31:11: `lst` is not a value of `unrated` in [negative]; did you mean `list`?"],
    ),
    ("[negative]\nwords = [1]", &["31:10: `words` in [negative] must be text in quotes"]),
    (
        "[store]\nkeep = 365",
        &[
            "31:8: `keep` in [store] must be a span of time such as \"10m\"; 365 what? write a unit, such as \"365m\" for minutes, \"365h\" or \"365d\"",
        ],
    ),
    (
        "nonsense = 1",
        &[
            "1:1: unknown section or key `nonsense`; the sections are: calendar, channel, http, location, negative, person, report, route, smtp, source, store, topics, web",
        ],
    ),
    (
        "[[source]]\nname = \"house page\"\nkind = \"page\"\nurl = \"https://a.example\"",
        &["31:8: two [[source]] are called `house page`"],
    ),
    (
        "[[source]]\nname = \"api\"\nkind = \"api\"\nhouse = 1\ntoken = \"t0ken\"\nfields = { txt = \"a\" }",
        &["35:12: unknown key `txt` in `fields` of [[source]] `api`; did you mean `text`?"],
    ),
    (
        "[[source]]\nname = \"api\"\nkind = \"api\"\nhouse = 1\ntoken = \"t0ken\"\nfields = \"a\"",
        &["35:10: `fields` in [[source]] `api` must be a section with keys of its own"],
    ),
    (
        "[[calendar]]\nhours=\"always\"",
        &["30:3: this is not TOML: duplicate key; a key may stand only once in a section"],
    ),
    ("[negative]\nrating_max = nan", &["31:14: `rating_max` in [negative] must be a number from 0 to 1"]),
    ("x = 99999999999999999999", &["30:5: this number is too large"]),
    ("x = [1e999]", &["30:6: this number is too large"]),
    ("x = \"abc", &["30:9: this is not TOML: invalid basic string, expected `\"`"]),
    (
        "x = Mon 08:00",
        &[
            "30:5: this is not TOML: string values must be quoted, expected literal string; text must stand in quotes: \"…\"",
        ],
    ),
    (
        "x = “a”",
        &["30:5: this is not TOML: string values must be quoted, expected literal string; use straight quotes: \"…\""],
    ),
    (
        "x = 08:00x",
        &["30:5: this is not TOML: invalid datetime; times, spans and addresses must stand in quotes: \"…\""],
    ),
    ("x = 1\nx = 2", &["31:1: this is not TOML: duplicate key; a key may stand only once in a section"]),
    ("[a\n", &["30:3: this is not TOML: unclosed table, expected `]`"]),
    ("a.b.c.d = {", &["30:12: this is not TOML: unclosed inline table, expected `}`"]),
    (
        "\t\tname = \"x\"\r\n",
        &[
            "30:3: unknown key `name` in [[route]] `x`; its keys are: admin, locations, reasons, severity_min, sources, then, then_after, to",
        ],
    ),
    ("\0", &["30:2: this is not TOML: key with no value, expected `=`"]),
    (
        "nul = \"a\0b\"",
        &[
            "30:9: this is not TOML: invalid basic string, expected non-double-quote visible characters, `\\`; an invisible control character stands here; remove it",
        ],
    ),
];

#[test]
fn every_broken_line_is_named_with_its_place_and_the_way_out() {
    for (line, by, expected) in REPLACED {
        assert!(GOOD.contains(line), "{line}");
        check(&GOOD.replacen(line, by, 1), expected);
    }
}

#[test]
fn every_broken_section_is_named_with_its_place_and_the_way_out() {
    for (text, expected) in ADDED {
        match expected[0].starts_with("1:") {
            true => check(&format!("{text}\n{GOOD}"), expected),
            false => check(&format!("{GOOD}\n{text}"), expected),
        }
    }
}
