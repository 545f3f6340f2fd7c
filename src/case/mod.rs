//! A case: an append-only history of events, and the stage and figures computed from it.
//!
//! Claims and evidence never mix: a [`Step`] is what a person did and carries the person; an [`Observation`] is what the daemon
//! saw and cannot carry one. A case is *turned around* only by evidence. Pure: no I/O, no clock.

mod ask;
mod deadline;
mod event;
mod stage;
mod weigh;

pub use ask::ties_gift_to_review;
pub use deadline::{Deadline, Limits, Promise, next_deadline};
pub use event::{CloseAs, Event, Gesture, Gist, PutRight, Recorded, Step};
pub use stage::{History, Meant, Move, Refusal, Stage, advance, replay};
pub use weigh::weigh;

#[doc(no_inline)]
pub use crate::review::Observation;
