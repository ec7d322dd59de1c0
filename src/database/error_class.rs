//! What an error of the database means: the one place that knows.

use std::io;

use sqlx::error::DatabaseError;
use sqlx::mysql::MySqlDatabaseError;
use sqlx::postgres::PgDatabaseError;
use sqlx::sqlite::SqliteError;

use crate::database::driver_error::DriverError;
use crate::repository::RepositoryError;

/// What is to be done about an error, for which the database's own codes do not
/// matter any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ErrorClass {
    /// The connection is of no more use, and those to the same server neither.
    Lost,
    /// Nobody takes connections there, for now.
    Unreachable,
    /// The server cannot do it, another one may: a standby, a node outside the
    /// majority.
    WrongServer,
    /// Another transaction was in the way, or made at the same time what there
    /// can be only once.
    Contention(Obstacle),
    /// The server has no connection left.
    TooManyConnections,
    /// Too much of something, for now: time, room on the disk.
    Transient,
    /// The tables have changed since a statement was prepared on this connection.
    StalePlan,
    /// A connection is not made for what we are: the password, the certificate,
    /// the database's name.
    Refused,
    /// This user has no right to do it.
    Forbidden,
    /// A value that the database does not take.
    Rejected,
    /// None of these: a bug, ours or the database's.
    Unexpected,
}

/// What stays in the way when trying again did not help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Obstacle {
    Lock,
    Duplicate,
}

impl ErrorClass {
    pub(super) fn of(error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Io(error) => Self::of_network(error.kind()),
            // A server that hangs up in the middle of a greeting breaks the protocol.
            sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => Self::Lost,
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => Self::Transient,
            sqlx::Error::Tls(_) | sqlx::Error::Configuration(_) => Self::Refused,
            sqlx::Error::Database(error) => Self::of_database(&**error),
            _ => Self::Unexpected,
        }
    }

    fn of_network(kind: io::ErrorKind) -> Self {
        match kind {
            io::ErrorKind::ConnectionRefused
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::NotFound
            | io::ErrorKind::TimedOut => Self::Unreachable,
            _ => Self::Lost,
        }
    }

    pub(super) fn of_database(error: &dyn DatabaseError) -> Self {
        if error.is_unique_violation() {
            Self::Contention(Obstacle::Duplicate)
        } else if let Some(error) = error.try_downcast_ref::<SqliteError>() {
            Self::of_sqlite(error)
        } else if let Some(error) = error.try_downcast_ref::<PgDatabaseError>() {
            Self::of_postgres(error.code())
        } else if let Some(error) = error.try_downcast_ref::<MySqlDatabaseError>() {
            Self::of_mysql(error.number())
        } else {
            Self::Unexpected
        }
    }

    /// By the primary result codes (<https://sqlite.org/rescode.html>).
    fn of_sqlite(error: &SqliteError) -> Self {
        match primary_code(error) {
            // Busy, locked, out of memory, read-only, an error of the disk, full, cannot
            // open, a race for a lock.
            Some(5..=8 | 10 | 13..=15) => Self::Transient,
            _ if error.is_check_violation() => Self::Rejected,
            _ => Self::Unexpected,
        }
    }

    /// By <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
    fn of_postgres(code: &str) -> Self {
        match code {
            // Told to go by the server, which stops, drops the database, or was idle with
            // it for too long; of unknown outcome; it starts or stops.
            "57P01" | "57P02" | "57P04" | "57P05" | "25P03" | "25P04" | "40003" => Self::Lost,
            "57P03" => Self::Unreachable,
            // Read-only, as standbys are.
            "25006" => Self::WrongServer,
            // Serialisation failure, deadlock.
            "40001" | "40P01" => Self::Contention(Obstacle::Lock),
            // A lock not to be had, a statement that took too long.
            "55P03" | "57014" => Self::Transient,
            // "cached plan must not change result type"; a statement that the server forgot.
            "0A000" | "26000" => Self::StalePlan,
            // JSON too deep for the stack, a CHECK.
            "54001" | "23514" => Self::Rejected,
            "53300" => Self::TooManyConnections,
            // Insufficient privilege.
            "42501" => Self::Forbidden,
            _ => match code.get(..2) {
                // Connection exceptions.
                Some("08") => Self::Lost,
                // Insufficient resources, system errors.
                Some("53" | "58") => Self::Transient,
                // Authorization, the database's name.
                Some("28" | "3D") => Self::Refused,
                // Data exceptions.
                Some("22") => Self::Rejected,
                _ => Self::Unexpected,
            },
        }
    }

    /// By <https://mariadb.com/kb/en/mariadb-error-code-reference/>.
    fn of_mysql(number: u16) -> Self {
        match number {
            // The server stops; packets lost; someone ended the connection; it was idle
            // too long.
            1053 | 1152 | 1158..=1161 | 1184 | 1927 | 4031 => Self::Lost,
            // A node outside the majority; a commit that a cluster did not take;
            // a server that only reads.
            1047 | 1180 | 1290 | 1792 | 1836 | 3100 => Self::WrongServer,
            // A lock not to be had, deadlock (on a cluster: of two nodes).
            1205 | 1213 | 3101 => Self::Contention(Obstacle::Lock),
            // A statement that the server forgot, or has to prepare again.
            1243 | 1615 => Self::StalePlan,
            // Too many connections, also of one user.
            1040 | 1203 | 1226 => Self::TooManyConnections,
            // What its disk said; full disk or table.
            1..=36 | 1021 | 1114
            // Out of memory or threads; a host that failed too often.
            | 1037 | 1038 | 1041 | 1129 | 1135 | 1206
            // A statement that took too long or was stopped.
            | 1317 | 1969 | 3024 => Self::Transient,
            1045 | 1049 | 1130 | 1698 | 1862 | 3118 => Self::Refused,
            // Of a database, a table, a column, a routine; of the server.
            1044 | 1142 | 1143 | 1227 | 1370 => Self::Forbidden,
            // Too long, wrong characters, out of range, JSON it cannot read, a CHECK.
            1264 | 1366 | 1406 | 3140 | 3141 | 3157 | 3819 | 4025 => Self::Rejected,
            _ => Self::Unexpected,
        }
    }

    /// Whether all connections to that server are better made anew.
    pub(super) fn is_of_the_server(self) -> bool {
        matches!(self, Self::Lost | Self::Unreachable | Self::WrongServer)
    }

    /// Whether the connection is as it was before the call. After what was not
    /// foreseen nobody knows; SQLite ends a transaction by itself where the disk is full.
    pub(super) fn leaves_connection_whole(self) -> bool {
        matches!(self, Self::Contention(_) | Self::Rejected | Self::StalePlan | Self::Forbidden)
    }

    /// Whether the same call may succeed at once, on another connection or later.
    pub(super) fn is_retryable(self) -> bool {
        matches!(self, Self::Lost | Self::WrongServer | Self::Contention(_) | Self::StalePlan)
    }

    /// Whether a server that says this at the start may be ready soon.
    pub(super) fn is_come_again(self) -> bool {
        matches!(
            self,
            Self::Lost
                | Self::Unreachable
                | Self::WrongServer
                | Self::TooManyConnections
                | Self::Transient
        )
    }
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

/// Whether this user has no right to do it.
pub(super) fn is_forbidden(error: &RepositoryError) -> bool {
    let RepositoryError::Unavailable(error) = error else {
        return false;
    };
    let error = error.downcast_ref::<DriverError>();
    error.is_some_and(|error| ErrorClass::of(&error.0) == ErrorClass::Forbidden)
}

/// Whether a statement names an index that is not there: MySQL's 1176.
pub(super) fn names_no_index(error: &RepositoryError) -> bool {
    let RepositoryError::Unexpected(error) = error else {
        return false;
    };
    error
        .downcast_ref::<DriverError>()
        .and_then(|error| error.0.as_database_error())
        .and_then(|error| error.try_downcast_ref::<MySqlDatabaseError>())
        .is_some_and(|error| error.number() == 1176)
}
