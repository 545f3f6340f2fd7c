//! Tests of `assemble`.
