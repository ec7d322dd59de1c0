//! What a database says while it is opened, and rows that break their promise.

use std::path::Path;
use std::{fmt, io};

use super::failure::is_forbidden;
use crate::repository::RepositoryError;

/// Why the database cannot be used: one line that begins with the setting to look at.
#[derive(Debug)]
pub struct OpenError {
    key: &'static str,
    problem: String,
}

impl OpenError {
    pub(super) fn new(key: &'static str, problem: impl Into<String>) -> Self {
        Self { key, problem: problem.into() }
    }

    /// For whatever a database says while it is opened.
    pub(super) fn url(error: impl fmt::Display) -> Self {
        Self::new("database.url", error.to_string())
    }
}

impl OpenError {
    /// For what a database says to somebody who migrates.
    pub(super) fn may_not_migrate(error: &RepositoryError) -> Self {
        if is_forbidden(error) {
            Self::url(format!(
                "this user may not migrate: {error}; run `elsewhere migrate` as one who may \
                 (docs/grants.md)"
            ))
        } else {
            Self::url(error)
        }
    }

    /// For a file that cannot be made.
    pub(super) fn backup(file: &Path, problem: &io::Error) -> Self {
        Self::new("backup", format!("{}: {problem}", file.display()))
    }
}

impl std::error::Error for OpenError {}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.problem)
    }
}

/// A row that breaks what its table promises: names the column, never its value.
#[derive(Debug, thiserror::Error)]
#[error("{column} is not {expected}")]
pub(super) struct InconsistentRow {
    pub column: &'static str,
    pub expected: &'static str,
}

impl From<InconsistentRow> for RepositoryError {
    fn from(row: InconsistentRow) -> Self {
        Self::Unexpected(row.into())
    }
}
