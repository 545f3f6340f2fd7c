//! The receivers of alerts: webhooks by name, and the mail boxes of people. They keep what they accept, and answer by their mood.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
};

use amends::{
    clock::Clock,
    http::{FakeWeb, HttpError, Request, Response, fake::answer},
    mail::{FakeMailer, Letter, MailAnswer, Mailer},
};
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::Notify;

/// How a receiver answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mood {
    Accepts,
    Answers(u16, Vec<(&'static str, String)>),
    /// It keeps the message, and says that it failed.
    KeepsAndFails(u16),
    Unreachable,
}

/// One message as it arrived.
#[derive(Clone, Debug)]
pub struct Message {
    pub id: String,
    pub at: Timestamp,
    pub event: String,
    pub body: Value,
}

impl Message {
    pub fn case(&self) -> i64 {
        self.body["data"]["case"].as_i64().expect("it is about a case")
    }

    pub fn headline(&self) -> &str {
        self.body["data"]["headline"].as_str().unwrap_or_default()
    }

    /// A figure of the week in the report that it carries, as people read it.
    pub fn figure(&self, key: &str) -> String {
        let rows = self.body["data"]["report"]["rows"].as_array().expect("it carries a report");
        let row = rows.iter().find(|row| row["key"] == key).unwrap_or_else(|| panic!("no figure `{key}`"));
        row["this_week"]["words"].as_str().unwrap().to_owned()
    }

    /// The lines under the headline, one after another.
    pub fn lines(&self) -> String {
        let lines = self.body["data"]["lines"].as_array().into_iter().flatten();
        lines.filter_map(Value::as_str).collect::<Vec<_>>().join("\n")
    }
}

struct Desk {
    mood: Mood,
    knocks: usize,
    messages: VecDeque<Message>,
    ring: Arc<Notify>,
}

impl Default for Desk {
    fn default() -> Self {
        Desk { mood: Mood::Accepts, knocks: 0, messages: VecDeque::new(), ring: Arc::default() }
    }
}

/// All receivers; clones share them.
#[derive(Clone)]
pub struct Desks {
    all: Arc<Mutex<BTreeMap<String, Desk>>>,
    clock: Clock,
}

impl Desks {
    pub fn new(clock: Clock) -> Self {
        Desks { all: Arc::default(), clock }
    }

    pub fn open(&self, web: &FakeWeb, name: &str, url: &str) {
        let (desks, name) = (self.clone(), name.to_owned());
        self.with(&name, |_| {});
        web.on(url, move |request| desks.knock(&name, request));
    }

    pub fn set_mood(&self, name: &str, mood: Mood) {
        self.with(name, |desk| desk.mood = mood);
    }

    pub fn knocks(&self, name: &str) -> usize {
        self.with(name, |desk| desk.knocks)
    }

    pub fn take_next(&self, name: &str) -> Option<Message> {
        self.with(name, |desk| desk.messages.pop_front())
    }

    pub fn take(&self, name: &str) -> Vec<Message> {
        self.with(name, |desk| desk.messages.drain(..).collect())
    }

    pub fn take_all(&self) -> Vec<(String, Message)> {
        let mut all = self.all.lock().unwrap();
        all.iter_mut()
            .flat_map(|(name, desk)| desk.messages.drain(..).map(|m| (name.clone(), m)).collect::<Vec<_>>())
            .collect()
    }

    /// Who heard what, that no test expected yet.
    pub fn unheard(&self) -> Vec<(String, String, String)> {
        let all = self.all.lock().unwrap();
        all.iter()
            .flat_map(|(name, desk)| {
                desk.messages.iter().map(|m| (name.clone(), m.event.clone(), m.headline().to_owned()))
            })
            .collect()
    }

    pub async fn ring(&self, name: &str) {
        let ring = self.with(name, |desk| Arc::clone(&desk.ring));
        ring.notified().await;
    }

    fn keep(&self, name: &str, id: String, body: Value) {
        let at = self.clock.now();
        let event = body["type"].as_str().unwrap_or_default().to_owned();
        self.with(name, |desk| {
            desk.messages.push_back(Message { id, at, event, body });
            desk.ring.notify_one();
        });
    }

    fn knock(&self, name: &str, request: &Request) -> Result<Response, HttpError> {
        let mood = self.with(name, |desk| {
            desk.knocks += 1;
            desk.mood.clone()
        });
        let id = request.headers["webhook-id"].to_str().unwrap().to_owned();
        let keep = || self.keep(name, id, serde_json::from_slice(&request.body).unwrap());
        match mood {
            Mood::Accepts => {
                keep();
                Ok(answer(request, 204, &[], ""))
            }
            Mood::KeepsAndFails(status) => {
                keep();
                Ok(answer(request, status, &[], "sorry"))
            }
            Mood::Answers(status, headers) => {
                let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
                Ok(answer(request, status, &headers, "no"))
            }
            Mood::Unreachable => Err(HttpError::Unreachable(format!("{name}.example"))),
        }
    }

    fn with<T>(&self, name: &str, work: impl FnOnce(&mut Desk) -> T) -> T {
        work(self.all.lock().unwrap().entry(name.to_owned()).or_default())
    }
}

/// The mail server: a letter to maria@… is heard by "maria".
pub struct Post {
    mailer: FakeMailer,
    desks: Desks,
}

impl Post {
    pub fn new(desks: Desks) -> Self {
        Post { mailer: FakeMailer::new(), desks }
    }
}

impl Mailer for Post {
    fn send(&self, letter: Letter) -> BoxFuture<'_, MailAnswer> {
        Box::pin(async move {
            let name = letter.to.split('@').next().unwrap_or_default().to_owned();
            let mood = self.desks.with(&name, |desk| {
                desk.knocks += 1;
                desk.mood.clone()
            });
            if let Mood::Answers(..) | Mood::KeepsAndFails(_) | Mood::Unreachable = mood {
                return MailAnswer::Later("the mail server does not answer".to_owned());
            }
            let body = json!({ "type": "letter", "data": { "headline": letter.subject, "text": letter.text } });
            self.desks.keep(&name, letter.message_id.clone(), body);
            self.mailer.send(letter).await
        })
    }
}
