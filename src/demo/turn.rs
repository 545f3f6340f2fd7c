//! After the story it is the turn of the person at the terminal: one more bad review, a link to open, and the guest who listens.

use std::collections::BTreeMap;

use super::{
    dice::Dice,
    guests::{self, YOURS},
    narrator::Mark,
    premises::MANAGER,
    story::{Story, Trouble},
    street::Site,
};
use crate::{
    case::{Event, Step},
    id::CaseId,
    store::cases::{self, Which},
};

/// Goes on for ever: says what is recorded, and lets the guest change the review once they were told what changed.
pub(super) async fn yours(story: &Story<'_>, former: &Trouble) -> anyhow::Result<()> {
    let narrator = story.narrator;
    narrator.heading("Now it is your turn");
    narrator.line("");
    let mut dice = Dice::new(story.seed ^ 0xa11ce);
    let site = Site::ALL.into_iter().find(|site| *site != former.site).unwrap_or(former.site);
    let trouble = story.complain(site, &guests::name(&mut dice), (2, &YOURS)).await?;
    narrator.line("");
    narrator.line("Open the link and press “I take it”. Record what you did; once you have told the guest what changed, they look again.");
    narrator.line("");
    narrator.line("Stop with Ctrl-C.");
    narrator.line("");
    follow(story, &trouble).await
}

async fn follow(story: &Story<'_>, trouble: &Trouble) -> anyhow::Result<()> {
    let mut said: BTreeMap<CaseId, usize> = story.premises.store.read(counts).await?;
    let mut has_turned = false;
    loop {
        let known = said.clone();
        let (now, news) = story
            .until(move |tx| {
                let now = counts(tx)?;
                if now == known {
                    return Ok(None);
                }
                let mut news = Vec::new();
                for (case, count) in &now {
                    let from = known.get(case).copied().unwrap_or(0);
                    let events = if *count > from { cases::events(tx, *case)? } else { Vec::new() };
                    news.extend(events.into_iter().skip(from).map(|recorded| (*case, recorded.event)));
                }
                Ok(Some((now, news)))
            })
            .await?;
        said = now;
        for (case, event) in news {
            if let Some((mark, words)) = in_words(&event) {
                story.say(mark, &format!("case {case}: {words}"));
            }
            let told = matches!(&event, Event::Step { step: Step::Tell { .. }, .. });
            if told && case == trouble.case && !has_turned {
                has_turned = true;
                story.turn(trouble, &YOURS).await?;
            }
        }
    }
}

fn counts(tx: &crate::store::Tx<'_>) -> Result<BTreeMap<CaseId, usize>, crate::store::StoreError> {
    Ok(cases::list(tx, Which::All)?.into_iter().map(|file| (file.row.id, file.events.len())).collect())
}

/// What people did and what fell due; what was seen is said where it is told.
fn in_words(event: &Event) -> Option<(Mark, String)> {
    match event {
        Event::Step { by, step } => Some((Mark::Person, format!("{by} {}", did(step)))),
        Event::Reminded { promise } => Some((Mark::Alert, format!("{MANAGER} is reminded: {}", promise.in_words()))),
        Event::Escalated => Some((Mark::Alert, "the next people are told".to_owned())),
        Event::GuestSaid { put_right, .. } => Some((Mark::Alert, format!("the guest says: {}", put_right.in_words()))),
        Event::Opened { .. } | Event::Joined { .. } | Event::Observed { .. } => None,
    }
}

fn did(step: &Step) -> &'static str {
    match step {
        Step::Take => "took it",
        Step::Contact { .. } => "contacted the guest",
        Step::AskAdvice { .. } => "asked for advice",
        Step::Fix { .. } => "fixed it",
        Step::Tell { .. } => "told the guest what changed",
        Step::AskReconsider { .. } => "asked to reconsider",
        Step::Note { .. } => "wrote a note",
        Step::Gesture(_) => "gave the guest something",
        Step::Snooze { .. } => "put it off",
        Step::Correct { .. } => "corrected the verdict",
        Step::Join { .. } => "joined what is of one guest",
        Step::Part { .. } => "set apart what is of another guest",
        Step::Close { .. } => "closed it",
    }
}
