//! The heart by itself.
