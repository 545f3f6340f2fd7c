//! The story once more in short, on each platform that was asked for: a complaint, the alert, a call, and the guest who looks again.
//!
//! All of them at the same time, as life is.

use std::sync::Arc;

use futures_util::future::try_join_all;
use jiff::{SignedDuration, Timestamp};

use super::{
    guests::{self, COMPLAINTS, Complaint},
    milestone::Milestone,
    narrator::Mark,
    premises::PORTER,
    story::{Story, drawn, is_about},
    town::Stall,
};
use crate::{
    case::{Stage, Step},
    clock,
    figures::words::span,
    store::cases::{self, Which},
};

/// How many kind reviews stand on each platform before the story.
const KIND_ONES: i64 = 5;

/// Lets kind guests write on every platform in the days before `until`.
pub(super) fn furnish(stalls: &[Arc<Stall>], until: Timestamp) {
    for (index, stall) in stalls.iter().enumerate() {
        for ago in (1..=KIND_ONES).rev() {
            let (title, words) = guests::praise_number(index + ago as usize);
            let author = guests::name_number(100 + index * KIND_ONES as usize + ago as usize);
            stall.guest_posts(&author, 5, &format!("{title}. {words}"), until - SignedDuration::from_hours(11 * ago));
        }
    }
}

/// Tells it on all platforms.
pub(super) async fn everywhere(story: &Story<'_>) -> anyhow::Result<()> {
    try_join_all(story.stalls.iter().enumerate().map(|(index, stall)| on_one(story, stall, index))).await?;
    story.done.note(Milestone::HeardElsewhere);
    Ok(())
}

async fn on_one(story: &Story<'_>, stall: &Stall, index: usize) -> anyhow::Result<()> {
    let platform = stall.platform();
    let (kind, author, complaint) = (platform.kind(), guests::name_number(index), complaint(index));
    let posted_at = story.outside.clock.now();
    let number = stall.guest_posts(&author, 1, &said(complaint, index), posted_at);
    let stars = if platform.has_stars() { drawn(1) } else { "a post".to_owned() };
    story.say(Mark::Guest, &format!("{kind}: {author} leaves {stars}, “{}”.", complaint.title));

    let case = story
        .until(move |tx| {
            let open = cases::list(tx, Which::Open)?;
            Ok(open.iter().find(|file| file.review.kind == kind).map(|file| file.row.id))
        })
        .await?;
    story.phones.wait(|ring| is_about(ring, case, "review.negative.created")).await;
    let after = span(clock::since(story.outside.clock.now(), posted_at));
    story.say(Mark::Alert, &format!("{kind}: the desk phone rings {after} later, about case {case}."));
    story.record(case, PORTER, Step::Take).await?;
    story.record(case, PORTER, Step::Contact { note: None }).await?;
    story.record(case, PORTER, Step::Fix { note: Some(complaint.fix.to_owned()) }).await?;
    story.record(case, PORTER, Step::Tell { note: None }).await?;
    if !platform.can_edit() {
        let words =
            format!("{kind}: {PORTER} calls and mends. Nothing can be edited there: case {case} waits for people.");
        story.say(Mark::Person, &words);
        return Ok(());
    }
    story.say(Mark::Person, &format!("{kind}: {PORTER} calls, listens, mends and tells."));

    let edited_at = story.outside.clock.now();
    stall.guest_edits(number, 5, &said_after(complaint), edited_at);
    story.until(move |tx| Ok((cases::history(tx, case)?.stage == Stage::TurnedAround).then_some(()))).await?;
    story.phones.wait(|ring| is_about(ring, case, "review.turned_positive")).await;
    let after = span(clock::since(story.outside.clock.now(), edited_at));
    story.say(Mark::Turned, &format!("{kind}: seen turned around, and told, {after} after the edit."));
    Ok(())
}

/// What a guest says in one go; rooms differ, for the same words in two places would be one guest's. Some platforms know no stars, so the
/// words must not leave a doubt.
fn said(complaint: &Complaint, index: usize) -> String {
    format!("{}. {} Room {}, a horrible stay.", complaint.title, complaint.words, 101 + index)
}

fn said_after(complaint: &Complaint) -> String {
    format!("{}. {} Wonderful people, thank you!", complaint.title_after, complaint.words_after)
}

/// Another complaint for each platform, as long as there are any.
fn complaint(index: usize) -> &'static Complaint {
    &COMPLAINTS[index % COMPLAINTS.len()]
}
