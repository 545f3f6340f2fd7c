//! The weekly report as data: everything that any rendering says, already in words where words are needed.
//!
//! Reports of past weeks can be asked for at any time and say the same then as they did on their Monday.

use jiff::Timestamp;
use serde::Serialize;

use super::{
    lines::{CohortLine, PraiseLine, SaveLine, SiteLine, UnratedLines, WaitingLine, line},
    rows::{Bar, Row, Series},
    subject::{Sight, breath, subject},
};
use crate::{
    clock,
    figures::{Cohort, Facts, Figures, IsoWeek, Period, Track, best_saves, longest_waiting, words},
    text,
};

/// The most cases a list names; the rest is counted.
const LIST_MAX: usize = 5;
/// The most saves that are told.
const SAVES_MAX: usize = 3;
/// The most blind spans that are told.
const BLIND_MAX: usize = 5;

/// One week's report.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Weekly {
    /// The location's name, or "all locations".
    pub title: String,
    /// The week.
    pub week: WeekHead,
    /// When it was computed.
    pub made_at: Timestamp,
    /// The same by the clock of the house: "Mon 23 Nov 08:00".
    pub made: String,
    /// The subject of the mail.
    pub subject: String,
    /// Whether nothing bad happened and nothing is open: text and HTML are short then.
    pub is_quiet: bool,
    /// The week in a few sentences.
    pub breath: Vec<String>,
    /// Sources that cannot be read now, in words.
    pub blind_now: Vec<String>,
    /// The table.
    pub rows: Vec<Row>,
    /// The typical time to turnaround in the last twelve weeks.
    pub chart: Vec<Bar>,
    /// The bad reviews of five to eight weeks ago; none if there were none.
    pub cohort: Option<CohortLine>,
    /// The best saves.
    pub saves: Vec<SaveLine>,
    /// How many more there were.
    pub saves_more: usize,
    /// Those who have waited longest.
    pub waiting: Vec<WaitingLine>,
    /// How many more wait.
    pub waiting_more: usize,
    /// Words without a rating; none if none waits.
    pub unrated: Option<UnratedLines>,
    /// A good review to read out.
    pub praise: Option<PraiseLine>,
    /// Where the house stands on the sites.
    pub sites: Vec<SiteLine>,
    /// How this was counted, and what could not be seen.
    pub method: Vec<String>,
}

/// The week of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WeekHead {
    /// "2026-W47".
    pub name: String,
    /// The year to which the week belongs.
    pub year: i16,
    /// 1–53.
    pub number: i8,
    /// "Mon 16 – Sun 22 November 2026".
    pub days: String,
    /// Its first instant.
    pub starts_at: Timestamp,
    /// The first instant after it.
    pub ends_at: Timestamp,
    /// 168, or 167 or 169 when the clocks change.
    pub hours: i64,
    /// The zone's name.
    pub time_zone: String,
    /// Whether it is over; a running week is told as it stands.
    pub is_over: bool,
}

/// Computes the report of one week.
#[must_use]
pub fn weekly(facts: &Facts, week: IsoWeek, now: Timestamp) -> Weekly {
    let tracks: Vec<Track<'_>> = facts.cases.iter().map(Track::follow).collect();
    let series = Series::of(facts, &tracks, week, now);
    let period = Period::week(facts, week, now);
    let sight = Sight::of(facts);
    let unrated = unrated(facts, &period);
    let unread = unrated.as_ref().map_or(0, |unrated| unrated.count);
    let is_quiet = series.this().is_none_or(is_quiet);
    let saves = best_saves(&tracks, &period);
    let waiting = longest_waiting(&tracks, period.asof);
    Weekly {
        title: line(&facts.title, 60),
        week: head(facts, week, now),
        made_at: now,
        made: words::moment(now, &facts.zone),
        subject: subject(week, series.this(), sight, unread),
        is_quiet,
        breath: breath(facts, &series, sight, unread),
        blind_now: blind_now(facts),
        rows: series.rows(),
        chart: series.bars(),
        cohort: CohortLine::of(cohort(facts, &tracks, week, &period)),
        saves_more: saves.len().saturating_sub(SAVES_MAX),
        saves: saves.iter().take(SAVES_MAX).map(SaveLine::of).collect(),
        waiting_more: waiting.len().saturating_sub(LIST_MAX),
        waiting: waiting.iter().take(LIST_MAX).map(WaitingLine::of).collect(),
        unrated,
        praise: facts.praise.as_ref().and_then(PraiseLine::of),
        sites: facts.sources.iter().map(|source| SiteLine::of(facts, source, week)).collect(),
        method: method(facts, &tracks, &period, is_quiet),
    }
}

impl Weekly {
    /// The lines of the table that are worth showing to people.
    pub fn rows_shown(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| !row.is_blank() || !(row.optional || self.is_quiet))
    }
}

fn is_quiet(figures: &Figures) -> bool {
    [figures.negative, figures.begun, figures.turned, figures.relapsed, figures.open].iter().all(|n| *n == 0)
}

fn head(facts: &Facts, week: IsoWeek, now: Timestamp) -> WeekHead {
    let ends_at = week.ends_at(&facts.zone);
    WeekHead {
        name: week.to_string(),
        year: week.year(),
        number: week.number(),
        days: week.in_words(),
        starts_at: week.starts_at(&facts.zone),
        ends_at,
        hours: week.hours(&facts.zone),
        time_zone: facts.zone.iana_name().unwrap_or("UTC").to_owned(),
        is_over: ends_at <= now,
    }
}

/// The bad reviews first seen five to eight weeks ago, as they stand at the end of this week.
fn cohort(facts: &Facts, tracks: &[Track<'_>], week: IsoWeek, period: &Period) -> Cohort {
    let (from, to) = (week.back(8).starts_at(&facts.zone), week.back(4).starts_at(&facts.zone));
    Cohort::of(tracks, from, to, period.asof)
}

fn unrated(facts: &Facts, period: &Period) -> Option<UnratedLines> {
    let known: Vec<_> = facts.unrated.iter().filter(|review| review.first_seen_at < period.asof).collect();
    let oldest = known.iter().map(|review| review.first_seen_at).min()?;
    Some(UnratedLines {
        count: known.len(),
        oldest: super::Cell::span(clock::since(period.asof, oldest)),
        first: known.iter().filter_map(|review| PraiseLine::of(review)).take(SAVES_MAX).collect(),
    })
}

fn blind_now(facts: &Facts) -> Vec<String> {
    let say = |source: &crate::figures::SourceFacts| {
        let trouble = line(source.trouble.as_deref()?, 120);
        let last = match source.last_success_at {
            Some(at) => format!("last read {}", words::moment(at, &facts.zone)),
            None => "never read yet".to_owned(),
        };
        Some(format!("{} cannot be read: {trouble} ({last}). What guests wrote there is missing here.", source.name))
    };
    facts.sources.iter().filter_map(say).collect()
}

fn method(facts: &Facts, tracks: &[Track<'_>], period: &Period, is_quiet: bool) -> Vec<String> {
    let zone = facts.zone.iana_name().unwrap_or("UTC");
    let mut method = match is_quiet {
        true => vec![format!("Weeks and times are in {zone} time.")],
        false => vec![
            format!(
                "Clocks run day and night, shown in {zone} time. The turnaround's clock runs from the minute the guest posted \
                 until the review is first seen good; our own word that a guest is content does not stop it."
            ),
            "“Typical” is the median; open cases count with their age so far (Kaplan–Meier), so “over 9 d” means that half of \
             the guests are still waiting after that. The time to turnaround is over the cases of twelve weeks. “Habit” is the \
             twelve weeks before this one."
                .to_owned(),
            "A review that vanished is not counted as turned. “On show” adds up the days of every review that was still bad on \
             its site."
                .to_owned(),
        ],
    };
    let untimed = tracks.iter().filter(|track| !track.timed && track.stage_before(period.asof).is_some()).count();
    if untimed > 0 {
        let cases = text::count(untimed, "case is older", "cases are older");
        method.push(format!("{cases} than our first look at its site: followed, but not timed."));
    }
    method.extend(blind_spans(facts, period));
    method
}

fn blind_spans(facts: &Facts, period: &Period) -> Vec<String> {
    let mut spans = Vec::new();
    for source in &facts.sources {
        for blind in &source.blind {
            let until = blind.until.unwrap_or(period.asof);
            let (from, to) = (blind.from.max(period.from), until.min(period.asof));
            if from < to {
                let length = words::span(clock::since(to, from));
                let when = words::between(from, to, &facts.zone);
                spans.push((from, format!("{} was blind for {length} ({when}).", source.name)));
            }
        }
    }
    spans.sort();
    let more = spans.len().saturating_sub(BLIND_MAX);
    let mut told: Vec<String> = spans.into_iter().take(BLIND_MAX).map(|(_, words)| words).collect();
    match (told.is_empty(), more) {
        (true, _) if Sight::of(facts) == Sight::Clear => told.push("No source was blind this week.".to_owned()),
        (_, 0) => {}
        (_, more) => told.push(format!("Sources were blind {more} more times.")),
    }
    told
}
