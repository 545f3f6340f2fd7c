//! A person reads a review otherwise than the judge: the verdict, the case and who hears of it, in one transaction.

use anyhow::bail;
use clap::ValueEnum;

use super::{
    Exit,
    context::{Context, actor},
};
use crate::{
    alert::{
        Reason,
        compose::{self, Subject},
    },
    case::{Event, Recorded, Step},
    clock::Clock,
    id::{CaseId, ReviewId},
    judge::{Sense, Severity},
    store::{
        StoreError, Tx, cases,
        corrections::{self, Correction},
        reviews,
    },
    work::{house::House, outbox::tell},
};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The review's number; see `amends reviews`
    review: i64,
    /// How the guest means it; the verdict that it has confirms that one
    #[arg(value_enum)]
    meant: Meant,
    /// Who says it [default: $AMENDS_BY, else the login name]
    #[arg(long)]
    by: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Meant {
    Negative,
    Neutral,
    Positive,
}

pub fn run(context: &Context, args: &Args) -> anyhow::Result<Exit> {
    let (loaded, wired) = context.wire()?;
    let store = context.existing_store(&loaded)?;
    let house = wired.house;
    let meant = match args.meant {
        Meant::Negative => Sense::Negative,
        Meant::Neutral => Sense::Neutral,
        Meant::Positive => Sense::Positive,
    };
    let said = Correction { by: actor(args.by.as_deref())?, meant, at: Clock::system().now() };
    let id = ReviewId(args.review);
    if store.read_now(|tx| Ok(reviews::state(tx, id)?.forgotten))? {
        bail!("review {id} was erased: there are no words left to judge");
    }
    let done = store.write_now(move |tx| correct(tx, &house, id, &said))?;
    context.nudge(&loaded);
    let (from, to) = (done.from.name(), meant.name());
    println!(
        "{}",
        if done.from == meant {
            format!("✓ review {id} is {to}: confirmed")
        } else {
            format!("✓ review {id}: {from} → {to}")
        }
    );
    match done.case {
        Some(case) if done.opened => println!("  case {case} is open, and those whom it concerns are told"),
        Some(case) if done.from != meant => println!("  recorded in case {case}"),
        Some(_) | None => {}
    }
    Ok(Exit::Fine)
}

/// What a correction did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Corrected {
    /// What the verdict had been.
    pub from: Sense,
    /// The case of the review, if it has one now.
    pub case: Option<CaseId>,
    /// Whether that case was opened by this.
    pub opened: bool,
}

/// Records how a person reads the latest version of a review.
///
/// A complaint that had been missed opens a case and is told; a case that is no complaint is dismissed. The claim of a person turns
/// nothing around.
///
/// # Errors
/// If there is no such review, or the database cannot be written; then nothing is recorded.
pub fn correct(tx: &Tx<'_>, house: &House, id: ReviewId, said: &Correction) -> Result<Corrected, StoreError> {
    let row = reviews::get(tx, id)?;
    let from = row.verdict.sense;
    let mut verdict = row.verdict.clone();
    if said.meant != from {
        verdict.sense = said.meant;
        verdict.severity = match said.meant {
            Sense::Negative => verdict.severity.max(Severity::Normal),
            Sense::Neutral | Sense::Positive | Sense::Unrated => Severity::Low,
        };
        verdict.because.insert(
            0,
            format!("{} says that it is {}; it had been judged {}", said.by, said.meant.name(), from.name()),
        );
    }
    corrections::add(tx, &row, said, &verdict)?;
    if said.meant == from {
        return Ok(Corrected { from, case: row.case, opened: false });
    }
    if let Some(case) = row.case {
        // Of what the guest said elsewhere it is noted only: the case stands or falls with its own review.
        let step = if cases::review_of(tx, case)? == id {
            Step::Correct { from, to: said.meant }
        } else {
            Step::Note { note: format!("corrected review {id} from {} to {}", from.name(), said.meant.name()) }
        };
        cases::append(tx, case, &Recorded { at: said.at, event: Event::Step { by: said.by.clone(), step } })?;
        return Ok(Corrected { from, case: Some(case), opened: false });
    }
    if said.meant != Sense::Negative {
        return Ok(Corrected { from, case: None, opened: false });
    }
    let case = cases::open(tx, id, &row.location, verdict.because.clone(), said.at)?;
    let card = compose::card(&row.content, row.author.as_deref(), row.url.as_deref(), row.posted_at);
    let (location, source, version) = (&row.location, &row.source, row.version);
    let subject = Subject { location, source, review: id, version, case: Some(case), card, also: None };
    tell(tx, house, &compose::about_review(Reason::NewNegative, &subject, &verdict, said.at), Some(id))?;
    Ok(Corrected { from, case: Some(case), opened: true })
}
