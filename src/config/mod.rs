//! The owner's one file: what may stand in it, and how it is read.
//!
//! [`load`] reads the files, parses them into a tree that knows where everything stands, puts files and environment together, puts
//! secrets in, and walks the tree against the JSON Schema of our sections and of each kind; only then it makes a [`Config`] of it.
//! It keeps the tables of sources and channels raw with their spans; `app` hands it the shapes that both registries declare, so
//! that it checks them without knowing an adapter. It never writes the file.

mod changes;
mod check;
mod environment;
mod example;
mod files;
mod finding;
mod load;
mod mark;
mod merge;
mod model;
mod names;
mod problem;
mod renamed;
mod secrets;
mod shape;
mod tree;
mod words;

pub use changes::{Former, changes};
pub use example::example;
pub use files::{Access, Outside, Paths, ReadFile, SourceFile, User, read};
pub use load::{Loaded, Section, assemble, load};
pub use model::*;
pub use problem::{Level, Look, Place, Problem, Problems, render};
pub use shape::{Shape, Shapes, schema};

/// A value in an adapter's settings that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SettingsError {
    /// The key it is about, if it is about one.
    pub key: Option<String>,
    /// What is wrong and the way out.
    pub message: String,
}

impl SettingsError {
    /// An error about one key.
    pub fn key(key: impl Into<String>, message: impl Into<String>) -> Self {
        SettingsError { key: Some(key.into()), message: message.into() }
    }
}

#[cfg(test)]
mod tests;
