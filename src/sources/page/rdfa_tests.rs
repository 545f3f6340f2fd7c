//! Tests of `rdfa`.
