//! Empties the outbox: one loop a channel, each attempt recorded, marked done only after the service has said that it has it.
//!
//! The order is the promise: send, then mark. A crash between the two repeats under the same id; it never loses.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::{outbox, poll::Ground};
use crate::{
    alert::{
        Alert, compose,
        link::{self, LINK_HOURS, Pass},
    },
    channels::{Channel, Envelope, Outcome, Outgoing, by_mail},
    clock,
    http::HttpError,
    mail::{MailAnswer, Mailer},
    secret::Secret,
    store::{
        StoreError,
        alerts::{self, Attempt, AttemptResult, Pending},
    },
};

/// Waits between attempts; afterwards hourly.
const SCHEDULE_SECS: [u64; 6] = [5, 30, 120, 300, 900, 1800];
/// After this long a delivery is given up.
const GIVE_UP_AFTER: Duration = Duration::from_secs(3 * 24 * 3600);
/// After this long without success an alert also goes out by another channel.
const DETOUR_AFTER: Duration = Duration::from_secs(15 * 60);
/// The most deliveries taken at once.
const TAKE_MAX: u32 = 64;
/// The most deliveries under way at once on one channel; those of one case go one after the other.
const LANES_MAX: usize = 8;
/// The longest sleep, in case a command in another process could not wake us.
const SLEEP_MAX: Duration = Duration::from_secs(3600);

/// One channel with everything its loop needs.
#[derive(Clone)]
pub struct Outlet {
    /// The owner's name for it.
    pub name: String,
    /// The adapter.
    pub channel: Arc<dyn Channel>,
    /// The way out for letters.
    pub mailer: Arc<dyn Mailer>,
    /// The key that signs links.
    pub key: Secret,
}

/// Delivers what is queued for one channel until it is stopped; what is under way then is finished and marked.
///
/// # Errors
/// If the database fails; `supervise` then tries again if that passes (a full disk, a lock), else it ends the process.
pub async fn deliver(ground: Ground, outlet: Outlet, stop: CancellationToken) -> Result<(), StoreError> {
    let mut changes = ground.store.deliveries_changed();
    while !stop.is_cancelled() {
        changes.mark_unchanged();
        if send_due(&ground, &outlet).await? > 0 {
            continue;
        }
        let name = outlet.name.clone();
        let next = ground.store.read(move |tx| alerts::next_due(tx, &name)).await?;
        let latest = clock::after(ground.clock.now(), SLEEP_MAX);
        tokio::select! {
            () = ground.clock.sleep_until(next.map_or(latest, |next| next.min(latest))) => {}
            _ = changes.changed() => {}
            () = stop.cancelled() => {}
        }
    }
    Ok(())
}

/// Attempts everything that is due on a channel once; returns how many attempts were made.
///
/// # Errors
/// If the database fails.
pub async fn send_due(ground: &Ground, outlet: &Outlet) -> Result<usize, StoreError> {
    let (name, now) = (outlet.name.clone(), ground.clock.now());
    let due = ground.store.read(move |tx| alerts::due(tx, &name, now, TAKE_MAX)).await?;
    let attempts = due.len();
    let alive = AtomicBool::new(true);
    let mut lanes =
        stream::iter(by_case(due)).map(|lane| send_in_order(ground, outlet, lane, &alive)).buffer_unordered(LANES_MAX);
    while let Some(sent) = lanes.next().await {
        sent?;
    }
    Ok(attempts)
}

/// Deliveries about the same case in one lane, in their order; all others each in a lane of its own.
fn by_case(due: Vec<Pending>) -> Vec<Vec<Pending>> {
    let mut lanes: Vec<Vec<Pending>> = Vec::new();
    for pending in due {
        let same = |lane: &&mut Vec<Pending>| pending.alert.case.is_some() && lane[0].alert.case == pending.alert.case;
        match lanes.iter_mut().find(same) {
            Some(lane) => lane.push(pending),
            None => lanes.push(vec![pending]),
        }
    }
    lanes
}

/// Attempts one lane; as soon as the channel proves dead, the rest of all lanes is left to other channels.
async fn send_in_order(
    ground: &Ground,
    outlet: &Outlet,
    lane: Vec<Pending>,
    alive: &AtomicBool,
) -> Result<(), StoreError> {
    for pending in lane {
        if !alive.load(Ordering::Relaxed) {
            break;
        }
        if let Outcome::Broken { .. } = attempt(ground, outlet, pending).await? {
            alive.store(false, Ordering::Relaxed);
        }
    }
    Ok(())
}

async fn attempt(ground: &Ground, outlet: &Outlet, pending: Pending) -> Result<Outcome, StoreError> {
    let began = ground.clock.now();
    let envelope = envelope(ground, outlet, &pending);
    if marks_first() {
        return mark_then_send(ground, outlet, pending, &envelope).await;
    }
    let outcome = send(ground, outlet, &pending.alert, &envelope).await;
    let ended = ground.clock.now();
    let number = pending.attempts + 1;
    let age = clock::since(ended, pending.created_at);
    let result = result(&outcome, number, age, ended);
    ground.metrics.note_delivery(&outlet.name, name(&outcome), matches!(outcome, Outcome::Delivered).then_some(age));
    log(&outlet.name, &pending, &result, age);
    let attempt = Attempt { number, at: began, took: clock::since(ended, began), result };
    let (house, channel) = (Arc::clone(&ground.house), outlet.name.clone());
    ground
        .store
        .write(move |tx| {
            alerts::record(tx, &pending.id, &attempt)?;
            match &outcome {
                Outcome::Broken { why } => switch_off(tx, &house, (&channel, why), ended)?,
                Outcome::Retry { .. } if !becomes_late(tx, &pending, ended)? => {}
                Outcome::Retry { .. } | Outcome::GiveUp { .. } => {
                    outbox::reroute(tx, &house, &pending, ended)?;
                }
                Outcome::Delivered => {}
            }
            Ok(outcome)
        })
        .await
}

/// The control arm of the crash test: the wrong order, which must lose alerts. Only in debug builds, and only if asked for.
fn marks_first() -> bool {
    cfg!(debug_assertions) && std::env::var_os("AMENDS_CONTROL_ARM").is_some_and(|arm| arm == "mark-first")
}

async fn mark_then_send(
    ground: &Ground,
    outlet: &Outlet,
    pending: Pending,
    envelope: &Envelope,
) -> Result<Outcome, StoreError> {
    let (id, number, at) = (pending.id.clone(), pending.attempts + 1, ground.clock.now());
    let done = Attempt { number, at, took: Duration::ZERO, result: AttemptResult::Delivered };
    ground.store.write(move |tx| alerts::record(tx, &id, &done)).await?;
    let mut outcome = send(ground, outlet, &pending.alert, envelope).await;
    for _ in 0..2 {
        if matches!(outcome, Outcome::Retry { .. }) {
            outcome = send(ground, outlet, &pending.alert, envelope).await;
        }
    }
    Ok(outcome)
}

/// Whether a delivery is late for the first time: each takes one detour, however often it is tried afterwards.
fn becomes_late(tx: &crate::store::Tx<'_>, pending: &Pending, now: Timestamp) -> Result<bool, StoreError> {
    let is_late = |tried: u32, at: Timestamp| tried > 1 && clock::since(at, pending.created_at) >= DETOUR_AFTER;
    let before = alerts::attempted_at(tx, &pending.id, pending.attempts)?;
    Ok(is_late(pending.attempts + 1, now) && !before.is_some_and(|at| is_late(pending.attempts, at)))
}

/// Sends one alert and reads the answer; what goes wrong inside an adapter stays with this one delivery.
pub async fn send(ground: &Ground, outlet: &Outlet, alert: &Alert, envelope: &Envelope) -> Outcome {
    let now = ground.clock.now();
    let rendered = catch_unwind(AssertUnwindSafe(|| outlet.channel.render(alert, envelope, now)));
    match rendered {
        Err(_) => Outcome::GiveUp { why: "the message could not be rendered".to_owned() },
        Ok(Outgoing::Print(lines)) => print(&lines),
        Ok(Outgoing::Mail(letter)) => by_mail(outlet.mailer.send(letter).await),
        Ok(Outgoing::Http(request)) => match ground.http.send(request).await {
            Ok(response) => outlet.channel.outcome(&response, ground.clock.now()),
            Err(error @ HttpError::Refused(_)) => Outcome::Broken { why: error.to_string() },
            Err(error) => Outcome::Retry { after: None, why: error.to_string() },
        },
    }
}

fn print(lines: &str) -> Outcome {
    use std::io::Write;
    match writeln!(std::io::stdout().lock(), "{lines}") {
        Ok(()) => Outcome::Delivered,
        Err(error) => Outcome::Retry { after: None, why: format!("cannot write to standard output: {error}") },
    }
}

fn envelope(ground: &Ground, outlet: &Outlet, pending: &Pending) -> Envelope {
    let who = pending.person.clone().unwrap_or_else(|| outlet.name.clone());
    let link = pending.alert.case.zip(ground.house.base_url.as_ref()).and_then(|(case, base)| {
        let expires_at = clock::after(pending.alert.at, Duration::from_secs(LINK_HOURS * 3600));
        let token = link::seal(&Pass { case, person: who, expires_at }, &outlet.key);
        base.join(&format!("case?t={token}")).ok().map(String::from)
    });
    Envelope { delivery_id: pending.id.clone(), address: pending.address.clone(), person: pending.person.clone(), link }
}

fn result(outcome: &Outcome, number: u32, age: Duration, now: Timestamp) -> AttemptResult {
    match outcome {
        Outcome::Delivered => AttemptResult::Delivered,
        Outcome::GiveUp { why } => AttemptResult::GivenUp(why.clone()),
        // It stays queued: another channel gets it too, and this one once it is repaired.
        Outcome::Broken { why } => AttemptResult::Later(now, why.clone()),
        Outcome::Retry { why, .. } if age >= GIVE_UP_AFTER => {
            AttemptResult::GivenUp(format!("no success for three days: {why}"))
        }
        Outcome::Retry { after, why } => {
            let step = SCHEDULE_SECS.get(number.saturating_sub(1) as usize).copied().unwrap_or(3600);
            let wait = after.unwrap_or(Duration::from_secs(step));
            AttemptResult::Later(clock::after(now, wait), why.clone())
        }
    }
}

/// Switches a channel off, sends what waits for it by others, and tells the admin.
fn switch_off(
    tx: &crate::store::Tx<'_>,
    house: &super::house::House,
    dead: (&str, &str),
    now: Timestamp,
) -> Result<(), StoreError> {
    let (channel, why) = dead;
    let was_on = alerts::break_channel(tx, channel, why, now)?;
    for waiting in alerts::stranded(tx, channel)? {
        if outbox::reroute(tx, house, &waiting, now)?.is_some() {
            let given_up = AttemptResult::GivenUp(format!("sent by another channel: {why}"));
            alerts::record(
                tx,
                &waiting.id,
                &Attempt { number: waiting.attempts.max(1), at: now, took: Duration::ZERO, result: given_up },
            )?;
        }
    }
    if was_on {
        outbox::tell(tx, house, &compose::channel_broken(channel, why, now), None)?;
    }
    Ok(())
}

/// Sends what waits for channels that are no longer configured by others.
///
/// # Errors
/// If the database fails.
pub async fn rescue_orphans(ground: &Ground, configured: Vec<String>) -> Result<(), StoreError> {
    let (house, now) = (Arc::clone(&ground.house), ground.clock.now());
    ground
        .store
        .write(move |tx| {
            for channel in alerts::waiting_channels(tx)?.into_iter().filter(|channel| !configured.contains(channel)) {
                switch_off(tx, &house, (&channel, "it is no longer in the configuration"), now)?;
            }
            Ok(())
        })
        .await
}

fn name(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Delivered => "delivered",
        Outcome::Retry { .. } => "retry",
        Outcome::GiveUp { .. } => "given-up",
        Outcome::Broken { .. } => "broken",
    }
}

fn log(channel: &str, pending: &Pending, result: &AttemptResult, age: Duration) {
    let (id, attempt) = (&pending.id, pending.attempts + 1);
    match result {
        AttemptResult::Delivered => {
            tracing::info!(delivery.id = %id, channel, attempt, dwell_ms = age.as_millis() as u64, "Alert delivered: {}", pending.alert.headline);
        }
        AttemptResult::Later(_, why) => {
            tracing::warn!(delivery.id = %id, channel, attempt, "Alert not delivered yet: {why}")
        }
        AttemptResult::GivenUp(why) => {
            tracing::error!(delivery.id = %id, channel, attempt, "Alert given up on this channel: {why}")
        }
    }
}

/// A mailer for a house without a mail server.
pub struct NoMailer;

impl Mailer for NoMailer {
    fn send(&self, _: crate::mail::Letter) -> futures_util::future::BoxFuture<'_, MailAnswer> {
        Box::pin(async { MailAnswer::Unusable("there is no [smtp] section in the configuration".to_owned()) })
    }
}
