//! How problems look: snapshots of two reports.

use super::{GOOD, World};
use crate::config::Look;

fn snapshot(name: &str, text: &str) {
    insta::with_settings!({ snapshot_path => "../../../tests/fixtures/snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn several_problems_look_like_this_in_a_file() {
    let text = GOOD
        .replace("timezone =", "timezome =")
        .replace("every = \"15m\"", "every = 15")
        .replace("to = [\"Maria\"]", "to = [\"Mario\"]\nnotify = \"hunter2\"");
    let problems = World::new(format!("language = \"de\"\n{text}")).bad();
    snapshot("config_problems_plain", &problems.render(Look::Plain));
}

#[test]
fn several_problems_look_like_this_on_a_terminal() {
    let problems =
        World::new(format!("{GOOD}\n[[source]]\nname = \"house page\"\nkind = \"pgae\"\nsecret = \"hunter2\"\n"))
            .file("conf.d/smtp.toml", "[smtp]\nhost = \"mail\"\nport = 70000\ntls = \"start-tls\"\n")
            .bad();
    snapshot("config_problems_terminal", &problems.render(Look::Fancy));
}
