//! Classification of database errors, in one place for all databases.

use std::io;

use sqlx::error::DatabaseError;
use sqlx::mysql::MySqlDatabaseError;
use sqlx::postgres::PgDatabaseError;
use sqlx::sqlite::SqliteError;

/// MySQL's number of the error that a hint names an index which does not exist.
const MISSING_INDEX: u16 = 1176;

/// The kind of an error, independent of the database's own codes. It decides how the service
/// reacts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ErrorClass {
    /// The connection is unusable, and so are the others to the same server.
    Lost,
    /// The server accepts no connections at the moment.
    Unreachable,
    /// This server cannot do it, but another one may: it is a standby, or a node outside the
    /// majority.
    WrongServer,
    /// Another transaction was in the way, or inserted the same unique value at the same time.
    Contention(Obstacle),
    /// The server has no free connection.
    TooManyConnections,
    /// A temporary shortage, for example of time or disk space.
    Transient,
    /// The tables have changed since a statement was prepared on this connection.
    StalePlan,
    /// A table, column or index that a statement names is missing, or has another type.
    ChangedTables,
    /// The server refuses the connection because of the password, the certificate or the
    /// database's name.
    Refused,
    /// The database user lacks a right.
    Forbidden,
    /// The database does not accept a value.
    Rejected,
    /// None of these: a bug in the service or in the database.
    Unexpected,
}

/// The cause of contention, for when retries did not help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Obstacle {
    Lock,
    Duplicate,
}

impl ErrorClass {
    pub(super) fn of(error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Io(error) => Self::of_network(error.kind()),
            // A server that hangs up during the handshake causes a protocol error.
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

    /// Classifies by primary result code (<https://sqlite.org/rescode.html>).
    fn of_sqlite(error: &SqliteError) -> Self {
        match primary_code(error) {
            // Busy, locked, out of memory, read-only, disk error, full, cannot open, a race for
            // a lock.
            Some(5..=8 | 10 | 13..=15) => Self::Transient,
            Some(1) if names_something_missing(error.message()) => Self::ChangedTables,
            _ if error.is_check_violation() => Self::Rejected,
            _ => Self::Unexpected,
        }
    }

    /// Classifies by SQLSTATE
    /// (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
    fn of_postgres(code: &str) -> Self {
        match code {
            // Terminated by the server: shutdown, crash, dropped database, idle or transaction
            // timeout. Unknown outcome.
            "57P01" | "57P02" | "57P04" | "57P05" | "25P03" | "25P04" | "40003" => Self::Lost,
            // The server is starting or stopping.
            "57P03" => Self::Unreachable,
            // Read-only, like standbys.
            "25006" => Self::WrongServer,
            // Serialization failure, deadlock, lock timeout.
            "40001" | "40P01" | "55P03" => Self::Contention(Obstacle::Lock),
            // Statement timeout.
            "57014" => Self::Transient,
            // "cached plan must not change result type"; a prepared statement that the server
            // no longer has.
            "0A000" | "26000" => Self::StalePlan,
            // Undefined column, table, schema or type; no operator or cast for these types, type
            // mismatch.
            "42703" | "42P01" | "3F000" | "42704" | "42883" | "42846" | "42804" => {
                Self::ChangedTables
            }
            // JSON too deep for the stack, check violation.
            "54001" | "23514" => Self::Rejected,
            "53300" => Self::TooManyConnections,
            // Insufficient privilege.
            "42501" => Self::Forbidden,
            _ => match code.get(..2) {
                // Connection exceptions.
                Some("08") => Self::Lost,
                // Insufficient resources, system errors.
                Some("53" | "58") => Self::Transient,
                // Authorization, unknown database.
                Some("28" | "3D") => Self::Refused,
                // Data exceptions.
                Some("22") => Self::Rejected,
                _ => Self::Unexpected,
            },
        }
    }

    /// Classifies by error number
    /// (<https://mariadb.com/kb/en/mariadb-error-code-reference/>).
    fn of_mysql(number: u16) -> Self {
        match number {
            // Server shutdown; lost packets; killed connection; idle timeout.
            1053 | 1152 | 1158..=1161 | 1184 | 1927 | 4031 => Self::Lost,
            // A node outside the majority; a commit that the cluster rejected; a read-only
            // server.
            1047 | 1180 | 1290 | 1792 | 1836 | 3100 => Self::WrongServer,
            // Lock not available, deadlock (on a cluster: between two nodes).
            1205 | 1213 | 3101 => Self::Contention(Obstacle::Lock),
            // A prepared statement that the server no longer has, or must prepare again; a table
            // that was changed during the transaction.
            1243 | 1412 | 1615 => Self::StalePlan,
            // Unknown column, table or index; a view of such ones; a table without its file;
            // columns whose collations do not fit together.
            1054 | 1109 | 1146 | MISSING_INDEX | 1356 | 1932 | 1267 | 1270 | 1271 => {
                Self::ChangedTables
            }
            // Too many connections, in total or of one user.
            1040 | 1203 | 1226 => Self::TooManyConnections,
            // Disk errors; full disk or table.
            1..=36 | 1021 | 1114
            // Out of memory or threads; a host blocked after too many errors.
            | 1037 | 1038 | 1041 | 1129 | 1135 | 1206
            // A statement that timed out or was stopped.
            | 1317 | 1969 | 3024 => Self::Transient,
            1045 | 1049 | 1130 | 1698 | 1862 | 3118 => Self::Refused,
            // Rights on a database, a table, a column, a routine; on the server.
            1044 | 1142 | 1143 | 1227 | 1370 => Self::Forbidden,
            // Too long, wrong characters, out of range, invalid JSON, check violation.
            1264 | 1366 | 1406 | 3140 | 3141 | 3157 | 3819 | 4025 => Self::Rejected,
            _ => Self::Unexpected,
        }
    }

    /// Returns whether all connections to the server should be replaced.
    pub(super) fn is_server_failure(self) -> bool {
        matches!(self, Self::Lost | Self::Unreachable | Self::WrongServer)
    }

    /// Returns whether the connection is in the same state as before the call. After an
    /// unexpected error, the state is unknown; SQLite, for example, ends a transaction by itself
    /// if the disk is full.
    pub(super) fn keeps_connection_usable(self) -> bool {
        matches!(
            self,
            Self::Contention(_)
                | Self::Rejected
                | Self::StalePlan
                | Self::ChangedTables
                | Self::Forbidden
        )
    }

    /// Returns whether the same call may succeed at once, on another connection or a little
    /// later.
    pub(super) fn is_retryable(self) -> bool {
        matches!(self, Self::Lost | Self::WrongServer | Self::Contention(_) | Self::StalePlan)
    }

    /// Returns whether a server with this error at startup may become ready soon. A refusal is not
    /// among them: a wrong password, or a database that does not exist, is nearly always a wrong
    /// setting.
    pub(super) fn may_succeed_later(self) -> bool {
        matches!(
            self,
            Self::Lost
                | Self::Unreachable
                | Self::WrongServer
                | Self::TooManyConnections
                | Self::Transient
                | Self::Contention(Obstacle::Lock)
        )
    }
}

/// Returns whether another process holds the lock of an SQLite file.
pub(super) fn is_busy(error: &sqlx::Error) -> bool {
    let error = error.as_database_error();
    let error = error.and_then(|error| error.try_downcast_ref::<SqliteError>());
    error.and_then(primary_code) == Some(5)
}

/// Returns whether a statement names an index that does not exist.
pub(super) fn is_missing_index(error: &sqlx::Error) -> bool {
    let error = error.as_database_error();
    let error = error.and_then(|error| error.try_downcast_ref::<MySqlDatabaseError>());
    error.is_some_and(|error| error.number() == MISSING_INDEX)
}

/// SQLite has no code of its own for this error.
fn names_something_missing(message: &str) -> bool {
    ["no such table: ", "no such column: "].iter().any(|start| message.starts_with(start))
        || message.contains(" has no column named ")
}

/// SQLite's primary result code: the lower byte of extended codes.
fn primary_code(error: &SqliteError) -> Option<i32> {
    Some(error.code()?.parse::<i32>().ok()? & 0xff)
}
