//! The table of the report: each number this week, last week, and by the habit of the twelve weeks before.

use std::{collections::BTreeSet, time::Duration};

use jiff::Timestamp;
use serde::Serialize;

use super::cell::Cell;
use crate::figures::{
    Facts, Figures, IsoWeek, Period, Quantile, Share, Track, Typical,
    words::{days, span},
};

/// How many weeks make a habit, and how many bars the chart has.
pub const HABIT_WEEKS: i64 = 12;

/// One line of the table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// Its name for programs; it never changes.
    pub key: String,
    /// Its name for people; two spaces at the head for a line under another one.
    pub label: String,
    /// The part of the table it belongs to.
    pub group: Group,
    /// This week.
    pub this_week: Cell,
    /// The week before, as that week's report said it.
    pub last_week: Cell,
    /// The twelve weeks before this one: means of counts, pooled typical times and shares.
    pub habit: Cell,
    /// The last twelve weeks, this one last; `null` where nothing was watched or reached. Times are in days.
    pub weeks: Vec<Option<f64>>,
    /// Whether the line is left out of text and HTML while there is nothing in it.
    pub optional: bool,
}

/// A part of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    /// What came in.
    Reviews,
    /// How quickly we were there.
    Speed,
    /// What came of it.
    Outcome,
    /// What is left on Sunday night.
    Left,
    /// What it cost.
    Cost,
}

/// One bar of the chart.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bar {
    /// "W36".
    pub week: String,
    /// The typical time to turnaround as that week's report said it, in days; `null` if not reached.
    pub days: Option<f64>,
    /// The same with its words.
    pub cell: Cell,
}

/// A row's group, its key, and its label.
type Name<'a> = (Group, &'a str, &'a str);

/// The figures behind the table.
pub struct Series {
    /// This week and the twelve before it, oldest first; `None` where nothing was watched.
    weeks: Vec<Option<Figures>>,
    names: Vec<IsoWeek>,
    /// Which of the twelve weeks before were watched from their Monday on.
    whole: Vec<bool>,
    pooled: Figures,
    currencies: BTreeSet<String>,
    promise: Option<Duration>,
    over: bool,
}

impl Series {
    /// Computes this week's figures and those of the twelve weeks before it.
    #[must_use]
    pub fn of(facts: &Facts, tracks: &[Track<'_>], week: IsoWeek, now: Timestamp) -> Self {
        let since = facts.watched_since();
        let names: Vec<IsoWeek> = (0..=HABIT_WEEKS).rev().map(|back| week.back(back)).collect();
        let figures = |week: &IsoWeek| {
            let watched = since.is_some_and(|since| since < week.ends_at(&facts.zone));
            watched.then(|| Figures::of(facts, tracks, &Period::week(facts, *week, now)))
        };
        let weeks: Vec<Option<Figures>> = names.iter().map(figures).collect();
        let whole = |week: &IsoWeek| since.is_some_and(|since| since <= week.starts_at(&facts.zone));
        let before = Period::weeks(facts, week.back(HABIT_WEEKS), week.back(1), now);
        let pooled = Figures::of(facts, tracks, &before);
        let spent = weeks.iter().flatten().flat_map(|figures| figures.gestures.currencies());
        let mut promises = facts.houses.iter().map(|house| house.contact_within);
        let promise = promises.next().filter(|first| promises.all(|other| other == *first));
        Series {
            currencies: spent.map(str::to_owned).collect(),
            whole: names.iter().take(HABIT_WEEKS as usize).map(whole).collect(),
            promise,
            over: week.ends_at(&facts.zone) <= now,
            weeks,
            names,
            pooled,
        }
    }

    /// This week's figures; `None` if nothing was watched yet.
    #[must_use]
    pub fn this(&self) -> Option<&Figures> {
        self.weeks.last()?.as_ref()
    }

    /// Last week's figures; `None` if nothing was watched then.
    #[must_use]
    pub fn last(&self) -> Option<&Figures> {
        self.weeks.iter().rev().nth(1)?.as_ref()
    }

    /// The chart's bars: the typical time to turnaround of the last twelve weeks.
    #[must_use]
    pub fn bars(&self) -> Vec<Bar> {
        let bar = |(week, figures): (&IsoWeek, &Option<Figures>)| {
            let cell = figures.as_ref().map_or_else(Cell::unknown, |f| Cell::typical(f.turnaround.median, days));
            let days = figures.as_ref().and_then(|f| in_days(f.turnaround.median));
            Bar { week: format!("W{:02}", week.number()), days, cell }
        };
        self.names.iter().zip(&self.weeks).skip(1).map(bar).collect()
    }

    /// Every row, in the order of the page.
    #[must_use]
    pub fn rows(&self) -> Vec<Row> {
        let mut rows = self.review_rows();
        rows.extend(self.speed_rows());
        rows.extend(self.outcome_rows());
        rows.extend(self.left_rows());
        for currency in &self.currencies {
            rows.extend(self.cost_rows(currency));
        }
        rows
    }

    fn review_rows(&self) -> Vec<Row> {
        let count = |key, label, of| self.count((Group::Reviews, key, label), of);
        vec![
            count("reviews", "Reviews seen", |f| f.seen),
            count("negative", "  bad", |f| f.negative),
            count("positive", "  good", |f| f.positive).optional(),
            count("unrated", "  without a rating", |f| f.unrated).optional(),
            count("begun", "Cases begun or reopened", |f| f.begun).optional(),
        ]
    }

    fn speed_rows(&self) -> Vec<Row> {
        let time = |key, label, of: fn(&Figures) -> Quantile| self.time((Group::Speed, key, label), of);
        let promise = match self.promise {
            Some(within) => format!("  within our promise ({})", span(within)),
            None => "  within our promise".to_owned(),
        };
        vec![
            time("alert", "From posting to alert", |f| f.alert.median).optional(),
            time("contact", "First contact", |f| f.contact.median),
            time("contact-p90", "  nine of ten within", |f| f.contact.ninetieth).optional(),
            self.share("promise", &promise, |f| f.promise),
            time("answer", "Public answer", answered).optional(),
        ]
    }

    fn outcome_rows(&self) -> Vec<Row> {
        let count = |key, label, of| self.count((Group::Outcome, key, label), of);
        vec![
            count("turned", "Turned from bad to good", |f| f.turned),
            self.turnaround("turnaround", "  typical time to it", |f| f.turnaround.median),
            self.turnaround("turnaround-p90", "  nine of ten within", |f| f.turnaround.ninetieth).optional(),
            count("relapsed", "Turned back to bad", |f| f.relapsed).optional(),
            count("improved", "Better, not yet good", |f| f.improved).optional(),
            count("withdrawn", "Gone from the site", |f| f.withdrawn).optional(),
            count("settled", "Settled, says the guest", |f| f.settled).optional(),
            count("lost", "Lost", |f| f.lost).optional(),
            count("dismissed", "Not ours, spam or double", |f| f.dismissed).optional(),
        ]
    }

    fn left_rows(&self) -> Vec<Row> {
        let count = |key, label, of| self.count((Group::Left, key, label), of);
        let number = |key, label, of| self.number((Group::Left, key, label), of);
        vec![
            count("open", if self.over { "Open on Sunday night" } else { "Open now" }, |f| f.open),
            self.oldest(),
            count("unheard", "  no word from us yet", |f| f.unheard).optional(),
            count("claimed-not-seen", "Said settled, not seen", |f| f.claimed_not_seen).optional(),
            number("on-show-days", "Bad reviews on show, days", |f| Some(f.exposure.on_show.as_secs_f64() / 86_400.0))
                .optional(),
            number("views", "  looks at their listings", |f| f.exposure.views.map(|views| views as f64)).optional(),
        ]
    }

    fn cost_rows(&self, currency: &str) -> [Row; 2] {
        let spent = |figures: &Figures| Some(figures.gestures.cents(currency));
        let each = |figures: &Figures| figures.gestures.each(figures.turned).map(|each| each.cents(currency));
        let cell = |of: &dyn Fn(&Figures) -> Option<i64>, figures: Option<&Figures>| {
            figures.and_then(of).map_or_else(Cell::unknown, Cell::money)
        };
        let line = |key: &str, label: String, of: &dyn Fn(&Figures) -> Option<i64>, habit: Cell| Row {
            key: format!("{key}-{currency}"),
            label,
            group: Group::Cost,
            this_week: cell(of, self.this()),
            last_week: cell(of, self.last()),
            habit,
            weeks: self.each_week(|figures| of(figures).map(|cents| cents as f64 / 100.0)),
            optional: true,
        };
        let mean = self.mean(|figures| spent(figures).map(|cents| cents as f64));
        let habit = mean.map_or_else(Cell::unknown, |cents| Cell::money(cents.round() as i64));
        let pooled = self.has_habit().then(|| each(&self.pooled)).flatten().map_or_else(Cell::unknown, Cell::money);
        [
            line("gestures", format!("Gestures ({currency})"), &spent, habit),
            line("gesture-per-turned", "  for each turned review".to_owned(), &each, pooled),
        ]
    }

    fn oldest(&self) -> Row {
        let cell = |figures: Option<&Figures>| figures.and_then(|f| f.oldest).map_or_else(Cell::unknown, Cell::span);
        let weeks = self.each_week(|figures| figures.oldest.map(|age| age.as_secs_f64() / 86_400.0));
        row((Group::Left, "oldest", "  the oldest"), [cell(self.this()), cell(self.last()), Cell::unknown()], weeks)
            .optional()
    }

    fn count(&self, name: Name<'_>, of: fn(&Figures) -> usize) -> Row {
        let cell = |figures: Option<&Figures>| figures.map_or_else(Cell::unknown, |figures| Cell::count(of(figures)));
        let habit = self.mean(|figures| Some(of(figures) as f64)).map_or_else(Cell::unknown, Cell::tenths);
        let weeks = self.each_week(|figures| Some(of(figures) as f64));
        row(name, [cell(self.this()), cell(self.last()), habit], weeks)
    }

    fn number(&self, name: Name<'_>, of: fn(&Figures) -> Option<f64>) -> Row {
        let cell = |figures: Option<&Figures>| figures.and_then(of).map_or_else(Cell::unknown, Cell::tenths);
        let habit = self.mean(of).map_or_else(Cell::unknown, Cell::tenths);
        row(name, [cell(self.this()), cell(self.last()), habit], self.each_week(of))
    }

    fn time(&self, name: Name<'_>, of: fn(&Figures) -> Quantile) -> Row {
        let cell = |figures: Option<&Figures>| figures.map_or_else(Cell::unknown, |f| Cell::typical(of(f), span));
        let habit = cell(Some(&self.pooled).filter(|_| self.has_habit()));
        let weeks = self.each_week(|figures| in_days(of(figures)));
        row(name, [cell(self.this()), cell(self.last()), habit], weeks)
    }

    /// Each week's figure is over twelve weeks of cases already, so the habit is the middle one of the twelve weekly figures.
    fn turnaround(&self, key: &str, label: &str, of: fn(&Figures) -> Quantile) -> Row {
        let cell = |figures: Option<&Figures>| figures.map_or_else(Cell::unknown, |f| Cell::typical(of(f), days));
        let mut weekly: Vec<Quantile> = self.before().map(of).filter(|q| *q != Quantile::NoCases).collect();
        weekly.sort_by_key(|quantile| match quantile {
            Quantile::NoCases => (0, Duration::ZERO),
            Quantile::At(length) => (1, *length),
            Quantile::Beyond(length) => (2, *length),
        });
        let middle = weekly.get(weekly.len() / 2).copied().unwrap_or(Quantile::NoCases);
        let weeks = self.each_week(|figures| in_days(of(figures)));
        row((Group::Outcome, key, label), [cell(self.this()), cell(self.last()), Cell::typical(middle, days)], weeks)
    }

    fn share(&self, key: &str, label: &str, of: fn(&Figures) -> Share) -> Row {
        let cell = |figures: Option<&Figures>| figures.map_or_else(Cell::unknown, |figures| Cell::share(of(figures)));
        let part = |share: Share| (share.whole > 0).then(|| share.part as f64 / share.whole as f64);
        let habit = cell(Some(&self.pooled).filter(|_| self.has_habit()));
        let weeks = self.each_week(|figures| part(of(figures)));
        row((Group::Speed, key, label), [cell(self.this()), cell(self.last()), habit], weeks)
    }

    /// The watched weeks among the twelve before this one.
    fn before(&self) -> impl Iterator<Item = &Figures> {
        self.weeks.iter().take(HABIT_WEEKS as usize).flatten()
    }

    fn has_habit(&self) -> bool {
        self.whole.iter().any(|whole| *whole)
    }

    /// The mean over the weeks that were watched from their Monday on, of the twelve before this one.
    fn mean(&self, of: impl Fn(&Figures) -> Option<f64>) -> Option<f64> {
        let whole = self.weeks.iter().zip(&self.whole).filter(|(_, whole)| **whole);
        let values: Vec<f64> = whole.filter_map(|(figures, _)| of(figures.as_ref()?)).collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    }

    fn each_week(&self, of: impl Fn(&Figures) -> Option<f64>) -> Vec<Option<f64>> {
        self.weeks.iter().skip(1).map(|figures| figures.as_ref().and_then(&of).map(thousandths)).collect()
    }
}

fn row((group, key, label): Name<'_>, cells: [Cell; 3], weeks: Vec<Option<f64>>) -> Row {
    let [this_week, last_week, habit] = cells;
    Row { key: key.into(), label: label.into(), group, this_week, last_week, habit, weeks, optional: false }
}

impl Row {
    fn optional(self) -> Self {
        Row { optional: true, ..self }
    }

    /// Whether there is nothing in it, this week or before.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        [&self.this_week, &self.last_week, &self.habit].iter().all(|cell| cell.is_blank())
    }
}

/// The time to the public answer, unless none was ever seen (many sites show none).
fn answered(figures: &Figures) -> Quantile {
    let Typical { happened, median, .. } = figures.answer;
    if happened > 0 { median } else { Quantile::NoCases }
}

fn in_days(quantile: Quantile) -> Option<f64> {
    match quantile {
        Quantile::At(length) => Some(thousandths(length.as_secs_f64() / 86_400.0)),
        Quantile::NoCases | Quantile::Beyond(_) => None,
    }
}

fn thousandths(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}
