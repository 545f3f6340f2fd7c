//! How long bad reviews stood on show, and how often their listings were looked at meanwhile.
//!
//! Claims do not shorten it: only a review seen positive, or seen gone, is off show.

use std::time::Duration;

use jiff::Timestamp;

use super::{
    Facts,
    track::Track,
    turnaround::{Begun, counted},
};

/// Exposure within a period.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Exposure {
    /// The time on show, added up over the reviews: two reviews for a day are two days.
    pub on_show: Duration,
    /// How often a listing was looked at with a bad review on it, if the owner gave the views of every location concerned.
    pub views: Option<u64>,
}

/// Adds up the exposure from `from` to before `to`.
#[must_use]
pub fn exposure(facts: &Facts, tracks: &[Track<'_>], from: Timestamp, to: Timestamp) -> Exposure {
    let mut sum = Exposure { on_show: Duration::ZERO, views: Some(0) };
    for track in counted(tracks, Begun { from, to, asof: to }) {
        let pieces = track.bad_on_show(from, to);
        let on_show: Duration = pieces.iter().map(|(begin, end)| super::track::between(*begin, *end)).sum();
        if on_show.is_zero() {
            continue;
        }
        sum.on_show += on_show;
        let per_day = facts.house(&track.case.location).and_then(|house| house.views_per_day);
        sum.views = sum.views.zip(per_day).map(|(views, per_day)| {
            views.saturating_add((on_show.as_secs_f64() / 86_400.0 * f64::from(per_day)).round() as u64)
        });
    }
    sum.views = sum.views.filter(|_| facts.houses.iter().any(|house| house.views_per_day.is_some()));
    sum
}
