//! Response and turnaround figures of a period, computed from facts and events, never counted twice in counters.
//!
//! Pure: it is given [`Facts`], a period and the present, and does no I/O. It chooses no words for a page; that is `report`.

pub mod cohort;
pub mod exposure;
pub mod facts;
pub mod history;
pub mod km;
pub mod lists;
pub mod money;
pub mod period;
pub mod track;
pub mod turnaround;
pub mod week;
pub mod words;

pub use cohort::Cohort;
pub use facts::{Blind, CaseFacts, DayCounts, Facts, House, ReviewFacts, SourceFacts, Standing};
pub use km::{Curve, End, Lasted, Quantile};
pub use lists::{Save, Waiting, best_saves, longest_waiting};
pub use money::Money;
pub use period::{Figures, Period, Share};
pub use track::{OnSite, Track};
pub use turnaround::Typical;
pub use week::IsoWeek;

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
#[path = "figures_tests.rs"]
mod tests;
