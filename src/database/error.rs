//! What goes wrong with a database, sorted once.

use std::fmt;

use sqlx::error::DatabaseError;
use sqlx::mysql::MySqlDatabaseError;
use sqlx::postgres::PgDatabaseError;
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
        if is_come_again(&error) {
            Self::Unavailable(error.into())
        } else if error.as_database_error().is_some_and(DatabaseError::is_unique_violation) {
            Self::Conflict(error.into())
        } else if is_rejected(&error) {
            Self::Rejected(error.into())
        } else {
            Self::Unexpected(error.into())
        }
    }
}

/// Whether a value was one that the database does not take: too long, too
/// deep, out of range.
fn is_rejected(error: &sqlx::Error) -> bool {
    /// Too long, wrong characters, out of range, JSON it cannot read, a CHECK.
    const MYSQL: [u16; 8] = [1264, 1366, 1406, 3140, 3141, 3157, 3819, 4025];
    let Some(error) = error.as_database_error() else {
        return false;
    };
    if let Some(error) = error.try_downcast_ref::<PgDatabaseError>() {
        // Data exceptions; JSON too deep for the stack; a CHECK.
        error.code().starts_with("22") || ["54001", "23514"].contains(&error.code())
    } else if let Some(error) = error.try_downcast_ref::<MySqlDatabaseError>() {
        MYSQL.contains(&error.number())
    } else {
        error.is_check_violation()
    }
}

/// Whether the same call may well succeed later.
pub(super) fn is_come_again(error: &sqlx::Error) -> bool {
    /// Busy, locked, an error of the disk, cannot open: SQLite's primary result
    /// codes (<https://sqlite.org/rescode.html>).
    const SQLITE: [i32; 4] = [5, 6, 10, 14];
    /// Serialisation failure, deadlock, too many connections, a lock not to be
    /// had, a standby (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
    const POSTGRES: [&str; 5] = ["40001", "40P01", "53300", "55P03", "25006"];
    /// Too many connections, a node outside the majority, an error at commit, a
    /// lock not to be had, deadlock (<https://mariadb.com/kb/en/mariadb-error-code-reference/>).
    const MYSQL: [u16; 5] = [1040, 1047, 1180, 1205, 1213];
    if is_lost(error) {
        return true;
    }
    match error {
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => true,
        sqlx::Error::Database(error) => {
            if let Some(error) = error.try_downcast_ref::<SqliteError>() {
                primary_code(error).is_some_and(|code| SQLITE.contains(&code))
            } else if let Some(error) = error.try_downcast_ref::<PgDatabaseError>() {
                POSTGRES.contains(&error.code())
            } else if let Some(error) = error.try_downcast_ref::<MySqlDatabaseError>() {
                MYSQL.contains(&error.number())
            } else {
                false
            }
        }
        _ => false,
    }
}

/// Whether a statement names an index that is not there: MySQL's 1176.
pub(super) fn names_no_index(error: &RepositoryError) -> bool {
    let RepositoryError::Unexpected(error) = error else {
        return false;
    };
    error
        .downcast_ref::<sqlx::Error>()
        .and_then(sqlx::Error::as_database_error)
        .and_then(|error| error.try_downcast_ref::<MySqlDatabaseError>())
        .is_some_and(|error| error.number() == 1176)
}

/// Whether another process holds the lock of an SQLite file.
pub(super) fn is_busy(error: &sqlx::Error) -> bool {
    let error = error.as_database_error();
    let error = error.and_then(|error| error.try_downcast_ref::<SqliteError>());
    error.and_then(primary_code) == Some(5)
}

/// SQLite's primary result code, of which the extended ones keep the lower byte.
fn primary_code(error: &SqliteError) -> Option<i32> {
    Some(error.code()?.parse::<i32>().ok()? & 0xff)
}

/// Whether another transaction was in the way: the database gave this one up, or
/// the other made at the same time what there can be only once.
pub(super) fn is_conflict(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else {
        return false;
    };
    if error.is_unique_violation() {
        return true;
    }
    if let Some(error) = error.try_downcast_ref::<PgDatabaseError>() {
        ["40001", "40P01"].contains(&error.code())
    } else if let Some(error) = error.try_downcast_ref::<MySqlDatabaseError>() {
        [1205, 1213].contains(&error.number())
    } else {
        false
    }
}

/// Whether the connection is of no more use, though the server may be.
pub(super) fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        // A server that hangs up in the middle of a greeting breaks the protocol.
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(error) => {
            if let Some(error) = error.try_downcast_ref::<PgDatabaseError>() {
                // Connection exceptions; told to go by the server, which stops or starts.
                let code = error.code();
                code.starts_with("08") || ["57P01", "57P02", "57P03"].contains(&code)
            } else if let Some(error) = error.try_downcast_ref::<MySqlDatabaseError>() {
                // The server stops; someone ended the connection; it was idle too long.
                [1053, 1927, 4031].contains(&error.number())
            } else {
                false
            }
        }
        _ => false,
    }
}
