//! What a platform's terms allow: how long its words may be kept, whether asking for a change is allowed, whether a guest can edit there.
//!
//! Each source kind declares its [`Terms`] beside its code; the store and the case obey them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The terms of one platform, as one kind of source declares them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Terms {
    /// How long what guests wrote may be stored.
    pub retention: Retention,
    /// Whether a business may ask a guest to reconsider a review there.
    pub ask: AskRule,
    /// Whether a guest can change a review after posting it.
    pub guest_can_edit: bool,
    /// Where these terms were read, or that they are the owner's to know.
    pub source: &'static str,
}

/// How long the words, names and links of a review may be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Retention {
    /// The owner's own data: kept as long as the owner wishes.
    Own,
    /// For this long only; afterwards identity, rating, hash and times remain.
    For(Duration),
    /// Never: only the identity.
    IdOnly,
}

/// Whether a business may ask a guest on this platform to reconsider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AskRule {
    /// A plain ask is allowed; never tied to a gift, discount or refund.
    PlainAskAllowed,
    /// The platform forbids or discourages it.
    Forbidden,
    /// The platform is not known to us; the owner decides and answers for it.
    OwnerDecides,
}

impl AskRule {
    /// The rule in a sentence for the person about to ask.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            AskRule::PlainAskAllowed => "a plain ask is allowed here, never tied to a gift, a discount or a refund",
            AskRule::Forbidden => "this platform does not allow businesses to ask for a changed review",
            AskRule::OwnerDecides => {
                "this site's own rules apply: read them first; never tie the ask to a gift, a discount or a refund"
            }
        }
    }
}
