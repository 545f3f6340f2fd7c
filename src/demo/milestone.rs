//! What must have happened before the demo says that all is well.

use std::sync::{Mutex, PoisonError};

/// One thing that must happen, seen through the real machinery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Milestone {
    /// The half year was imported.
    Imported,
    /// The loops looked at every site.
    LookedAround,
    /// A poll saw the bad review and opened a case.
    Seen,
    /// The alert arrived, signed.
    Alerted,
    /// "I take it" was pressed on the page.
    Taken,
    /// Contact, advice, fix, tell and ask were recorded, in an order that the case allows.
    Worked,
    /// A poll saw the review turned around.
    Turned,
    /// The good news arrived, signed.
    Celebrated,
    /// The week's report arrived, signed, and tells of the turnaround.
    Reported,
    /// On every platform that was asked for, a complaint was heard and told, and seen turned around where guests can edit.
    HeardElsewhere,
}

impl Milestone {
    /// Those of every demo, in the order of the story.
    pub const ALWAYS: [Milestone; 9] = [
        Milestone::Imported,
        Milestone::LookedAround,
        Milestone::Seen,
        Milestone::Alerted,
        Milestone::Taken,
        Milestone::Worked,
        Milestone::Turned,
        Milestone::Celebrated,
        Milestone::Reported,
    ];

    /// The thing in words, as it reads in a list of what happened.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Milestone::Imported => "half a year of reviews imported through the same code as real ones",
            Milestone::LookedAround => "all three sites looked at by the daemon's own loops",
            Milestone::Seen => "the bad review seen by a poll, and a case opened",
            Milestone::Alerted => "the alert delivered to the desk phone, its signature verified",
            Milestone::Taken => "“I take it” pressed on the page behind the link",
            Milestone::Worked => "contact, advice, fix, tell and ask recorded, in that order",
            Milestone::Turned => "the turnaround seen on the site, not claimed",
            Milestone::Celebrated => "the good news delivered to the desk phone",
            Milestone::Reported => "the weekly report delivered, with tonight's turnaround in it",
            Milestone::HeardElsewhere => "a complaint heard and alerted on each of the platforms",
        }
    }
}

/// What has happened so far, of what must.
#[derive(Debug)]
pub struct Done {
    awaited: Vec<Milestone>,
    happened: Mutex<Vec<Milestone>>,
}

impl Done {
    /// Nothing so far; the platforms count only in a demo that has any.
    #[must_use]
    pub fn new(has_platforms: bool) -> Self {
        let elsewhere = has_platforms.then_some(Milestone::HeardElsewhere);
        Done { awaited: Milestone::ALWAYS.into_iter().chain(elsewhere).collect(), happened: Mutex::default() }
    }

    /// All that must happen, in the order of the story.
    #[must_use]
    pub fn awaited(&self) -> &[Milestone] {
        &self.awaited
    }

    /// Notes that it happened.
    pub fn note(&self, milestone: Milestone) {
        self.happened.lock().unwrap_or_else(PoisonError::into_inner).push(milestone);
    }

    /// Whether it happened.
    #[must_use]
    pub fn has(&self, milestone: Milestone) -> bool {
        self.happened.lock().unwrap_or_else(PoisonError::into_inner).contains(&milestone)
    }

    /// What did not happen.
    #[must_use]
    pub fn missing(&self) -> Vec<Milestone> {
        self.awaited.iter().copied().filter(|milestone| !self.has(*milestone)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_not_happened_is_missing() {
        let done = Done::new(true);
        Milestone::ALWAYS.into_iter().filter(|one| *one != Milestone::Taken).for_each(|one| done.note(one));
        assert_eq!(done.missing(), [Milestone::Taken, Milestone::HeardElsewhere]);
        assert!(!Done::new(false).missing().contains(&Milestone::HeardElsewhere));
    }
}
