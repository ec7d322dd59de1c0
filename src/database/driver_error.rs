//! Driver errors in a form that a log may show: without values of rows.
//!
//! A server quotes values in messages about data: `Duplicate entry 'someone@example.org'`. Such
//! an error is shown by its code; the server's own log has the rest. Messages about the server,
//! its schema and permissions have no values, and are shown.
//!
//! A [`RepositoryError`] contains a driver's error in this form.

use std::fmt::{self, Display as _};

use sqlx::error::DatabaseError;
use sqlx::mysql::MySqlDatabaseError;
use sqlx::postgres::PgDatabaseError;
use sqlx::sqlite::SqliteError;

use crate::database::error_class::{ErrorClass, Obstacle, is_missing_index};
use crate::database::inconsistent_row::MistypedColumn;
use crate::repository::RepositoryError;

pub(super) struct DriverError(pub sqlx::Error);

impl DriverError {
    /// The same form of an error that its owner still needs.
    pub(super) fn described(error: &sqlx::Error) -> impl fmt::Display {
        fmt::from_fn(|f| write(error, f))
    }
}

impl std::error::Error for DriverError {}

impl fmt::Display for DriverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(&self.0, f)
    }
}

impl fmt::Debug for DriverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(&self.0, f)
    }
}

/// A server's refusal of a setting that a guarantee depends on.
#[derive(Debug, thiserror::Error)]
#[error("the server refuses the required setting {name}: {error}")]
pub(super) struct RefusedSetting {
    pub name: &'static str,
    pub error: String,
}

impl From<sqlx::Error> for RepositoryError {
    fn from(error: sqlx::Error) -> Self {
        match ErrorClass::of(&error) {
            ErrorClass::Lost
            | ErrorClass::Unreachable
            | ErrorClass::WrongServer
            | ErrorClass::TooManyConnections
            | ErrorClass::Transient
            | ErrorClass::Refused
            | ErrorClass::StalePlan
            | ErrorClass::ChangedTables
            | ErrorClass::Forbidden
            | ErrorClass::Contention(Obstacle::Lock) => {
                Self::Unavailable(DriverError(error).into())
            }
            ErrorClass::Contention(Obstacle::Duplicate) => {
                Self::Conflict(DriverError(error).into())
            }
            ErrorClass::Rejected => Self::Rejected(DriverError(error).into()),
            ErrorClass::Unexpected => Self::Unexpected(DriverError(error).into()),
        }
    }
}

/// Returns whether the database user lacks a right.
pub(super) fn is_forbidden(error: &RepositoryError) -> bool {
    unavailable_because(error, |error| ErrorClass::of(error) == ErrorClass::Forbidden)
}

/// Returns whether the same call may succeed a little later.
pub(super) fn may_succeed_later(error: &RepositoryError) -> bool {
    unavailable_because(error, |error| ErrorClass::of(error).may_succeed_later())
}

/// Returns whether a table or column that a statement names is missing, or has another type.
pub(super) fn is_table_change(error: &RepositoryError) -> bool {
    MistypedColumn::of(error).is_some()
        || unavailable_because(error, |error| ErrorClass::of(error) == ErrorClass::ChangedTables)
}

/// Returns whether a statement names an index that does not exist.
pub(super) fn names_no_index(error: &RepositoryError) -> bool {
    unavailable_because(error, is_missing_index)
}

fn unavailable_because(error: &RepositoryError, is_so: impl Fn(&sqlx::Error) -> bool) -> bool {
    let RepositoryError::Unavailable(error) = error else {
        return false;
    };
    let error = error.downcast_ref::<DriverError>();
    error.is_some_and(|error| is_so(&error.0))
}

fn write(error: &sqlx::Error, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match error {
        sqlx::Error::Database(error) => {
            write_database(&**error, ErrorClass::of_database(&**error), f)
        }
        // Errors from decoding rows contain only names of columns.
        sqlx::Error::Decode(source) => match source.downcast_ref::<RepositoryError>() {
            Some(error) => error.fmt(f),
            None => f.write_str("a value could not be decoded"),
        },
        sqlx::Error::ColumnDecode { index, .. } => {
            write!(f, "the value of column {index} could not be decoded")
        }
        sqlx::Error::Encode(_) => f.write_str("a value could not be encoded"),
        sqlx::Error::Configuration(source) => match source.downcast_ref::<RefusedSetting>() {
            Some(error) => error.fmt(f),
            None => f.write_str("the driver rejected its options"),
        },
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::RowNotFound
        | sqlx::Error::ColumnIndexOutOfBounds { .. }
        | sqlx::Error::ColumnNotFound(_)
        | sqlx::Error::TypeNotFound { .. }
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::InvalidSavePointStatement
        | sqlx::Error::BeginFailed => error.fmt(f),
        _ => f.write_str("unknown driver error"),
    }
}

fn write_database(
    error: &dyn DatabaseError,
    class: ErrorClass,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    f.write_str("error returned from database: ")?;
    if may_be_shown(error, class) {
        return fmt::Display::fmt(error, f);
    }
    match error.try_downcast_ref::<MySqlDatabaseError>() {
        Some(error) => write!(f, "{} ({})", error.number(), error.code().unwrap_or_default())?,
        None => write!(f, "code {}", error.code().unwrap_or_default())?,
    }
    for (kind, name) in [("table", error.table()), ("constraint", error.constraint())] {
        if let Some(name) = name {
            write!(f, ", {kind} {name}")?;
        }
    }
    f.write_str(" (the server's log has the message)")
}

/// Returns whether the message is known to contain no values of rows.
fn may_be_shown(error: &dyn DatabaseError, class: ErrorClass) -> bool {
    let is_about_data = matches!(
        class,
        ErrorClass::Rejected | ErrorClass::Contention(Obstacle::Duplicate) | ErrorClass::Unexpected
    );
    if !is_about_data {
        return true;
    }
    if let Some(error) = error.try_downcast_ref::<SqliteError>() {
        // SQLite names tables and columns, but a trigger's message may contain anything.
        const TRIGGER: &str = "1811";
        error.code().is_none_or(|code| code != TRIGGER)
    } else if let Some(error) = error.try_downcast_ref::<PgDatabaseError>() {
        // Unsupported features, transaction states, rollbacks, names of statements, cursors and
        // schemas, syntax and access rules, object states.
        const SHOWN: [&str; 8] = ["0A", "25", "26", "34", "3F", "40", "42", "55"];
        error.code().get(..2).is_some_and(|prefix| SHOWN.contains(&prefix))
    } else if let Some(error) = error.try_downcast_ref::<MySqlDatabaseError>() {
        // Access, unknown columns and tables, syntax, indexes, prepared statements.
        const SHOWN: [u16; 12] =
            [1054, 1064, 1091, 1109, 1142, 1143, 1146, 1176, 1227, 1243, 1370, 1615];
        SHOWN.contains(&error.number())
    } else {
        false
    }
}
