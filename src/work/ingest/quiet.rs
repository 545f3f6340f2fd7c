//! Which looks change nothing but times: they need no commit of their own.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::{Batch, Origin};
use crate::{
    id::ReviewId,
    review::{Absence, Normal, absence},
    store::{
        StoreError, Tx, reviews,
        sources::{Health, SourceRow},
    },
};

/// Whether a look that finds everything as it was would change nothing but times.
#[must_use]
pub fn is_quiet(source: &SourceRow, now: Timestamp) -> bool {
    source.health == Health::Ok && source.failures == 0 && source.baseline_at.is_some() && was_well_today(source, now)
}

/// Whether the last success was today. Rhythms are slow: looking at them once a day is enough.
pub(super) fn was_well_today(source: &SourceRow, now: Timestamp) -> bool {
    let day = |at: Timestamp| at.as_second().div_euclid(24 * 3600);
    source.ok_at.is_some_and(|ok| day(ok) == day(now))
}

/// Whether a look at a source that [`is_quiet`] shows what is stored and nothing else, though its bytes differ: most pages hold
/// something that is new each time. A no does not say that anything is new: it leaves that to the commit.
///
/// # Errors
/// If the database cannot be read.
pub fn shows_what_is_known(tx: &Tx<'_>, source: &SourceRow, batch: &Batch) -> Result<bool, StoreError> {
    let normals = &batch.normals;
    let states_the_same =
        batch.success.count_stated.is_none_or(|count| i64::try_from(count).ok() == source.count_stated);
    let joins_on = batch.reach.is_none_or(|reach| source.ok_at.is_some_and(|last| reach <= last));
    let is_plain = batch.origin == Origin::Look && batch.rejected.is_empty() && !normals.is_empty();
    if !is_plain || !states_the_same || !joins_on || normals.iter().any(|normal| normal.withdrawn) {
        return Ok(false);
    }
    let known = reviews::known(tx, source.id, normals.iter().map(Normal::key_and_hash))?;
    let mut unmet: HashMap<(&str, &str), Vec<ReviewId>> = HashMap::with_capacity(known.len());
    for one in known.iter().rev() {
        unmet.entry((&one.base, &one.hash)).or_default().push(one.id);
    }
    let mut seen = HashSet::with_capacity(normals.len());
    for normal in normals {
        let Some(id) = unmet.get_mut(&normal.key_and_hash()).and_then(Vec::pop) else { return Ok(false) };
        seen.insert(id);
    }
    let shown = reviews::visible(tx, source.id)?;
    let in_place = shown.iter().filter(|one| one.missing_count == 0 && seen.contains(&one.id)).count();
    Ok(in_place == seen.len() && absence(&shown, &seen, batch.coverage) == Absence::Missing(Vec::new()))
}
