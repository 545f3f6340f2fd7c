//! Tests of `dom`.
