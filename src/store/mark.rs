//! A file on disk while a transaction runs, so that the crash test can count the kills that fell inside one.
//!
//! Only in debug builds, and only where `AMENDS_TRACE_COMMITS` names the file. It decides nothing.

use std::{fs, path::PathBuf, sync::OnceLock};

/// Stands from the beginning of a transaction until it is dropped.
pub(super) struct Mark(Option<&'static PathBuf>);

impl Mark {
    /// Puts the file there, if it is asked for.
    pub(super) fn set() -> Mark {
        static PLACE: OnceLock<Option<PathBuf>> = OnceLock::new();
        let asked = || std::env::var_os("AMENDS_TRACE_COMMITS").filter(|_| cfg!(debug_assertions)).map(PathBuf::from);
        let place = PLACE.get_or_init(asked).as_ref();
        Mark(place.filter(|place| fs::write(place, "").is_ok()))
    }
}

impl Drop for Mark {
    fn drop(&mut self) {
        if let Some(place) = self.0 {
            drop(fs::remove_file(place));
        }
    }
}
