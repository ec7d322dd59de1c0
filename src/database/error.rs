//! Errors from opening a database.

use std::path::Path;
use std::{fmt, io};

use deadpool::managed::{BuildError, PoolError};

use crate::database::awaited::Awaited;
use crate::database::driver_error::{DriverError, is_forbidden, may_succeed_later};
use crate::database::error_class::ErrorClass;
use crate::repository::RepositoryError;

/// The reason why a database cannot be used: one line that begins with the setting to check.
#[derive(Debug)]
pub struct OpenError {
    key: &'static str,
    problem: String,
    cause: Cause,
}

/// The kind of the reason, which decides what may help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    /// A setting, an argument or a file has to change.
    Setting,
    /// The database user needs a grant.
    Grant,
    /// Something is missing that others may still create.
    Missing(Awaited),
    /// Others were in the way. The next start may succeed.
    Contention,
}

impl OpenError {
    pub(super) fn new(key: &'static str, problem: impl Into<String>) -> Self {
        Self { key, problem: problem.into(), cause: Cause::Setting }
    }

    /// For something that others may still create.
    pub(super) fn missing(awaited: Awaited, key: &'static str, problem: impl Into<String>) -> Self {
        Self::new(key, problem).until(awaited)
    }

    /// For a right that the database user lacks.
    pub(super) fn grant(key: &'static str, problem: impl Into<String>) -> Self {
        Self { cause: Cause::Grant, ..Self::new(key, problem) }
    }

    /// For an error that the next start may not have, but a repetition at once probably has.
    pub(super) fn contention(problem: impl Into<Problem>) -> Self {
        Self { cause: Cause::Contention, ..Self::url(problem) }
    }

    /// For any problem that occurs while the database is opened.
    pub(super) fn url(problem: impl Into<Problem>) -> Self {
        let Problem { text, may_pass } = problem.into();
        let error = Self::new("database.url", text);
        if may_pass { error.until(Awaited::Server) } else { error }
    }

    /// The same error, if waiting may help.
    pub(super) fn until(self, awaited: Awaited) -> Self {
        Self { cause: Cause::Missing(awaited), ..self }
    }

    /// Returns what may still appear, if anything.
    pub(super) fn awaited(&self) -> Option<Awaited> {
        match self.cause {
            Cause::Missing(awaited) => Some(awaited),
            Cause::Setting | Cause::Grant | Cause::Contention => None,
        }
    }

    pub(super) fn is_missing_grant(&self) -> bool {
        self.cause == Cause::Grant
    }

    /// Returns whether a later start with the same settings may succeed.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(self.cause, Cause::Missing(_) | Cause::Contention)
    }
}

impl OpenError {
    /// For a database user who lacks the rights to migrate.
    pub(super) fn may_not_migrate(problem: impl fmt::Display) -> Self {
        let problem = format!(
            "this user may not migrate: {problem}; run `elsewhere migrate` as a user that may \
             (docs/grants.md)"
        );
        Self::grant("database.url", problem)
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
pub(super) struct Problem {
    text: String,
    /// True if it may not be there a little later.
    may_pass: bool,
}

impl Problem {
    fn lasting(text: impl Into<String>) -> Self {
        Self { text: text.into(), may_pass: false }
    }

    fn passing(text: impl Into<String>) -> Self {
        Self { text: text.into(), may_pass: true }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<&str> for Problem {
    fn from(text: &str) -> Self {
        Self::lasting(text)
    }
}

impl From<String> for Problem {
    fn from(text: String) -> Self {
        Self::lasting(text)
    }
}

impl From<RepositoryError> for Problem {
    fn from(error: RepositoryError) -> Self {
        let may_pass = may_succeed_later(&error);
        Self { text: without_prefixes(&error.to_string()), may_pass }
    }
}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        let may_pass = ErrorClass::of(&error).may_succeed_later();
        let text = match error {
            sqlx::Error::Io(error) => unreachable_because(&error).to_owned(),
            sqlx::Error::Protocol(_) => OTHER_PROTOCOL.to_owned(),
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => NO_ANSWER.to_owned(),
            error => {
                let text = without_prefixes(&DriverError(error).to_string());
                let text = text.as_str();
                let without_code =
                    text.strip_prefix("(code: ").and_then(|text| text.split_once(") "));
                without_code.map_or(text, |(_, message)| message).to_owned()
            }
        };
        Self { text, may_pass }
    }
}

impl From<PoolError<sqlx::Error>> for Problem {
    fn from(error: PoolError<sqlx::Error>) -> Self {
        match error {
            PoolError::Backend(error) => error.into(),
            _ => Self::passing(NO_ANSWER),
        }
    }
}

impl From<BuildError> for Problem {
    fn from(error: BuildError) -> Self {
        Self::lasting(error.to_string())
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
