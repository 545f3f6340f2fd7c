//! The lists of the report: saves, guests who wait, words to be read, and the sites. Strangers' words are cleaned and cut here.
//!
//! Escaping is left to each rendering.

use serde::Serialize;

use super::cell::Cell;
use crate::{
    figures::{Cohort, Facts, IsoWeek, Save, Share, SourceFacts, Waiting, facts::ReviewFacts, words},
    id::CaseId,
    review::Scale,
    text,
};

/// Names are cut to this many characters.
const NAME_MAX: usize = 40;
/// Quotes and notes are cut to this many characters.
const QUOTE_MAX: usize = 120;
/// Longer addresses are left out: a cut link leads nowhere.
const URL_BYTES_MAX: usize = 500;

/// What became of the bad reviews of five to eight weeks ago.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CohortLine {
    /// The counts.
    #[serde(flatten)]
    pub counts: Cohort,
    /// As people read it, without the head: "44 % turned so far, 11 % gone from the site, 45 % unchanged".
    pub words: String,
}

/// One review that turned.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SaveLine {
    /// The case.
    pub case: CaseId,
    /// The guest's name, or "a guest". Hostile until rendered.
    pub guest: String,
    /// The source's name.
    pub source: String,
    /// One to five stars before.
    pub stars_before: Option<usize>,
    /// One to five stars now.
    pub stars_now: Option<usize>,
    /// How long it took.
    pub took: Cell,
    /// Who helped, in order of their first step.
    pub by: Vec<String>,
    /// What the guest advised.
    pub advice: Option<String>,
    /// What was changed.
    pub fixed: Option<String>,
    /// The kinds of gestures given.
    pub gestures: Vec<String>,
    /// Where to read it; only `http` and `https`.
    pub url: Option<String>,
}

/// One guest who waits.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WaitingLine {
    /// The case.
    pub case: CaseId,
    /// How long.
    pub waited: Cell,
    /// The guest's name, or "a guest". Hostile until rendered.
    pub guest: String,
    /// The source's name.
    pub source: String,
    /// One to five stars.
    pub stars: Option<usize>,
    /// Where the case stands, in words.
    pub stage: String,
    /// Who has it; `None` if nobody has.
    pub assignee: Option<String>,
    /// Whether the guest has heard from a person.
    pub heard: bool,
    /// The guest's words. Hostile until rendered.
    pub quote: Option<String>,
    /// Where to read it; only `http` and `https`.
    pub url: Option<String>,
}

/// Words without a rating that wait for a reader.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UnratedLines {
    /// How many.
    pub count: usize,
    /// How long the oldest has waited.
    pub oldest: Cell,
    /// The first few.
    pub first: Vec<PraiseLine>,
}

/// One review to read, or to read out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PraiseLine {
    /// The guest's name, or "a guest". Hostile until rendered.
    pub guest: String,
    /// The source's name.
    pub source: String,
    /// One to five stars, if rated.
    pub stars: Option<usize>,
    /// The guest's words. Hostile until rendered.
    pub quote: String,
    /// Where to read it; only `http` and `https`.
    pub url: Option<String>,
}

/// Where the house stands on one site.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SiteLine {
    /// The source's name.
    pub source: String,
    /// The mean of all reviews there, on the site's own scale: "4.1 of 5"; "–" if unknown.
    pub mean: String,
    /// The same a week before.
    pub mean_before: String,
    /// Of how many rated reviews.
    pub reviews: Option<usize>,
    /// How many were new this week.
    pub new: usize,
    /// The mean of the new ones: "4.4"; none if none was rated.
    pub new_mean: Option<String>,
    /// What is wrong with the source, if something is.
    pub trouble: Option<String>,
}

impl CohortLine {
    /// Says a cohort; `None` if it is empty.
    #[must_use]
    pub fn of(counts: Cohort) -> Option<Self> {
        let Cohort { total, turned, improved, gone, unchanged, claimed_not_seen } = counts;
        let say = |part: usize, what: &str| format!("{} {what}", Cell::share(Share { part, whole: total }).words);
        let mut parts = vec![say(turned, "turned so far")];
        let others = [(improved, "better"), (gone, "gone from the site"), (unchanged, "unchanged")];
        parts.extend(others.into_iter().filter(|(part, _)| *part > 0).map(|(part, what)| say(part, what)));
        if claimed_not_seen > 0 {
            parts.push(say(claimed_not_seen, "said to be settled, not seen"));
        }
        (total > 0).then(|| CohortLine { counts, words: parts.join(", ") })
    }
}

impl SaveLine {
    /// Says a save.
    #[must_use]
    pub fn of(save: &Save<'_>) -> Self {
        SaveLine {
            case: save.case.id,
            guest: guest(save.case.author.as_deref()),
            source: line(&save.case.source, NAME_MAX),
            stars_before: save.stars_before,
            stars_now: save.stars_now,
            took: Cell::typical(crate::figures::Quantile::At(save.took), words::days),
            by: save.by.iter().map(|name| line(name, NAME_MAX)).collect(),
            advice: save.advice.and_then(|note| quote(Some(note))),
            fixed: save.fixed.and_then(|note| quote(Some(note))),
            gestures: save.gestures.iter().map(|kind| line(kind, NAME_MAX)).collect(),
            url: link(save.case.url.as_deref()),
        }
    }
}

impl WaitingLine {
    /// Says a guest who waits.
    #[must_use]
    pub fn of(waiting: &Waiting<'_>) -> Self {
        WaitingLine {
            case: waiting.case.id,
            waited: Cell::span(waiting.waited),
            guest: guest(waiting.case.author.as_deref()),
            source: line(&waiting.case.source, NAME_MAX),
            stars: waiting.stars,
            stage: waiting.stage.in_words().to_owned(),
            assignee: waiting.assignee.as_deref().map(|name| line(name, NAME_MAX)),
            heard: waiting.heard,
            quote: quote(waiting.case.excerpt.as_deref()),
            url: link(waiting.case.url.as_deref()),
        }
    }
}

impl PraiseLine {
    /// Says a review; `None` if it has no words.
    #[must_use]
    pub fn of(review: &ReviewFacts) -> Option<Self> {
        Some(PraiseLine {
            guest: guest(review.author.as_deref()),
            source: line(&review.source, NAME_MAX),
            stars: review.rating.as_ref().map(crate::review::Rating::as_stars),
            quote: quote(review.excerpt.as_deref())?,
            url: link(review.url.as_deref()),
        })
    }
}

impl SiteLine {
    /// Says where one source stands at the end of a week.
    #[must_use]
    pub fn of(facts: &Facts, source: &SourceFacts, week: IsoWeek) -> Self {
        let days = facts.days.iter().filter(|day| day.source == source.name && IsoWeek::of_day(day.day) == week);
        let (new, rated, sum) =
            days.fold((0, 0, 0.0), |(new, rated, sum), day| (new + day.seen, rated + day.rated, sum + day.rating_sum));
        let mean = |standing: Option<crate::figures::Standing>| match standing.filter(|standing| standing.reviews > 0) {
            Some(standing) => on_scale(standing.mean, source.scale),
            None => "–".to_owned(),
        };
        SiteLine {
            source: line(&source.name, NAME_MAX),
            mean: match source.standing.filter(|standing| standing.reviews > 0) {
                Some(_) => format!("{} of {}", mean(source.standing), source.scale.best),
                None => "–".to_owned(),
            },
            mean_before: mean(source.standing_before),
            reviews: source.standing.map(|standing| standing.reviews),
            new,
            new_mean: (rated > 0).then(|| on_scale(sum / rated as f64, source.scale)),
            trouble: source.trouble.as_deref().map(|trouble| line(trouble, QUOTE_MAX)),
        }
    }
}

/// A normalised mean on the site's own scale: one decimal, none on a scale to 100, two on one to 1.
fn on_scale(mean: f64, scale: Scale) -> String {
    let value = scale.worst + mean * (scale.best - scale.worst);
    match scale.best - scale.worst {
        wide if wide > 20.0 => format!("{value:.0}"),
        narrow if narrow <= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.1}"),
    }
}

fn guest(author: Option<&str>) -> String {
    author.map(|name| line(name, NAME_MAX)).filter(|name| !name.is_empty()).unwrap_or_else(|| "a guest".to_owned())
}

fn quote(words: Option<&str>) -> Option<String> {
    words.map(|words| line(words, QUOTE_MAX)).filter(|words| !words.is_empty())
}

/// One clean line of at most so many characters.
pub(super) fn line(words: &str, max: usize) -> String {
    // Capped before it is cleaned: a megabyte of white space is cut first.
    let capped = text::truncate_bytes(words, max * 16);
    text::truncate(&text::fold_whitespace(&text::clean(&capped)), max)
}

/// A link that a reader may follow: nothing but `http` and `https`, without control characters or spaces.
fn link(url: Option<&str>) -> Option<String> {
    let url = url?.trim();
    let plain = url.len() <= URL_BYTES_MAX && !url.chars().any(|c| c.is_control() || c.is_whitespace());
    let scheme = url.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    (plain && matches!(scheme.as_deref(), Some("http" | "https"))).then(|| url.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_links_to_the_web_are_kept() {
        for (url, kept) in [
            ("https://reviews.example/r/1", true),
            ("HTTP://reviews.example", true),
            ("javascript:alert(1)", false),
            ("javascript://x%0aalert(1)", false),
            ("data:text/html,x", false),
            ("https://x y", false),
            ("", false),
        ] {
            assert_eq!(link(Some(url)).is_some(), kept, "{url}");
        }
    }

    #[test]
    fn strangers_words_become_one_short_line() {
        assert_eq!(line("a\n\u{1b}[31mb\u{202E}  c", 40), "a [31mb c");
        assert!(line(&"x".repeat(1_000_000), QUOTE_MAX).chars().count() <= QUOTE_MAX);
    }

    #[test]
    fn a_mean_is_said_on_the_scale_of_its_site() {
        let scale = |worst, best| Scale { worst, best };
        assert_eq!(on_scale(0.775, scale(1.0, 5.0)), "4.1");
        assert_eq!(on_scale(0.84, scale(1.0, 10.0)), "8.6");
        assert_eq!(on_scale(0.82, scale(0.0, 100.0)), "82");
        assert_eq!(on_scale(0.9, scale(0.0, 1.0)), "0.90");
    }

    #[test]
    fn a_cohort_of_few_is_said_in_cases() {
        let few = Cohort { total: 3, turned: 1, unchanged: 2, ..Cohort::default() };
        assert_eq!(CohortLine::of(few).unwrap().words, "1 of 3 turned so far, 2 of 3 unchanged");
        let many = Cohort { total: 18, turned: 8, gone: 2, unchanged: 8, ..Cohort::default() };
        assert_eq!(CohortLine::of(many).unwrap().words, "44 % turned so far, 11 % gone from the site, 44 % unchanged");
        assert_eq!(CohortLine::of(Cohort::default()), None);
    }
}
