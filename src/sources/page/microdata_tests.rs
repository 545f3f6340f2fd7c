//! Tests of `microdata`.
