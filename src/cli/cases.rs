//! `amends cases`: the list, one case in full, and the steps that a person records. Claims here, evidence from the site.

mod print;

use anyhow::{Context as _, bail};
use clap::Subcommand;
use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;

use super::{
    Exit,
    context::{Context, Format, actor, print_json},
    listing, table,
};
use crate::{
    app,
    case::{CloseAs, Gesture, Step, next_deadline, ties_gift_to_review},
    clock::{self, Clock},
    figures::words,
    id::{CaseId, ReviewId},
    schedule::Span,
    store::{
        Store,
        cases::{self, CaseFile, Which},
        reviews,
        voices::{self, Voice},
    },
    work::house::House,
};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List cases
    List {
        /// Those that are over as well
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        format: Format,
    },
    /// Show one case: the review and its versions, claims and evidence, what is due
    Show {
        /// The case's number
        case: i64,
        #[command(flatten)]
        format: Format,
    },
    /// "I take it"
    Take(Done),
    /// The guest was contacted
    Contact(Noted),
    /// The guest was asked for advice
    Advice(Noted),
    /// What was wrong is fixed
    Fix(Noted),
    /// The guest was told what changed
    Tell(Noted),
    /// The guest was asked to reconsider, as the site allows
    Ask(Noted),
    /// Write something down
    Note {
        /// The case's number
        case: i64,
        /// The words
        note: String,
        #[command(flatten)]
        by: By,
    },
    /// Something was given to the guest; always unconditional
    Gesture {
        /// The case's number
        case: i64,
        /// What: call, card, gift, refund, discount, …
        kind: String,
        /// What it cost, such as 25.00
        #[arg(long, default_value = "0")]
        cost: String,
        /// The currency [default: the location's]
        #[arg(long)]
        currency: Option<String>,
        /// Who approved it [default: yourself]
        #[arg(long)]
        approved_by: Option<String>,
        /// Further words
        #[arg(long)]
        note: Option<String>,
        #[command(flatten)]
        by: By,
    },
    /// Put a case off
    Snooze {
        /// The case's number
        case: i64,
        /// For how long, such as 2h or 1d
        #[arg(long = "for", value_name = "SPAN", conflicts_with = "until")]
        span: Option<Span>,
        /// Until when, such as "2026-11-24 08:00" at the location
        #[arg(long, required_unless_present = "span")]
        until: Option<String>,
        #[command(flatten)]
        by: By,
    },
    /// End a case; only evidence can turn one around
    Close {
        /// The case's number
        case: i64,
        /// As what
        #[arg(long = "as", value_enum)]
        outcome: CloseAs,
        /// Why
        note: Option<String>,
        #[command(flatten)]
        by: By,
    },
    /// Say that a review is of the guest of a case: it belongs to that case from now on
    Join {
        /// The case's number
        case: i64,
        /// The review's number
        review: i64,
        #[command(flatten)]
        by: By,
    },
    /// Say that a review is of another guest: it leaves the case, and gets its own if it is a complaint
    Part {
        /// The review's number; see `amends cases show CASE`
        review: i64,
        #[command(flatten)]
        by: By,
    },
    /// Open a case for a review that has none
    Open {
        /// The review's number; see `amends reviews`
        review: i64,
        #[command(flatten)]
        by: By,
    },
}

#[derive(Debug, clap::Args)]
struct By {
    /// Who did it [default: $AMENDS_BY, else the login name]
    #[arg(long)]
    by: Option<String>,
}

#[derive(Debug, clap::Args)]
struct Done {
    /// The case's number
    case: i64,
    #[command(flatten)]
    by: By,
}

#[derive(Debug, clap::Args)]
struct Noted {
    /// The case's number
    case: i64,
    /// How, and what came of it
    note: Option<String>,
    #[command(flatten)]
    by: By,
}

pub fn run(context: &Context, args: Args) -> anyhow::Result<Exit> {
    let loaded = context.load_quietly()?;
    let store = context.existing_store(&loaded)?;
    let desk = Desk { house: House::new(&loaded.config, |_| false), store, now: Clock::system().now() };
    let done = desk.act(args.action.unwrap_or(Action::List { all: false, format: args.format }));
    context.nudge(&loaded);
    done
}
/// Everything that a step needs.
struct Desk {
    house: House,
    store: Store,
    now: Timestamp,
}

/// A case as JSON.
#[derive(Serialize)]
struct CaseJson<'a> {
    #[serde(flatten)]
    row: &'a cases::CaseRow,
    waiting_secs: u64,
    next_due: Option<Timestamp>,
    review: &'a reviews::ReviewRow,
    voices: &'a [Voice],
    events: &'a [crate::case::Recorded],
}

impl Desk {
    fn act(&self, action: Action) -> anyhow::Result<Exit> {
        match action {
            Action::List { all, format } => self.list(if all { Which::All } else { Which::Open }, format),
            Action::Show { case, format } => self.show(CaseId(case), format),
            Action::Take(Done { case, by }) => self.record(case, &by, |_| Ok(Step::Take)),
            Action::Contact(noted) => self.noted(noted, |note| Step::Contact { note }),
            Action::Advice(noted) => self.noted(noted, |note| Step::AskAdvice { note }),
            Action::Fix(noted) => self.noted(noted, |note| Step::Fix { note }),
            Action::Tell(noted) => self.noted(noted, |note| Step::Tell { note }),
            Action::Ask(noted) => self.ask(noted),
            Action::Note { case, note, by } => self.record(case, &by, |_| Ok(Step::Note { note })),
            Action::Gesture { case, kind, cost, currency, approved_by, note, by } => {
                let person = actor(by.by.as_deref())?;
                self.record(case, &by, |file| {
                    Ok(Step::Gesture(Gesture {
                        kind,
                        cost_cents: cents(&cost)?,
                        currency: currency.unwrap_or_else(|| self.house.place(&file.row.location).currency.clone()),
                        approved_by: approved_by.unwrap_or(person),
                        note,
                    }))
                })
            }
            Action::Snooze { case, span, until, by } => self.record(case, &by, |file| self.snooze(file, span, until)),
            Action::Close { case, outcome, note, by } => self.record(case, &by, |_| Ok(Step::Close { outcome, note })),
            Action::Join { case, review, by } => self.join(CaseId(case), ReviewId(review), &by),
            Action::Part { review, by } => self.part(ReviewId(review), &by),
            Action::Open { review, by } => self.open(ReviewId(review), &by),
        }
    }

    fn zone(&self, location: &str) -> TimeZone {
        self.house.place(location).zone.clone()
    }

    fn due(&self, file: &CaseFile) -> Option<crate::case::Deadline> {
        let place = self.house.place(&file.row.location);
        next_deadline(&file.history, &place.limits, &place.calendar)
    }

    fn json<'a>(&self, file: &'a CaseFile) -> CaseJson<'a> {
        CaseJson {
            row: &file.row,
            waiting_secs: clock::since(file.history.ended_at.unwrap_or(self.now), file.history.stretch_at).as_secs(),
            next_due: self.due(file).map(|due| due.at),
            review: &file.review,
            voices: &file.voices,
            events: &file.events,
        }
    }

    fn list(&self, which: Which, format: Format) -> anyhow::Result<Exit> {
        let files = self.store.read_now(|tx| cases::list(tx, which))?;
        if format.json {
            print_json(&files.iter().map(|file| self.json(file)).collect::<Vec<_>>())?;
            return Ok(Exit::Fine);
        }
        let rows = files.iter().map(|file| {
            let review = &file.review;
            vec![
                file.row.id.to_string(),
                listing::stars(review.content.rating.as_ref()),
                review.source.clone(),
                listing::one_line(review.author.as_deref(), 18),
                words::span(clock::since(file.history.ended_at.unwrap_or(self.now), file.history.stretch_at)),
                file.history.stage.in_words().to_owned(),
                file.history.assignee.clone().unwrap_or_else(|| "—".to_owned()),
                listing::one_line(Some(&review.content.words()), 46),
            ]
        });
        let heads = ["case", "stars", "where", "guest", "waiting", "stage", "whose", "words"];
        table::print(&heads, rows.collect(), "no open case: nobody waits for you")?;
        Ok(Exit::Fine)
    }

    fn show(&self, id: CaseId, format: Format) -> anyhow::Result<Exit> {
        let (file, versions) = self.store.read_now(|tx| {
            let file = cases::file(tx, id)?;
            let versions = reviews::versions(tx, file.row.review_id)?;
            Ok((file, versions))
        })?;
        if format.json {
            print_json(&self.json(&file))?;
            return Ok(Exit::Fine);
        }
        let zone = self.zone(&file.row.location);
        print::review(&file, &versions, &zone);
        println!(
            "\nstage   {}{}",
            file.history.stage.in_words(),
            file.history.assignee.as_ref().map_or(String::new(), |who| format!(", {who} has it"))
        );
        if let Some(due) = self.due(&file) {
            println!("due     {} — {}", listing::local(due.at, &zone), due.promise.in_words());
        }
        println!("asking  {}", app::ask_rule(&file.review.kind).in_words());
        for voice in &file.voices {
            print::voice(voice, &zone);
        }
        println!("\nwhat happened");
        for recorded in &file.events {
            println!("  {}  {}", listing::local(recorded.at, &zone), print::in_words(&recorded.event));
        }
        Ok(Exit::Fine)
    }

    fn noted(&self, noted: Noted, step: impl FnOnce(Option<String>) -> Step) -> anyhow::Result<Exit> {
        let Noted { case, note, by } = noted;
        self.record(case, &by, |_| Ok(step(note)))
    }

    fn ask(&self, noted: Noted) -> anyhow::Result<Exit> {
        let file = self.store.read_now(|tx| cases::file(tx, CaseId(noted.case)))?;
        println!("{}: {}", file.review.source, app::ask_rule(&file.review.kind).in_words());
        self.noted(noted, |note| Step::AskReconsider { note })
    }

    fn snooze(&self, file: &CaseFile, span: Option<Span>, until: Option<String>) -> anyhow::Result<Step> {
        let until = match (span, until) {
            (Some(span), _) => clock::after(self.now, span.0),
            (None, Some(text)) => local_time(&text, &self.zone(&file.row.location))?,
            (None, None) => bail!("say --for or --until"),
        };
        if until <= self.now {
            bail!("that time is past");
        }
        Ok(Step::Snooze { until })
    }

    fn record(&self, case: i64, by: &By, step: impl FnOnce(&CaseFile) -> anyhow::Result<Step>) -> anyhow::Result<Exit> {
        let (id, person, now) = (CaseId(case), actor(by.by.as_deref())?, self.now);
        let file = self.store.read_now(|tx| cases::file(tx, id))?;
        let step = step(&file)?;
        if let Some(words) = spoken(&step).filter(|words| ties_gift_to_review(words)) {
            bail!(
                "these words tie a gift to the review, which every platform forbids and no guest forgives; nothing was recorded: “{words}”"
            );
        }
        let rule = app::ask_rule(&file.review.kind);
        let history = self.store.write_now(move |tx| cases::record(tx, id, (&person, step), rule, now))?;
        println!(
            "✓ case {id}: {}{}",
            history.stage.in_words(),
            history.assignee.map_or(String::new(), |who| format!(", {who} has it"))
        );
        let file = self.store.read_now(|tx| cases::file(tx, id))?;
        if let Some(due) = self.due(&file) {
            println!(
                "  next: {} by {}",
                due.promise.in_words(),
                listing::local(due.at, &self.zone(&file.row.location))
            );
        }
        Ok(Exit::Fine)
    }

    fn join(&self, case: CaseId, review: ReviewId, by: &By) -> anyhow::Result<Exit> {
        let (person, now) = (actor(by.by.as_deref())?, self.now);
        self.store.write_now(move |tx| voices::join_by_hand(tx, case, review, (&person, now)))?;
        println!("✓ review {review} belongs to case {case} now; `amends cases part {review}` undoes it");
        Ok(Exit::Fine)
    }

    fn part(&self, review: ReviewId, by: &By) -> anyhow::Result<Exit> {
        let (person, now) = (actor(by.by.as_deref())?, self.now);
        let own = self.store.write_now(move |tx| voices::part(tx, review, (&person, now)))?;
        println!(
            "✓ review {review} stands for itself now{}",
            own.map_or(String::new(), |own| format!(": case {own} is open"))
        );
        Ok(Exit::Fine)
    }

    fn open(&self, review: ReviewId, by: &By) -> anyhow::Result<Exit> {
        let (person, now) = (actor(by.by.as_deref())?, self.now);
        let row = self.store.read_now(|tx| reviews::get(tx, review))?;
        if let Some(case) = row.case {
            bail!("review {review} has a case already: {case}");
        }
        let location = row.location.clone();
        let case = self
            .store
            .write_now(move |tx| cases::open(tx, review, &location, vec![format!("opened by {person}")], now))?;
        println!("✓ case {case} is open for review {review} at {}", row.location);
        Ok(Exit::Fine)
    }
}

/// The words that a step says to or about a guest.
fn spoken(step: &Step) -> Option<&str> {
    match step {
        Step::Contact { note }
        | Step::AskAdvice { note }
        | Step::Fix { note }
        | Step::Tell { note }
        | Step::AskReconsider { note } => note.as_deref(),
        Step::Gesture(gesture) => gesture.note.as_deref(),
        Step::Note { .. }
        | Step::Take
        | Step::Snooze { .. }
        | Step::Correct { .. }
        | Step::Join { .. }
        | Step::Part { .. }
        | Step::Close { .. } => None,
    }
}

/// "25", "25.5", "25,50" as hundredths.
fn cents(text: &str) -> anyhow::Result<i64> {
    let text = text.trim().replace(',', ".");
    let (whole, part) = text.split_once('.').unwrap_or((&text, "0"));
    let wrong = || format!("`{text}` is not an amount such as 25.00");
    if part.len() > 2
        || whole.len() > 9
        || ![whole, part].iter().all(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
    {
        bail!(wrong());
    }
    let whole: i64 = whole.parse().with_context(wrong)?;
    let part: i64 = format!("{part:0<2}").parse().with_context(wrong)?;
    Ok(whole * 100 + part)
}

fn local_time(text: &str, zone: &TimeZone) -> anyhow::Result<Timestamp> {
    let civil: jiff::civil::DateTime = text
        .trim()
        .replace(' ', "T")
        .parse()
        .with_context(|| format!("`{text}` is not a time such as \"2026-11-24 08:00\""))?;
    Ok(zone.to_ambiguous_zoned(civil).compatible()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_to_the_cent() {
        for (text, expected) in [("25", 2500), ("25.5", 2550), ("25,50", 2550), ("0", 0), ("0.07", 7)] {
            assert_eq!(cents(text).unwrap(), expected, "{text}");
        }
        for text in ["", "-1", "1.234", "abc", "1.", "12345678901"] {
            assert!(cents(text).is_err(), "{text}");
        }
    }
}
