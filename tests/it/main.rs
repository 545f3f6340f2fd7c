//! The integration tests, as one binary.

mod channels;
mod web;
