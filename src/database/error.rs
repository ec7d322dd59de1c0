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

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

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
        Self(without_prefixes(&error.to_string()))
    }
}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Io(error) => Self(unreachable_because(&error).to_owned()),
            sqlx::Error::Protocol(_) => Self(OTHER_PROTOCOL.to_owned()),
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => Self(NO_ANSWER.to_owned()),
            error => {
                let text = without_prefixes(&DriverError(error).to_string());
                let text = text.as_str();
                let without_code =
                    text.strip_prefix("(code: ").and_then(|text| text.split_once(") "));
                Self(without_code.map_or(text, |(_, message)| message).to_owned())
            }
        }
    }
}

impl From<PoolError<sqlx::Error>> for Problem {
    fn from(error: PoolError<sqlx::Error>) -> Self {
        match error {
            PoolError::Backend(error) => error.into(),
            _ => Self(NO_ANSWER.to_owned()),
        }
    }
}

impl From<BuildError> for Problem {
    fn from(error: BuildError) -> Self {
        Self(error.to_string())
    }
}

/// The text of an error without the driver's introductions: the key of the setting says already
/// that it is about the database.
fn without_prefixes(text: &str) -> String {
    ["error returned from database: ", "error communicating with database: "]
        .iter()
        .fold(text.to_owned(), |text, prefix| text.replace(prefix, ""))
}

const OTHER_PROTOCOL: &str = "the server does not speak the protocol of this kind of database";
const NO_ANSWER: &str = "the server does not answer";

/// The reason in plain words. Those of the operating system differ from one to another, and are
/// about calls and numbers.
fn unreachable_because(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "no server listens at this address",
        io::ErrorKind::NotFound => "no server listens at this socket",
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            "the network of the server cannot be reached"
        }
        io::ErrorKind::PermissionDenied => "the socket of the server may not be used",
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => "the server closed the connection",
        // The resolver has no kind of its own.
        _ if error.to_string().contains("lookup address") => "its host name cannot be resolved",
        _ => NO_ANSWER,
    }
}

impl std::error::Error for OpenError {}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.problem)
    }
}
