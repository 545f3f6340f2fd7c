//! The configuration from end to end, without a disk: made-up kinds, files, secrets and environments.

use std::{collections::BTreeMap, io, path::Path};

use schemars::{JsonSchema, schema_for};

use super::{Access, Loaded, Look, Outside, Problems, ReadFile, Shape, Shapes, SourceFile, assemble};
use crate::{schedule::Span, secret::Secret};

mod broken;
mod forms;
mod looks;
mod secrets;

/// The keys of an invented page.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[allow(dead_code)]
struct Page {
    /// The page's address.
    url: UrlText,
    /// How many pages to follow.
    #[schemars(range(min = 1, max = 20))]
    pages_max: Option<u32>,
    /// Where the rating stands.
    rating_from: Option<RatingFrom>,
    /// How long to wait for it.
    patience: Option<Span>,
}

struct UrlText;

impl JsonSchema for UrlText {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "UrlText".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "uri" })
    }
}

#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
#[allow(dead_code)]
enum RatingFrom {
    /// From the text.
    Text,
    /// From the stars.
    Stars,
}

/// The keys of an invented interface.
#[derive(JsonSchema)]
#[allow(dead_code)]
struct Api {
    /// The house's number there.
    house: u32,
    /// The token.
    token: Secret,
    /// Where the parts of a review stand.
    fields: Option<Fields>,
    /// More headers.
    #[schemars(default)]
    headers: BTreeMap<String, String>,
}

#[derive(JsonSchema)]
#[allow(dead_code)]
struct Fields {
    /// The words.
    text: String,
    /// The stars.
    stars: Option<String>,
}

#[derive(JsonSchema)]
#[allow(dead_code)]
struct Ntfy {
    /// The topic.
    topic: Secret,
}

#[derive(JsonSchema)]
struct Nothing {}

fn shapes() -> Shapes {
    Shapes {
        sources: vec![
            Shape {
                name: "page",
                schema: schema_for!(Page),
                example: "[[source]]\nname = \"house page\"\nkind = \"page\"\nurl = \"https://alpenblick.example/\" # the page\n",
            },
            Shape {
                name: "api",
                schema: schema_for!(Api),
                example: "# An interface.\n[[source]]\nname = \"api\"\nkind = \"api\"\nhouse = 7\ntoken_file = \"/run/token\"\n",
            },
        ],
        channels: vec![
            Shape {
                name: "ntfy",
                schema: schema_for!(Ntfy),
                example: "# [[channel]]\n# name = \"phone\"\n# kind = \"ntfy\"\n# topic = \"alpenblick-7f3k2q\"\n",
            },
            Shape {
                name: "email",
                schema: schema_for!(Nothing),
                example: "[[channel]]\nname = \"mail\"\nkind = \"email\"\n",
            },
            Shape {
                name: "console",
                schema: schema_for!(Nothing),
                example: "[[channel]]\nname = \"console\"\nkind = \"console\"\n",
            },
        ],
    }
}

/// A configuration that works, to be broken.
const GOOD: &str = r#"
[[location]]
name = "Hotel Alpenblick"
timezone = "Europe/Vienna"
calendar = "desk"

[calendar.desk]
hours = "Mon-Fri 07:00-22:00"
holidays = ["12-25"]

[[source]]
name = "house page"
kind = "page"
url = "https://alpenblick.example/"
every = "15m"

[[person]]
name = "Maria"
email = "maria@alpenblick.example"
channels = ["phone"]

[[channel]]
name = "phone"
kind = "ntfy"
topic = "alpenblick-7f3k2q"

[[route]]
to = ["Maria"]
"#;

/// Files, secret files and variables, all made up.
#[derive(Default)]
struct World {
    files: Vec<SourceFile>,
    secrets: Vec<(&'static str, &'static str, Access)>,
    variables: Vec<(&'static str, &'static str)>,
}

impl World {
    fn new(text: impl Into<Vec<u8>>) -> Self {
        World::default().file("amends.toml", text)
    }

    fn file(mut self, name: &str, text: impl Into<Vec<u8>>) -> Self {
        let read = ReadFile { bytes: text.into(), access: Access::Owner };
        self.files.push(SourceFile { name: name.to_owned(), read });
        self
    }

    fn secret(mut self, path: &'static str, value: &'static str) -> Self {
        self.secrets.push((path, value, Access::Owner));
        self
    }

    fn set(mut self, name: &'static str, value: &'static str) -> Self {
        self.variables.push((name, value));
        self
    }

    fn load(&self) -> Result<Loaded, Problems> {
        let env =
            |name: &str| self.variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        let read = |path: &Path| {
            let known = self.secrets.iter().find(|(known, ..)| Path::new(known) == path);
            let found = known.map(|(_, value, access)| ReadFile { bytes: value.as_bytes().to_vec(), access: *access });
            found.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
        };
        assemble(self.files.clone(), Path::new("/etc/amends"), &Outside { env: &env, read: &read }, &shapes())
    }

    #[track_caller]
    fn good(&self) -> Loaded {
        self.load().unwrap_or_else(|problems| panic!("{}", problems.render(Look::Plain)))
    }

    #[track_caller]
    fn bad(&self) -> Problems {
        match self.load() {
            Ok(loaded) => panic!("it was accepted: {loaded:?}"),
            Err(problems) => problems,
        }
    }
}
