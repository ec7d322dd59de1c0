//! What a database says while it is opened, and rows that break their promise.

use std::path::Path;
use std::{fmt, io};

use deadpool::managed::{BuildError, PoolError};

use crate::database::driver_error::DriverError;
use crate::database::error_class::is_forbidden;
use crate::repository::RepositoryError;
use crate::stored_session;

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
    pub(super) fn url(problem: impl Into<Problem>) -> Self {
        Self::new("database.url", problem.into().0)
    }
}

impl OpenError {
    /// For a database that does not let this user migrate.
    pub(super) fn may_not_migrate(problem: impl fmt::Display) -> Self {
        Self::url(format!(
            "this user may not migrate: {problem}; run `elsewhere migrate` as one who may \
             (docs/grants.md)"
        ))
    }

    /// For what a database says to somebody who migrates.
    pub(super) fn of_migration(error: RepositoryError) -> Self {
        if is_forbidden(&error) { Self::may_not_migrate(error) } else { Self::url(error) }
    }

    /// For a file that cannot be made.
    pub(super) fn backup(file: &Path, problem: &io::Error) -> Self {
        Self::new("backup", format!("{}: {problem}", file.display()))
    }
}

/// What may be shown of a problem: of a driver's error not all.
pub(super) struct Problem(String);

impl From<&str> for Problem {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for Problem {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<RepositoryError> for Problem {
    fn from(error: RepositoryError) -> Self {
        Self(error.to_string())
    }
}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        Self(DriverError(error).to_string())
    }
}

impl From<PoolError<sqlx::Error>> for Problem {
    fn from(error: PoolError<sqlx::Error>) -> Self {
        match error {
            PoolError::Backend(error) => error.into(),
            error => Self(error.to_string()),
        }
    }
}

impl From<BuildError> for Problem {
    fn from(error: BuildError) -> Self {
        Self(error.to_string())
    }
}

impl std::error::Error for OpenError {}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.problem)
    }
}

/// A row that breaks what its table promises.
pub(super) type InconsistentRow = stored_session::Problem;

impl From<InconsistentRow> for RepositoryError {
    fn from(problem: InconsistentRow) -> Self {
        Self::Unexpected(problem.to_string().into())
    }
}
