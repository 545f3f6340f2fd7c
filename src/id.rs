//! Identifiers: row numbers people say aloud, names the owner gave, and opaque keys.
//!
//! It does not decide what identifies a review; that is `review::identity`.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

macro_rules! row_number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

row_number!(
    /// A source's row in the store.
    SourceId
);
row_number!(
    /// A review's row in the store.
    ReviewId
);
row_number!(
    /// A case's number, as people say it: "case 1043".
    CaseId
);

/// A fresh unguessable token of 32 random bytes, as 43 URL-safe characters.
#[must_use]
pub fn token() -> String {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A key that is the same whenever its parts are: `prefix_` and 32 hexadecimal digits of a SHA-256.
///
/// Each part is hashed with its length, so that `["ab", "c"]` and `["a", "bc"]` differ.
#[must_use]
pub fn stable(prefix: &str, parts: &[&str]) -> String {
    [prefix, "_", &hex(&digest(parts)[..16])].concat()
}

fn digest(parts: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}

/// A number that is the same whenever its parts are: the first 64 bits of what [`stable`] is made of.
#[must_use]
pub fn mark(parts: &[&str]) -> i64 {
    let digest = digest(parts);
    i64::from_be_bytes(std::array::from_fn(|at| digest[at]))
}

/// Lower-case hexadecimal digits of `bytes`.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| b"0123456789abcdef"[usize::from(half)];
    let mut digits = vec![0; bytes.len() * 2];
    for (pair, byte) in digits.as_chunks_mut().0.iter_mut().zip(bytes) {
        *pair = [digit(byte >> 4), digit(byte & 15)];
    }
    String::from_utf8(digits).expect("hexadecimal digits are ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stable_key_depends_on_where_its_parts_end() {
        assert_eq!(stable("msg", &["ab", "c"]), stable("msg", &["ab", "c"]));
        assert_ne!(stable("msg", &["ab", "c"]), stable("msg", &["a", "bc"]));
        assert_eq!(stable("msg", &["x"]).len(), "msg_".len() + 32);
    }

    #[test]
    fn tokens_do_not_repeat() {
        assert_ne!(token(), token());
        assert_eq!(token().len(), 43);
    }
}
