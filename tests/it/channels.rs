//! What every channel must keep, checked over the registry: examples, settings, statuses, limits, secrets; and mail on loopback.

#[path = "channels/contract.rs"]
mod contract;
#[path = "channels/receiver.rs"]
mod receiver;
#[path = "channels/smtp.rs"]
mod smtp;

use amends::{
    alert::Alert,
    channels::{Channel, Envelope, Kind, Outgoing},
};

/// The settings of a kind's example: its keys beside `name` and `kind`.
fn example_settings(kind: &Kind) -> toml::Table {
    let file: toml::Table = kind.example.parse().unwrap_or_else(|error| panic!("{}: {error}", kind.name));
    let section = file["channel"].as_array().and_then(|list| list.first()).unwrap();
    let mut settings = section.as_table().unwrap().clone();
    assert_eq!(settings.remove("kind").as_ref().and_then(|kind| kind.as_str()), Some(kind.name));
    assert!(settings.remove("name").is_some(), "{}", kind.name);
    settings
}

/// The channel of a kind's example.
fn example(kind: &Kind) -> Box<dyn Channel> {
    (kind.build)(example_settings(kind)).unwrap_or_else(|error| panic!("{}: {error}", kind.name))
}

/// The sample alert of that name.
fn alert(name: &str) -> Alert {
    let path = format!("{}/tests/fixtures/alerts/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// A delivery to Maria, with a link.
fn envelope() -> Envelope {
    Envelope {
        delivery_id: "msg_0a1b2c".into(),
        address: Some("maria@alpenblick.example".into()),
        person: Some("Maria".into()),
        link: Some("https://amends.alpenblick.example/c/12?t=sampletoken".into()),
    }
}

/// Everything that a channel would send, as one text.
fn sent(outgoing: &Outgoing) -> String {
    match outgoing {
        Outgoing::Http(request) => String::from_utf8(request.body.to_vec()).unwrap(),
        Outgoing::Mail(letter) => format!("{}\n{}\n{}", letter.subject, letter.text, letter.html),
        Outgoing::Print(lines) => lines.clone(),
    }
}
