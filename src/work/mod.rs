//! The loops and the one transaction in the middle: poll → ingest → deliver, and watch, report, prune beside them.
//!
//! Nothing in here takes a person's step, and nothing writes to a guest.

pub mod budget;
pub mod deliver;
pub mod house;
pub mod import;
pub mod ingest;
mod lines;
pub mod metrics;
pub mod news;
pub mod outbox;
pub mod poll;
pub mod prune;
pub mod receive;
pub mod report;
pub mod roster;
pub mod supervise;
pub mod watch;
