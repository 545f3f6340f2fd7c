//! What became of the bad reviews of some weeks ago: the headline share, which closing a case by word cannot polish.

use jiff::Timestamp;
use serde::Serialize;

use super::{
    track::{OnSite, Track},
    turnaround::{Begun, counted},
};
use crate::case::Stage;

/// Bad reviews first seen in a range of weeks, by how they stand on the site now. The four parts add up to `total`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Cohort {
    /// All of them.
    pub total: usize,
    /// Positive now.
    pub turned: usize,
    /// Better, but not positive.
    pub improved: usize,
    /// No longer on the site.
    pub gone: usize,
    /// As they were.
    pub unchanged: usize,
    /// Of the unchanged and improved ones: the guest is said to be content, the site does not show it.
    pub claimed_not_seen: usize,
}

impl Cohort {
    /// Counts the cases first seen from `from` to before `to`, as they stood just before `asof`.
    #[must_use]
    pub fn of(tracks: &[Track<'_>], from: Timestamp, to: Timestamp, asof: Timestamp) -> Self {
        let mut cohort = Cohort::default();
        let begun = Begun { from, to, asof };
        for track in counted(tracks, begun).filter(|track| (from..to).contains(&track.case.first_seen_at)) {
            let Some(site) = track.site_before(asof) else { continue };
            cohort.total += 1;
            match site {
                OnSite::Good => cohort.turned += 1,
                OnSite::Better => cohort.improved += 1,
                OnSite::Gone => cohort.gone += 1,
                OnSite::Bad => cohort.unchanged += 1,
            }
            cohort.claimed_not_seen += usize::from(track.stage_before(asof) == Some(Stage::Settled));
        }
        cohort
    }
}
