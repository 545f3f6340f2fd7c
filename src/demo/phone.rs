//! Make-believe telephones: a webhook receiver on loopback that believes only what is signed (Standard Webhooks 1.0).
//!
//! It shares no code with the channel that signs, and it keeps each message once, however often it is delivered.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    routing::post,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::Value;
use sha2::Sha256;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

/// One message whose signature was right.
#[derive(Clone, Debug)]
pub struct Ring {
    /// Which telephone: the last part of the address.
    pub phone: String,
    /// The delivery's id.
    pub id: String,
    /// The event's type: "review.negative.created".
    pub event: String,
    /// When it arose, by the hotel's clock.
    pub at: Timestamp,
    /// What was told.
    pub told: Value,
}

impl Ring {
    /// The line that a person reads first.
    #[must_use]
    pub fn headline(&self) -> &str {
        self.told["headline"].as_str().unwrap_or_default()
    }

    /// The link to the page of the case.
    #[must_use]
    pub fn link(&self) -> Option<&str> {
        self.told["link"].as_str()
    }

    /// The number of the case.
    #[must_use]
    pub fn case(&self) -> Option<i64> {
        self.told["case"].as_i64()
    }
}

/// The telephones of the invented hotel.
pub struct Phones {
    door: SocketAddr,
    rings: watch::Receiver<Vec<Ring>>,
    forged: Arc<AtomicUsize>,
    keeper: JoinHandle<()>,
}

#[derive(Clone)]
struct Line {
    key: Arc<[u8]>,
    rings: Arc<watch::Sender<Vec<Ring>>>,
    forged: Arc<AtomicUsize>,
}

impl Phones {
    /// Plugs them in on a free port of loopback; `key` is the secret that both sides know.
    ///
    /// # Errors
    /// If no port can be had.
    pub async fn plug_in(key: &[u8]) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let door = listener.local_addr()?;
        let (sender, rings) = watch::channel(Vec::new());
        let forged = Arc::new(AtomicUsize::new(0));
        let line = Line { key: key.into(), rings: Arc::new(sender), forged: Arc::clone(&forged) };
        let router = Router::new().route("/{phone}", post(ring)).with_state(line);
        let keeper = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Ok(Phones { door, rings, forged, keeper })
    }

    /// The address of one telephone.
    #[must_use]
    pub fn address(&self, phone: &str) -> String {
        format!("http://{}/{phone}", self.door)
    }

    /// How many messages had a wrong signature.
    #[must_use]
    pub fn forged(&self) -> usize {
        self.forged.load(Ordering::Relaxed)
    }

    /// How many different messages have come.
    #[must_use]
    pub fn count(&self) -> usize {
        self.rings.borrow().len()
    }

    /// Waits for the first message that is wanted, those included that came before.
    pub async fn wait(&self, wanted: impl Fn(&Ring) -> bool) -> Ring {
        let mut rings = self.rings.clone();
        loop {
            let found = rings.borrow_and_update().iter().find(|ring| wanted(ring)).cloned();
            match found {
                Some(ring) => return ring,
                None if rings.changed().await.is_err() => std::future::pending().await,
                None => {}
            }
        }
    }
}

impl Drop for Phones {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

async fn ring(State(line): State<Line>, Path(phone): Path<String>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let said = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let id = said("webhook-id").to_owned();
    if !is_signed(&line.key, (&id, said("webhook-timestamp")), &body, said("webhook-signature")) {
        line.forged.fetch_add(1, Ordering::Relaxed);
        return StatusCode::BAD_REQUEST;
    }
    let Ok(mut message) = serde_json::from_slice::<Value>(&body) else { return StatusCode::BAD_REQUEST };
    let event = message["type"].as_str().unwrap_or_default().to_owned();
    let at = message["timestamp"].as_str().and_then(|at| at.parse().ok()).unwrap_or(Timestamp::UNIX_EPOCH);
    let told = message["data"].take();
    line.rings.send_modify(|rings| {
        if !rings.iter().any(|ring| ring.id == id) {
            rings.push(Ring { phone, id, event, at, told });
        }
    });
    StatusCode::NO_CONTENT
}

/// Whether one of the signatures is ours: HMAC-SHA256 over `{id}.{timestamp}.{body}`.
/// Spec: <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>.
fn is_signed(key: &[u8], head: (&str, &str), body: &[u8], signatures: &str) -> bool {
    signatures.split(' ').filter_map(|one| one.strip_prefix("v1,")).any(|one| {
        let Ok(tag) = STANDARD.decode(one) else { return false };
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return false };
        mac.update(format!("{}.{}.", head.0, head.1).as_bytes());
        mac.update(body);
        mac.verify_slice(&tag).is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key, head, body and signature of the specification's own example.
    const KEY: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const HEAD: (&str, &str) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330");
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    #[test]
    fn the_specifications_own_example_is_believed_and_a_changed_one_is_not() {
        let key = STANDARD.decode(KEY).unwrap();
        assert!(is_signed(&key, HEAD, BODY, SIGNATURE));
        assert!(is_signed(&key, HEAD, BODY, &format!("v1,AAAA {SIGNATURE}")));
        for (head, body, signature) in [
            (HEAD, &b"{}"[..], SIGNATURE),
            (("msg_other", HEAD.1), BODY, SIGNATURE),
            (HEAD, BODY, ""),
            (HEAD, BODY, "v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
        ] {
            assert!(!is_signed(&key, head, body, signature));
        }
    }
}
