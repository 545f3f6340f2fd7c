//! What a guest said: a raw [`Sighting`], the [`Normal`] form made of it, and what [`change`] it is against what is stored.
//!
//! Pure: no I/O, no clock. It does not judge; that is `judge`.

pub mod change;
pub mod identity;
pub mod normalise;
mod rating;
mod rhythm;
mod sighting;
pub mod voice;
mod window;

pub use change::{Observation, compare};
pub use identity::{Identity, Key, Known, Matched, match_known};
pub use normalise::{Content, Normal, Rejected, normalise};
pub use rating::{Rating, RatingError, RawRating, Scale};
pub use rhythm::Rhythm;
pub use sighting::{PostedAt, Precision, Reply, Sighting};
pub use voice::Kin;
pub use window::{Absence, Coverage, Shown, absence};
