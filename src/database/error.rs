//! What goes wrong with a database, sorted once.

use std::fmt;

use sqlx::error::DatabaseError as _;
use sqlx::sqlite::SqliteError;

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

impl From<sqlx::Error> for RepositoryError {
    fn from(error: sqlx::Error) -> Self {
        /// SQLite's primary result codes for "come again": busy, locked, an
        /// error of the disk, cannot open (<https://sqlite.org/rescode.html>).
        const COME_AGAIN: [i32; 4] = [5, 6, 10, 14];
        let come_again = match &error {
            sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::Io(_) => true,
            sqlx::Error::Database(error) => error
                .try_downcast_ref::<SqliteError>()
                .and_then(|error| error.code()?.parse::<i32>().ok())
                .is_some_and(|code| COME_AGAIN.contains(&(code & 0xff))),
            _ => false,
        };
        if come_again { Self::Unavailable(error.into()) } else { Self::Unexpected(error.into()) }
    }
}
