//! Half a year of an invented hotel, as a list of what happens when. Pure: a seed and an end give the list.
//!
//! It plays nothing; that is `history`. Most bad reviews end well, some do not, and a few are still open, one of them overdue:
//! figures mean nothing without a trend and without something that went wrong.

use std::time::Duration;

use jiff::Timestamp;

use super::{
    dice::Dice,
    guests::{self, COMPLAINTS, Complaint},
    premises::{MANAGER, PORTER},
    street::{Site, Words},
};
use crate::{
    case::{CloseAs, Gesture, Step},
    clock,
};

/// How far back it goes.
pub const WEEKS: i64 = 26;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// Content guests in the half year.
const CONTENT: usize = 368;
/// What every site has when it is looked at for the first time.
const BEFORE_EACH: usize = 5;

/// One thing that happens.
#[derive(Clone, Debug, PartialEq)]
pub struct Happening {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: What,
}

/// What happens. Reviews are counted in the order of this list's making.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// A guest posts review number so-and-so.
    Post(usize, Site, String, Words),
    /// A guest changes it.
    Edit(usize, Words),
    /// A guest takes it down.
    Remove(usize),
    /// The hotel answers it in public.
    Answer(usize, String),
    /// The hotel's daemon looks at a site.
    Look(Site),
    /// One of the staff does something about it.
    Act(usize, &'static str, Step),
}

/// How a bad review's story goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Turned,
    Improved,
    TakenDown,
    Settled,
    Lost,
    Dismissed,
    /// Told and asked; the guest has never answered.
    Silent,
    /// Taken, and then forgotten.
    Overdue,
    /// Under way.
    AdviceAsked,
    Told,
    Fixed,
}

/// The stories of older reviews, oldest first.
const OLDER: [Fate; 26] = [
    Fate::Lost,
    Fate::Turned,
    Fate::Settled,
    Fate::Turned,
    Fate::Turned,
    Fate::Improved,
    Fate::Turned,
    Fate::TakenDown,
    Fate::Lost,
    Fate::Turned,
    Fate::Dismissed,
    Fate::Turned,
    Fate::Turned,
    Fate::Improved,
    Fate::Turned,
    Fate::Turned,
    Fate::Turned,
    Fate::Settled,
    Fate::Turned,
    Fate::TakenDown,
    Fate::Turned,
    Fate::Turned,
    Fate::Improved,
    Fate::Turned,
    Fate::Turned,
    Fate::Turned,
];
/// The stories that are not over, with their age in hours.
const OPEN: [(Fate, i64); 5] = [
    (Fate::Silent, 17 * 24),
    (Fate::Told, 11 * 24),
    (Fate::AdviceAsked, 9 * 24),
    (Fate::Overdue, 77),
    (Fate::Fixed, 52),
];

/// Makes the half year that ends at `ends_at`.
#[must_use]
pub fn plan(seed: u64, ends_at: Timestamp) -> Vec<Happening> {
    let begins_at = clock::before(ends_at, Duration::from_secs((WEEKS * 7 * DAY).unsigned_abs()));
    let mut desk = Planner { dice: Dice::new(seed), begins_at, number: 0, list: Vec::new() };
    desk.before();
    desk.content();
    for (nth, fate) in OLDER.into_iter().enumerate() {
        let room = (WEEKS * 7 - 8) * DAY;
        let at = room * (2 * nth as i64 + 1) / (2 * OLDER.len() as i64) + desk.dice.between(-DAY, DAY);
        desk.bad(fate, at.max(HOUR), nth as i64);
    }
    for (nth, (fate, hours)) in OPEN.into_iter().enumerate() {
        desk.bad(fate, WEEKS * 7 * DAY - hours * HOUR, (OLDER.len() + nth) as i64);
    }
    desk.looks();
    let mut list = desk.list;
    list.retain(|happening| happening.at <= ends_at);
    list.sort_by_key(|happening| happening.at);
    list
}

/// All times within are seconds since the beginning.
struct Planner {
    dice: Dice,
    begins_at: Timestamp,
    number: usize,
    list: Vec<Happening>,
}

impl Planner {
    fn add(&mut self, at_secs: i64, what: What) {
        let from = self.begins_at;
        let span = Duration::from_secs(at_secs.unsigned_abs());
        let at = if at_secs < 0 { clock::before(from, span) } else { clock::after(from, span) };
        self.list.push(Happening { at, what });
    }

    /// The same words under one first name on two sites would be one guest's, so everybody says which room it was, and which booking.
    fn post(&mut self, at: i64, site: Site, words: Words) -> usize {
        self.number += 1;
        let (room, booking) = (self.dice.between(1, 48), 4_000 + self.number);
        let words = Words { text: format!("Room {room}, booking {booking}. {} ({booking})", words.text), ..words };
        let author = guests::name(&mut self.dice);
        self.add(at, What::Post(self.number, site, author, words));
        self.number
    }

    fn praise(&mut self, at: i64, site: Site) {
        let stars = if self.dice.happens(70) { 5 } else { 4 };
        let (title, text) = guests::praise(&mut self.dice);
        self.post(at, site, Words::new(stars, title, text));
    }

    fn site(&mut self) -> Site {
        *self.dice.pick(&[Site::Pretendvisor, Site::Pretendvisor, Site::Makebook, Site::Makebook, Site::Gaggle])
    }

    fn before(&mut self) {
        for site in Site::ALL {
            for _ in 0..BEFORE_EACH {
                let at = -self.dice.between(HOUR, 20 * DAY);
                self.praise(at, site);
            }
            self.add(0, What::Look(site));
        }
    }

    fn content(&mut self) {
        for _ in 0..CONTENT {
            let day = self.dice.between(0, WEEKS * 7 - 2);
            let (at, site) = (day * DAY + self.dice.between(HOUR, 23 * HOUR), self.site());
            self.praise(at, site);
        }
    }

    /// Once a week besides the looks that matter: half a year of looks every few minutes would take too long to play.
    fn looks(&mut self) {
        for week in 1..=WEEKS {
            for site in Site::ALL {
                let at = week * 7 * DAY - self.dice.between(MINUTE, HOUR);
                self.add(at, What::Look(site));
            }
        }
    }

    fn bad(&mut self, fate: Fate, at: i64, nth: i64) {
        let complaint = self.dice.pick(COMPLAINTS);
        // "Better, but not good" has a figure only on a scale of ten.
        let site = if fate == Fate::Improved { Site::Makebook } else { self.site() };
        let stars = if self.dice.happens(45) { 1 } else { 2 };
        let review = self.post(at, site, Words::new(stars, complaint.title, complaint.words));
        let seen = at + self.dice.between(3 * MINUTE, 12 * MINUTE);
        self.add(seen, What::Look(site));
        // The house learns: from half a day to half an hour.
        let slow = (700 - 21 * nth).max(25) * self.dice.between(60, 160) / 100;
        let case = Case { review, site, complaint, nth, taken: seen + slow * MINUTE / 2, said: seen + slow * MINUTE };
        self.go_on(fate, &case);
    }

    fn go_on(&mut self, fate: Fate, case: &Case) {
        let who = *self.dice.pick(&[MANAGER, PORTER, "Ela"]);
        if fate == Fate::Overdue {
            self.add(case.taken, What::Act(case.review, who, Step::Take));
            return;
        }
        self.add(case.taken, What::Act(case.review, who, Step::Take));
        if fate == Fate::Dismissed {
            let note = Some("Meant for another house of that name; reported to the site".to_owned());
            self.add(case.said, What::Act(case.review, who, Step::Close { outcome: CloseAs::Dismissed, note }));
            return;
        }
        let note = Some("Called and listened".to_owned());
        self.add(case.said, What::Act(case.review, who, Step::Contact { note }));
        match fate {
            Fate::Lost => {
                let words = Step::Note { note: "Rang twice more, no answer".to_owned() };
                self.add(case.said + 2 * DAY, What::Act(case.review, who, words));
                let note = Some("The guest does not want to be called".to_owned());
                let close = Step::Close { outcome: CloseAs::Lost, note };
                self.add(case.said + 5 * DAY, What::Act(case.review, who, close));
            }
            Fate::TakenDown => {
                let at = case.said + self.dice.between(DAY, 3 * DAY);
                self.add(at, What::Remove(case.review));
                // One look proves nothing; three do.
                (1..=3).for_each(|nth| self.add(at + nth * 20 * MINUTE, What::Look(case.site)));
            }
            Fate::Turned | Fate::Improved | Fate::Settled | Fate::Silent => self.work(fate, case, who),
            Fate::AdviceAsked | Fate::Told | Fate::Fixed => self.work(fate, case, who),
            Fate::Overdue | Fate::Dismissed => {}
        }
    }

    /// Advice, repair, telling, and what came of it.
    fn work(&mut self, fate: Fate, case: &Case, who: &'static str) {
        let Case { review, site, complaint, nth, .. } = *case;
        let note = |words: &str| Some(words.to_owned());
        let mut at = case.said + self.dice.between(HOUR, 8 * HOUR);
        self.add(at, What::Act(review, who, Step::AskAdvice { note: note(complaint.advice) }));
        if fate == Fate::AdviceAsked {
            return;
        }
        if self.dice.happens(45) {
            let gesture = self.gesture();
            self.add(at + HOUR, What::Act(review, who, Step::Gesture(gesture)));
        }
        at += self.dice.between(8 * HOUR, (44 - nth) * HOUR);
        self.add(at, What::Act(review, who, Step::Fix { note: note(complaint.fix) }));
        if fate == Fate::Fixed {
            return;
        }
        at += self.dice.between(2 * HOUR, 10 * HOUR);
        self.add(at, What::Act(review, who, Step::Tell { note: note("By phone, and as our public answer") }));
        self.add(at + 5 * MINUTE, What::Answer(review, format!("Thank you for telling us. {}.", complaint.fix)));
        self.add(at + 12 * MINUTE, What::Look(site));
        if fate == Fate::Told {
            return;
        }
        if fate == Fate::Settled {
            let close = Step::Close { outcome: CloseAs::Settled, note: note("The guest said that all is well now") };
            self.add(at + 2 * DAY, What::Act(review, who, close));
            return;
        }
        if fate == Fate::Silent || self.dice.happens(60) {
            at += self.dice.between(DAY, 2 * DAY);
            self.add(at, What::Act(review, who, Step::AskReconsider { note: note("A plain question, no gift") }));
        }
        if fate == Fate::Silent {
            return;
        }
        at += self.dice.between(DAY, DAY + (34 - nth) * 6 * HOUR);
        let stars = if fate == Fate::Improved { 3 } else { self.dice.between(4, 5) as u8 };
        self.add(at, What::Edit(review, Words::new(stars, complaint.title_after, complaint.words_after)));
        let seen = at + self.dice.between(3 * MINUTE, 12 * MINUTE);
        self.add(seen, What::Look(site));
    }

    fn gesture(&mut self) -> Gesture {
        let (kind, cost_cents) = *self.dice.pick(&[("card", 350), ("gift", 1_800), ("refund", 9_500), ("gift", 2_400)]);
        Gesture {
            kind: kind.to_owned(),
            cost_cents,
            currency: "EUR".to_owned(),
            approved_by: MANAGER.to_owned(),
            note: None,
        }
    }
}

/// One bad review with its times, in seconds since the beginning.
struct Case {
    review: usize,
    site: Site,
    complaint: &'static Complaint,
    /// How many bad ones came before: the house learns.
    nth: i64,
    taken: i64,
    said: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends_at() -> Timestamp {
        "2026-11-15T22:00:00Z".parse().unwrap()
    }

    #[test]
    fn the_same_seed_tells_the_same_half_year() {
        assert_eq!(plan(7, ends_at()), plan(7, ends_at()));
        assert_ne!(plan(7, ends_at()), plan(8, ends_at()));
    }

    #[test]
    fn half_a_year_has_about_four_hundred_reviews_thirty_of_them_bad() {
        for seed in [0, 7, 8, u64::MAX] {
            let list = plan(seed, ends_at());
            let posted = |bad: bool| {
                let is = |what: &What| matches!(what, What::Post(_, _, _, words) if (words.stars <= 2) == bad);
                list.iter().filter(|happening| is(&happening.what)).count()
            };
            assert_eq!((posted(false), posted(true)), (383, 31), "seed {seed}");
        }
    }

    #[test]
    fn nothing_is_done_about_a_review_before_it_was_looked_at() {
        for seed in 0..20 {
            let (mut posted, mut looked) = (Vec::new(), Vec::new());
            for happening in plan(seed, ends_at()) {
                match happening.what {
                    What::Post(number, site, ..) => posted.push((number, site)),
                    What::Look(site) => looked.extend(posted.extract_if(.., |(_, at)| *at == site).map(|(n, _)| n)),
                    What::Edit(number, _) | What::Remove(number) | What::Answer(number, _) | What::Act(number, ..) => {
                        assert!(looked.contains(&number), "seed {seed}, review {number}");
                    }
                }
            }
        }
    }
}
