//! The news of the week in a subject line and in a few sentences.
//!
//! Silence is never good news by itself: a week is called quiet only when every source was read.

use std::time::Duration;

use super::rows::Series;
use crate::figures::{
    Facts, Figures, IsoWeek, Quantile,
    words::{days, moment, number, sentence, whole},
};

/// What the sources can say about the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// Nothing was ever read.
    Nothing,
    /// So many sources cannot be read now.
    Blind(usize),
    /// Every source is read.
    Clear,
}

impl Sight {
    /// How the sources stand.
    #[must_use]
    pub fn of(facts: &Facts) -> Self {
        let blind = facts.sources.iter().filter(|source| source.trouble.is_some()).count();
        match (facts.watched_since(), blind) {
            (None, _) => Sight::Nothing,
            (Some(_), 0) => Sight::Clear,
            (Some(_), blind) => Sight::Blind(blind),
        }
    }
}

/// "Week 47: 3 turned, 1 waiting 9 days"; "Week 47: all quiet".
#[must_use]
pub fn subject(week: IsoWeek, figures: Option<&Figures>, sight: Sight, unread: usize) -> String {
    let mut parts = figures.map(news).unwrap_or_default();
    if parts.is_empty() && unread > 0 {
        parts.push(format!("no bad rating, {unread} to be read"));
    }
    match (sight, parts.is_empty()) {
        (Sight::Nothing, _) => parts = vec!["no source has been read yet".to_owned()],
        (Sight::Blind(blind), quiet) => {
            let what = if blind == 1 { "source" } else { "sources" };
            let nothing = quiet.then(|| "nothing bad seen".to_owned());
            parts.extend(nothing.into_iter().chain([format!("{blind} {what} not readable")]));
        }
        (Sight::Clear, true) => parts.push("all quiet".to_owned()),
        (Sight::Clear, false) => {}
    }
    format!("Week {}: {}", week.number(), parts.join(", "))
}

fn news(figures: &Figures) -> Vec<String> {
    let mut parts = Vec::new();
    let mut say = |n: usize, what: &str| {
        if n > 0 {
            parts.push(format!("{n} {what}"));
        }
    };
    say(figures.turned, "turned");
    say(figures.relapsed, "turned back");
    match (figures.unheard, figures.unheard_longest) {
        (1, Some(longest)) => parts.push(format!("1 waiting {}", whole(longest))),
        (n @ 2.., Some(longest)) => parts.push(format!("{n} waiting, longest {}", whole(longest))),
        _ if figures.open > 0 => parts.push(format!("{} open, all contacted", figures.open)),
        _ => {}
    }
    if parts.is_empty() && figures.negative > 0 {
        parts.push(crate::text::count(figures.negative, "bad review, none open", "bad reviews, none open"));
    }
    parts
}

/// The week in one breath: a few sentences, the most important first.
#[must_use]
pub fn breath(facts: &Facts, series: &Series, sight: Sight, unread: usize) -> Vec<String> {
    let Some(figures) = series.this().filter(|_| sight != Sight::Nothing) else {
        return vec!["No source has been read yet, so there is nothing to say about this week.".to_owned()];
    };
    let mut sentences = vec![turned(figures, sight)];
    sentences.extend(trend(figures, series.last()));
    sentences.extend(relapsed(figures.relapsed));
    sentences.extend(waiting(figures));
    sentences.extend(claimed(figures.claimed_not_seen));
    sentences.extend(unread_words(unread));
    if series.last().is_none() {
        sentences.push("This is our first week here, so there is nothing to compare with yet.".to_owned());
    }
    sentences.extend(alive(facts).filter(|_| figures.open == 0 && figures.negative == 0 && sight == Sight::Clear));
    sentences
}

/// That every source was read, and when: a quiet report must not be the quiet of a dead program.
fn alive(facts: &Facts) -> Option<String> {
    let oldest = facts.sources.iter().map(|source| source.last_success_at).min()??;
    let at = moment(oldest, &facts.zone);
    Some(match facts.sources.len() {
        1 => format!("The one source was last read on {at}."),
        n => format!("All {} sources are read, the last time on {at} or later.", number(n)),
    })
}

fn turned(figures: &Figures, sight: Sight) -> String {
    let good = match figures.positive {
        0 => String::new(),
        1 => " One good one came in.".to_owned(),
        n => format!(" {} good ones came in.", sentence(&number(n))),
    };
    match (figures.turned, figures.negative) {
        (0, 0) if figures.begun == 0 => match sight {
            Sight::Clear => format!("No bad review this week.{good}"),
            Sight::Blind(_) | Sight::Nothing => {
                format!("No bad review was seen this week, but not every site can be read.{good}")
            }
        },
        (0, 0) => "No new bad review, and none turned from bad to good.".to_owned(),
        (0, 1) => "One bad review came in, and none turned from bad to good yet.".to_owned(),
        (0, n) => format!("{} bad reviews came in, and none turned from bad to good yet.", sentence(&number(n))),
        (1, _) => "One guest had a change of heart this week: the review is good now.".to_owned(),
        (n, _) => {
            format!("{} guests had a change of heart this week: their reviews are good now.", sentence(&number(n)))
        }
    }
}

fn trend(figures: &Figures, last: Option<&Figures>) -> Option<String> {
    let Quantile::At(now) = figures.turnaround.median else { return None };
    let before = match last?.turnaround.median {
        Quantile::At(before) => before,
        Quantile::NoCases | Quantile::Beyond(_) => return None,
    };
    let moved = |by: &str| Some(format!("Your typical turnaround is {by} {}, from {}.", days(now), days(before)));
    match (days(now) == days(before), now < before) {
        (true, _) => None,
        (false, true) => moved("down to"),
        (false, false) => moved("up to"),
    }
}

fn relapsed(n: usize) -> Option<String> {
    match n {
        0 => None,
        1 => Some("One review that had turned is bad again.".to_owned()),
        n => Some(format!("{} reviews that had turned are bad again.", sentence(&number(n)))),
    }
}

fn waiting(figures: &Figures) -> Option<String> {
    let longest = figures.unheard_longest.unwrap_or(Duration::ZERO);
    match (figures.unheard, figures.open) {
        (0, 0) => None,
        (0, 1) => Some("The guest of the one open case has heard from us.".to_owned()),
        (0, n) => Some(format!("The guests of all {} open cases have heard from us.", number(n))),
        (1, _) => Some(format!("One guest has waited {} for a word from us.", whole(longest))),
        (n, _) => Some(format!(
            "{} guests wait for a word from us, the longest for {}.",
            sentence(&number(n)),
            whole(longest)
        )),
    }
}

fn unread_words(n: usize) -> Option<String> {
    match n {
        0 => None,
        1 => Some("One review without a rating waits to be read.".to_owned()),
        n => Some(format!("{} reviews without a rating wait to be read.", sentence(&number(n)))),
    }
}

fn claimed(n: usize) -> Option<String> {
    match n {
        0 => None,
        1 => Some("One case is said to be settled, but the site does not show it.".to_owned()),
        n => Some(format!("{} cases are said to be settled, but the sites do not show it.", sentence(&number(n)))),
    }
}
