//! The story that is told live: a bad review, the alert, the work, the turnaround, the week's report.
//!
//! Guests and staff are played here; everything else is the real daemon. A line is said only after its event was observed where it
//! really happens: in the database, on a telephone, on the page.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, ensure};
use jiff::{Timestamp, tz::TimeZone};

use super::{
    dice::Dice,
    guests::{self, Complaint, TONIGHT},
    milestone::{Done, Milestone},
    narrator::{Mark, Narrator},
    phone::{Phones, Ring},
    premises::{MANAGER, PORTER, Premises},
    street::{HOTEL, PostId, Site, Street, Words},
    town::Stall,
};
use crate::{
    app::{self, Outside},
    case::{Event, Observation, Stage, Step},
    clock,
    figures::{IsoWeek, words::span},
    http::{Purpose, Request},
    id::CaseId,
    report,
    store::{
        StoreError, Tx,
        cases::{self, CaseFile, Which},
        sources,
    },
    work,
};

/// How often the database is asked whether something has happened.
const ASK_EVERY: Duration = Duration::from_millis(40);

/// Everything that the story is played with.
pub(super) struct Story<'a> {
    pub street: &'a Street,
    pub stalls: &'a [Arc<Stall>],
    pub phones: &'a Phones,
    pub premises: &'a Premises,
    pub outside: &'a Outside,
    pub narrator: &'a Narrator,
    pub done: &'a Done,
    pub zone: &'a TimeZone,
    pub seed: u64,
    /// When the live part began, by the hotel's clock.
    pub starts_at: Timestamp,
    /// How fast that clock runs.
    pub speed: f64,
}

/// The review that it is about.
pub(super) struct Trouble {
    pub post: PostId,
    pub site: Site,
    pub author: String,
    pub posted_at: Timestamp,
    pub case: CaseId,
    pub ring: Ring,
}

impl Trouble {
    /// The link in the alert.
    pub fn link(&self) -> anyhow::Result<&str> {
        self.ring.link().context("the alert carries a link")
    }
}

impl Story<'_> {
    /// Tells it to the end.
    pub async fn tell(&self) -> anyhow::Result<Trouble> {
        self.look_around().await?;
        self.beat(1500).await;
        let mut dice = Dice::new(self.seed);
        let site = *dice.pick(&Site::ALL);
        let trouble = self.complain(site, &guests::name(&mut dice), (1, &TONIGHT)).await?;
        self.done.note(Milestone::Alerted);
        self.beat(4500).await;
        self.take(&trouble).await?;
        self.work(&trouble).await?;
        self.beat(11_500).await;
        self.turn(&trouble, &TONIGHT).await?;
        self.report(&trouble).await?;
        Ok(trouble)
    }

    /// Waits until so many milliseconds of the reader's after the beginning, or not at all: pauses are for the reader, never for the machinery.
    async fn beat(&self, millis: u64) {
        let due = clock::after(self.starts_at, Duration::from_millis(millis).mul_f64(self.speed));
        self.outside.clock.sleep_until(due).await;
    }

    pub(super) fn say(&self, mark: Mark, words: &str) {
        self.narrator.happened(self.outside.clock.now(), mark, words);
    }

    /// Asks the database until there is an answer.
    pub(super) async fn until<T: Send + 'static>(
        &self,
        ask: impl Fn(&Tx<'_>) -> Result<Option<T>, StoreError> + Clone + Send + 'static,
    ) -> anyhow::Result<T> {
        loop {
            if let Some(answer) = self.premises.store.read(ask.clone()).await? {
                return Ok(answer);
            }
            tokio::time::sleep(ASK_EVERY).await;
        }
    }

    async fn look_around(&self) -> anyhow::Result<()> {
        let since = self.outside.clock.now();
        self.until(move |tx| {
            let rows = sources::list(tx)?;
            Ok(rows.iter().all(|row| row.ok_at.is_some_and(|at| at >= since)).then_some(()))
        })
        .await?;
        self.done.note(Milestone::LookedAround);
        let platforms = match self.stalls.len() {
            0 => String::new(),
            1 => " and a platform".to_owned(),
            count => format!(" and {count} platforms"),
        };
        self.say(Mark::Seen, &format!("The daemon has looked at all three sites{platforms}: nothing new."));
        Ok(())
    }

    /// A guest complains; returns when the alert about it has arrived.
    pub(super) async fn complain(
        &self,
        site: Site,
        author: &str,
        complaint: (u8, &Complaint),
    ) -> anyhow::Result<Trouble> {
        let (stars, complaint) = complaint;
        let posted_at = self.outside.clock.now();
        let words = Words::new(stars, complaint.title, complaint.words);
        let post = self.street.guest_posts(site, author, words, posted_at);
        let address = self.street.address(post).context("what was posted is there")?;
        self.say(Mark::Guest, &format!("{author} posts {} “{}” on {}.", drawn(stars), complaint.title, site.name()));
        let file = self.until(move |tx| case_of(tx, &address)).await?;
        self.done.note(Milestone::Seen);
        let (case, seen_at) = (file.row.id, file.review.first_seen_at);
        let after = span(clock::since(seen_at, posted_at));
        self.say(Mark::Seen, &format!("The next poll sees it, {after} after it was posted, and opens case {case}."));
        let ring = self.phones.wait(|ring| is_about(ring, case, "review.negative.created")).await;
        let delivered_at = self.outside.clock.now();
        self.say(Mark::Alert, &format!("The desk phone rings, signature verified: “{}”.", ring.headline()));
        let clock = |at: Timestamp| at.to_zoned(self.zone.clone()).strftime("%H:%M:%S").to_string();
        self.narrator.happened(
            delivered_at,
            Mark::News,
            &format!(
                "posted {} → seen {} → delivered {}, {} in all. The link in it:",
                clock(posted_at),
                clock(seen_at),
                clock(delivered_at),
                span(clock::since(delivered_at, posted_at))
            ),
        );
        let trouble = Trouble { post, site, author: author.to_owned(), posted_at, case, ring };
        self.narrator.whole(&format!(" {}", trouble.link()?));
        Ok(trouble)
    }

    /// The porter opens the link and presses the button, over HTTP as a browser would.
    async fn take(&self, trouble: &Trouble) -> anyhow::Result<()> {
        let link: url::Url = trouble.link()?.parse()?;
        let case = trouble.case;
        let opened = self.outside.http.send(Request::get(link.clone(), Purpose::Fetch)).await?;
        let page = String::from_utf8_lossy(&opened.body()?).into_owned();
        ensure!(opened.status.is_success() && page.contains("I take it"), "the page does not offer to take the case");
        let file = self.premises.store.read(move |tx| cases::file(tx, case)).await?;
        ensure!(file.history.taken_at.is_none(), "opening the page changed the case");
        self.say(Mark::News, &format!("{PORTER} opens the link: the page shows the case, and changes nothing."));
        let token = link.query_pairs().find(|(key, _)| key == "t").map(|(_, token)| token.into_owned());
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("t", &token.context("the link carries a token")?)
            .append_pair("step", "take")
            .finish();
        let mut action = link;
        action.set_query(None);
        let answer =
            self.outside.http.send(Request::deliver(action, "application/x-www-form-urlencoded", form)).await?;
        ensure!(answer.status.as_u16() == 303, "pressing the button was answered {}", answer.status);
        let (who, at) = self.until(move |tx| taken(tx, case)).await?;
        self.done.note(Milestone::Taken);
        let after = span(clock::since(at, trouble.ring.at));
        self.say(Mark::Person, &format!("“I take it” is pressed: case {case} is {who}'s, {after} after the alert."));
        Ok(())
    }

    async fn work(&self, trouble: &Trouble) -> anyhow::Result<()> {
        let note = |words: &str| Some(words.to_owned());
        self.beat(5500).await;
        let listened = Step::Contact { note: note("Rang room 9, said sorry, listened") };
        self.act(trouble, PORTER, listened, "rings the guest, says sorry and listens.").await?;
        self.beat(6500).await;
        let advice = format!("asks for advice: “{}”.", TONIGHT.advice);
        self.act(trouble, PORTER, Step::AskAdvice { note: note(TONIGHT.advice) }, &advice).await?;
        self.ask_too_early(trouble).await?;
        self.beat(8000).await;
        self.act(trouble, MANAGER, Step::Fix { note: note(TONIGHT.fix) }, &format!("fixes it: {}.", TONIGHT.fix))
            .await?;
        self.beat(9000).await;
        let told = Step::Tell { note: note("By phone, and as our public answer") };
        self.act(trouble, MANAGER, told, "tells the guest what changed, and answers in public by hand.").await?;
        self.answer(trouble).await?;
        self.beat(10_500).await;
        let file = self.file(trouble.case).await?;
        let rule = app::ask_rule(&file.review.kind).in_words();
        self.say(
            Mark::News,
            &format!("May one ask for a changed review here? {}.", crate::figures::words::sentence(rule)),
        );
        let asked = Step::AskReconsider { note: note("A plain question, no gift") };
        self.act(trouble, MANAGER, asked, "asks, plainly and without a gift, to have another look.").await?;
        let file = self.file(trouble.case).await?;
        ensure!(file.history.stage == Stage::Asked, "the case stands at {}", file.history.stage.in_words());
        self.done.note(Milestone::Worked);
        Ok(())
    }

    async fn act(&self, trouble: &Trouble, by: &'static str, step: Step, words: &str) -> anyhow::Result<()> {
        self.record(trouble.case, by, step).await?;
        self.say(Mark::Person, &format!("{by} {words}"));
        Ok(())
    }

    /// Records a step as every way in does: under the rule of the site that the review stands on.
    pub(super) async fn record(&self, case: CaseId, by: &'static str, step: Step) -> Result<(), StoreError> {
        let now = self.outside.clock.now();
        let record = move |tx: &Tx<'_>| {
            let rule = app::ask_rule(&cases::file(tx, case)?.review.kind);
            cases::record(tx, case, (by, step.clone()), rule, now).map(|_| ())
        };
        self.premises.store.write(record).await
    }

    async fn ask_too_early(&self, trouble: &Trouble) -> anyhow::Result<()> {
        match self.record(trouble.case, PORTER, Step::AskReconsider { note: None }).await {
            Err(StoreError::Refused(refusal)) => {
                self.say(
                    Mark::Refused,
                    &format!("{PORTER} would like to ask for more stars at once. Refused: {refusal}."),
                );
                Ok(())
            }
            Err(error) => Err(error.into()),
            Ok(()) => anyhow::bail!("asking before telling was not refused"),
        }
    }

    /// The house answers on the site, by hand; the next poll sees that too.
    async fn answer(&self, trouble: &Trouble) -> anyhow::Result<()> {
        let text = format!("Thank you for telling us. {}. Please ring me: {MANAGER}.", TONIGHT.fix);
        self.street.owner_answers(trouble.post, &text, self.outside.clock.now());
        let case = trouble.case;
        self.until(move |tx| {
            let answered = |event: &Event| matches!(event, Event::Observed { observation: Observation::Answered, .. });
            Ok(cases::events(tx, case)?.iter().any(|recorded| answered(&recorded.event)).then_some(()))
        })
        .await?;
        self.say(Mark::Seen, &format!("A poll sees the public answer on {}.", trouble.site.name()));
        Ok(())
    }

    async fn file(&self, case: CaseId) -> Result<CaseFile, StoreError> {
        self.premises.store.read(move |tx| cases::file(tx, case)).await
    }

    /// The guest changes the review; returns when the good news has arrived.
    pub(super) async fn turn(&self, trouble: &Trouble, complaint: &Complaint) -> anyhow::Result<()> {
        let (case, edited_at) = (trouble.case, self.outside.clock.now());
        let words = Words::new(5, complaint.title_after, complaint.words_after);
        self.street.guest_edits(trouble.post, words, edited_at);
        let author = &trouble.author;
        self.say(Mark::Guest, &format!("{author} edits the review: {} “{}”.", drawn(5), complaint.title_after));
        let file = self
            .until(move |tx| {
                let file = cases::file(tx, case)?;
                Ok((file.history.stage == Stage::TurnedAround).then_some(file))
            })
            .await?;
        self.done.note(Milestone::Turned);
        let ended_at = file.history.ended_at.unwrap_or(edited_at);
        self.say(
            Mark::Turned,
            &format!(
                "SEEN turned around, {} after the edit and {} after the bad review. Case {case} is over.",
                span(clock::since(ended_at, edited_at)),
                span(clock::since(ended_at, trouble.posted_at))
            ),
        );
        let ring = self.phones.wait(|ring| is_about(ring, case, "review.turned_positive")).await;
        self.done.note(Milestone::Celebrated);
        self.say(
            Mark::Alert,
            &format!("The desk phone rings with good news, signature verified: “{}”.", ring.headline()),
        );
        Ok(())
    }

    /// Waits for the report of the week, checks that it is the one that every way out gives, and shows it.
    async fn report(&self, trouble: &Trouble) -> anyhow::Result<()> {
        self.say(Mark::News, "At midnight the week is over, and its report is due.");
        let ring = self.phones.wait(|ring| ring.phone == "office" && ring.event == "report.weekly").await;
        let place = self.premises.wired.house.place(HOTEL);
        let (week, at) = (IsoWeek::last_over(ring.at, self.zone), ring.at);
        let weekly = self.premises.store.read(move |tx| work::report::weekly(tx, &place, week, at)).await?;
        let body = report::body(&weekly);
        let sent = &ring.told["report"];
        ensure!(sent.is_null() || *sent == body.json, "the report that was sent is not the one that is shown");
        self.say(
            Mark::Alert,
            &format!("The weekly report arrives on the office phone, signature verified: “{}”.", ring.headline()),
        );
        self.narrator.whole("");
        body.text.lines().for_each(|line| self.narrator.whole(line));
        ensure!(
            body.text.contains(&trouble.author),
            "the report does not tell of tonight's turnaround; this machine was too busy to be done before midnight"
        );
        self.done.note(Milestone::Reported);
        Ok(())
    }
}

pub(super) fn is_about(ring: &Ring, case: CaseId, event: &str) -> bool {
    ring.event == event && ring.case() == Some(case.0)
}

fn case_of(tx: &Tx<'_>, address: &str) -> Result<Option<CaseFile>, StoreError> {
    let open = cases::list(tx, Which::Open)?;
    Ok(open.into_iter().find(|file| file.review.url.as_deref() == Some(address)))
}

fn taken(tx: &Tx<'_>, case: CaseId) -> Result<Option<(String, Timestamp)>, StoreError> {
    let history = cases::history(tx, case)?;
    Ok(history.assignee.zip(history.taken_at))
}

/// Stars as they are drawn.
pub(super) fn drawn(stars: u8) -> String {
    let full = usize::from(stars.min(5));
    "★".repeat(full) + &"☆".repeat(5 - full)
}
