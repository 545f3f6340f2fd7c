//! The first minutes: help, a configuration, its mistakes, and what can be asked before anything was set up.

use amends::sources;

use super::Home;

#[test]
fn help_names_every_command_with_a_sentence() {
    let help = Home::new().run(&["--help"]).with(0).out;
    let commands = [
        "demo",
        "init",
        "check",
        "run",
        "status",
        "poll",
        "parse",
        "judge",
        "cases",
        "reviews",
        "report",
        "import",
        "export",
        "channel",
        "backup",
        "restore",
        "forget",
        "reload",
        "healthcheck",
        "schema",
        "sources",
        "channels",
        "completions",
        "man",
    ];
    for command in commands {
        let line = help.lines().find(|line| line.trim_start().split(' ').next() == Some(command));
        assert!(line.is_some_and(|line| line.trim().len() > command.len() + 10), "{command}\n{help}");
    }
}

#[test]
fn a_command_that_does_not_exist_is_a_wrong_call() {
    let home = Home::new();
    let ended = home.run(&["chek"]).with(2);
    assert!(ended.err.contains("'check'"), "{ended:?}");
    home.run(&[]).with(2);
    home.run(&["check", "--frob"]).with(2);
    assert_eq!(ended.out, "");
}

#[test]
fn without_a_configuration_each_command_says_how_to_get_one() {
    let home = Home::new();
    for command in [
        &["check"][..],
        &["run"],
        &["poll"],
        &["status"],
        &["cases", "list"],
        &["reviews"],
        &["report"],
        &["reload"],
        &["healthcheck"],
        &["export"],
        &["backup", "copy.db"],
    ] {
        let ended = home.run(command).with(1);
        let path = home.path("amends.toml");
        let expected =
            format!("amends: there is no configuration at {}; write one with: amends init\n", path.display());
        assert_eq!(ended.err, expected, "{command:?}");
        assert_eq!(ended.out, "", "{command:?}");
        assert!(!home.path("data").exists(), "{command:?}");
    }
}

#[test]
fn init_writes_a_file_that_passes_the_check_and_never_touches_one_that_is_there() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    let first = home.run(&["init"]).with(0);
    assert!(first.out.starts_with(&format!("wrote {}\n", home.path("amends.toml").display())), "{first:?}");
    let written = std::fs::metadata(home.path("amends.toml")).unwrap();
    assert_eq!(written.permissions().mode() & 0o007, 0, "not for everybody");
    home.run(&["check", "--offline"]).with(0);

    home.write("amends.toml", "# mine\n");
    let second = home.run(&["init"]).with(0);
    assert_eq!(std::fs::read_to_string(home.path("amends.toml")).unwrap(), "# mine\n");
    assert_eq!(std::fs::read_to_string(home.path("amends.toml.new")).unwrap(), home.run(&["init", "--print"]).out);
    assert!(second.out.contains("was left as it is"), "{second:?}");
}

#[test]
fn a_broken_configuration_shows_every_problem_at_once_and_starts_nothing() {
    let home = Home::new();
    home.write(
        "amends.toml",
        "[[location]]\nname = \"Harbour\"\ntimezome = \"Europe/Vienna\"\n\n[[source]]\nname = \"page\"\nkind = \"pgae\"\n\n\
         [web]\nlisten = \"nowhere\"\n\n[[route]]\nto = [\"Nobody\"]\n",
    );
    for command in [&["check"][..], &["run"], &["poll"], &["reload"]] {
        let ended = home.run(command).with(1);
        for said in ["`timezome`", "`timezone`", "`page`", "`listen`", "Nobody", "amends.toml:3:1"] {
            assert!(ended.err.contains(said), "{command:?} {said}\n{}", ended.err);
        }
        assert_eq!(ended.last_error_line(), "amends: the configuration cannot be used; nothing was started");
        assert!(!home.path("data").exists());
    }
}

#[test]
fn a_problem_that_only_the_adapter_knows_has_its_place_too() {
    let home = Home::new();
    home.write(
        "amends.toml",
        "[[location]]\nname = \"Harbour\"\ntimezone = \"Europe/Vienna\"\n\n[[source]]\nname = \"page\"\nkind = \"page\"\n\
         url = \"https://harbour.example/\"\nevery = \"2m\"\n",
    );
    let ended = home.run(&["check", "--offline"]).with(1);
    assert!(ended.err.contains("amends.toml:9:1") && ended.err.contains("15m"), "{}", ended.err);
}

#[test]
fn warnings_fail_a_check_only_when_it_is_strict() {
    let home = Home::new();
    home.run(&["init"]).with(0);
    let ended = home.run(&["check", "--offline"]).with(0);
    assert!(ended.out.ends_with("0 problems, 1 warning.\n"), "{ended:?}");
    home.run(&["check", "--offline", "--strict"]).with(1);
    let findings = home.run(&["check", "--offline", "--json"]).with(0).json();
    let levels: Vec<&str> =
        findings.as_array().unwrap().iter().map(|finding| finding["level"].as_str().unwrap()).collect();
    assert_eq!(levels.iter().filter(|level| **level == "warning").count(), 1);
}

#[test]
fn without_a_database_what_reads_it_says_how_to_begin_and_makes_none() {
    let home = Home::new();
    home.run(&["init"]).with(0);
    for command in [&["status"][..], &["cases", "list"], &["reviews"], &["report"], &["export"], &["backup", "copy.db"]]
    {
        let ended = home.run(command).with(1);
        let data = home.path("data");
        let expected =
            format!("amends: there is no database in {} yet; start the daemon with: amends run\n", data.display());
        assert_eq!(ended.err, expected, "{command:?}");
        assert!(!data.join("amends.db").exists(), "{command:?}");
    }
    home.run(&["restore", "missing.db"]).with(1);
}

#[test]
fn the_kinds_are_listed_for_people_and_for_programs() {
    let home = Home::new();
    let sources = home.run(&["sources", "--json"]).with(0).json();
    let kinds: Vec<&str> = sources.as_array().unwrap().iter().map(|kind| kind["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, sources::ALL.iter().map(|kind| kind.name).collect::<Vec<_>>());
    assert_eq!(&kinds[..3], ["page", "feed", "json"], "what needs no account comes first");
    assert_eq!(sources[0]["interval_min_secs"], 900);
    assert_eq!(sources[0]["guest_can_edit"], true);
    let channels = home.run(&["channels", "--json"]).with(0).json();
    assert_eq!(channels.as_array().unwrap().len(), 5);
    assert!(home.run(&["channels"]).with(0).out.contains("ntfy"));
    assert!(home.run(&["sources", "page"]).with(0).out.contains("kind = \"page\""));
    assert!(home.run(&["sources", "pgae"]).with(2).err.contains("page, feed, json, google-business"));
}

#[test]
fn completions_manual_and_schema_need_no_set_up() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish"] {
        assert!(home.run(&["completions", shell]).with(0).out.contains("amends"), "{shell}");
    }
    home.run(&["completions", "cobol"]).with(2);
    assert!(home.run(&["man"]).with(0).out.contains(".TH amends"));
    home.run(&["man", "pages"]).with(0);
    for page in ["amends.1", "amends-parse.1", "amends-cases-take.1"] {
        assert!(home.path("pages").join(page).exists(), "{page}");
    }
    assert_eq!(home.run(&["schema"]).with(0).json()["$schema"], "http://json-schema.org/draft-07/schema#");
}

#[test]
fn the_readme_lists_exactly_the_commands_that_exist() {
    let help = Home::new().run(&["--help"]).with(0).out;
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let mut existing: Vec<&str> = commands.filter_map(|line| line.split_whitespace().next()).collect();
    existing.retain(|command| command.chars().all(|c| c.is_ascii_lowercase()));
    let rows = include_str!("../../../README.md").lines().filter_map(|line| line.strip_prefix("| `amends "));
    let mut listed: Vec<&str> = rows.filter_map(|row| row.split('`').next()).collect();
    existing.sort_unstable();
    listed.sort_unstable();
    assert_eq!(listed, existing);
}

#[test]
fn the_smallest_configuration_of_the_readme_passes_the_check() {
    let home = Home::new();
    let readme = include_str!("../../../README.md");
    let (_, rest) = readme.split_once("```toml\n").unwrap();
    home.write("amends.toml", rest.split("```").next().unwrap());
    let ended = home.run(&["check", "--offline"]).with(0);
    assert!(ended.out.contains("0 problems"), "{ended:?}");
}

/// `amends … | head -1`: who has read enough is told nothing, and nothing failed.
#[test]
fn a_reader_that_has_seen_enough_ends_a_command_in_silence() {
    for arguments in [&["sources"][..], &["init", "--print"], &["help", "google-business"], &["completions", "bash"]] {
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_amends"))
            .args(arguments)
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.is_empty(), "{arguments:?}: {} {said}", output.status);
    }
}

/// `.cargo/config.toml` tells the allocator so while it is built; at its end the program says how it was told.
#[cfg(target_os = "linux")]
#[test]
fn memory_has_one_place_and_soon_goes_back_to_the_system() {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_amends"));
    let output = command.arg("--version").env("MALLOC_CONF", "stats_print:true").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    for option in ["opt.narenas: 1\n", "opt.dirty_decay_ms: 10 ", "opt.muzzy_decay_ms: 0 "] {
        assert!(said.contains(option), "{option} is not in:\n{said}");
    }
}
