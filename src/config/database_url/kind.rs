//! The kinds of databases.

/// The database, as the scheme of its URL names it. MariaDB counts as MySQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatabaseKind {
    Sqlite,
    Postgres,
    MySql,
}
