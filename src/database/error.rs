//! Errors from opening a database.

use std::path::Path;
use std::{fmt, io};

use deadpool::managed::{BuildError, PoolError};

use crate::database::driver_error::{DriverError, is_forbidden};
use crate::repository::RepositoryError;

/// The reason why a database cannot be used: one line that begins with the setting to check.
#[derive(Debug)]
pub struct OpenError {
    key: &'static str,
    problem: String,
}

impl OpenError {
    pub(super) fn new(key: &'static str, problem: impl Into<String>) -> Self {
        Self { key, problem: problem.into() }
    }

    /// For any problem that occurs while the database is opened.
    pub(super) fn url(problem: impl Into<Problem>) -> Self {
        Self::new("database.url", problem.into().0)
    }
}

impl OpenError {
    /// For a database user who lacks the rights to migrate.
    pub(super) fn may_not_migrate(problem: impl fmt::Display) -> Self {
        Self::url(format!(
            "this user may not migrate: {problem}; run `elsewhere migrate` as a user that may \
             (docs/grants.md)"
        ))
    }

    /// For an error during a migration.
    pub(super) fn of_migration(error: RepositoryError) -> Self {
        if is_forbidden(&error) { Self::may_not_migrate(error) } else { Self::url(error) }
    }

    /// For a backup file that cannot be created.
    pub(super) fn backup(file: &Path, problem: &io::Error) -> Self {
        Self::new("backup", format!("{}: {problem}", file.display()))
    }
}

/// A problem in a form that may be shown. Driver errors are not shown in full.
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
