//! The target of a migration: a database, or a schema on PostgreSQL.

use std::path::Path;
use std::process::Stdio;

use tempfile::TempDir;

use crate::support::databases;
use crate::support::databases::{Database, Kind};
use crate::support::process::{Replica, RunningProcess, elsewhere};

/// The newest version of the schema.
pub const NEWEST: u32 = 18;

/// A database, or a schema on PostgreSQL, where creating a database is slow.
pub struct MigrationTarget {
    kind: Kind,
    pub url: String,
    schema: String,
    _database: Option<Database>,
}

impl MigrationTarget {
    pub fn new(kind: Kind) -> Self {
        let database = Database::empty(kind);
        // Without TLS, so that a proxy can read the statements.
        let url = match kind {
            Kind::Sqlite => database.url.clone(),
            Kind::Postgres => format!("{}?sslmode=disable", database.url),
            Kind::MySql => format!("{}?ssl-mode=DISABLED", database.url),
        };
        Self { kind, url, schema: "public".to_owned(), _database: Some(database) }
    }

    /// Several targets. On PostgreSQL they share one database, which the last one owns.
    pub fn several(kind: Kind, count: u32) -> Vec<Self> {
        let first = Self::new(kind);
        let others: Vec<_> = (1..count)
            .map(|nth| {
                if kind != Kind::Postgres {
                    return Self::new(kind);
                }
                let schema = format!("target_{nth}");
                first.run(&format!("CREATE SCHEMA {schema}"));
                let url = format!("{}&options=-csearch_path%3D{schema}", first.url);
                Self { kind, url, schema, _database: None }
            })
            .collect();
        // The target that owns the database is dropped last.
        others.into_iter().chain([first]).collect()
    }

    pub fn run(&self, sql: &str) {
        databases::run(self.kind, &self.url, sql);
    }

    pub fn texts(&self, sql: &str) -> sqlx::Result<Vec<String>> {
        databases::texts(self.kind, &self.url, sql)
    }

    /// A description of the schema: columns, indexes, constraints and the applied versions.
    pub fn description(&self) -> Vec<String> {
        let query = match self.kind {
            Kind::Sqlite => SQLITE,
            Kind::Postgres => POSTGRES,
            Kind::MySql => MYSQL,
        };
        let lines = self.texts(&format!("{query} UNION ALL {ALL_DATABASES}")).unwrap();
        let name = format!("{}.", self.schema);
        let mut lines: Vec<_> = lines.iter().map(|line| line.replace(&name, "")).collect();
        lines.sort();
        lines
    }

    /// Asserts that the schema is complete. The message shows only the differences.
    pub fn assert_complete(&self, description: &[String]) {
        let found = self.description();
        let missing: Vec<_> = description.iter().filter(|line| !found.contains(line)).collect();
        let more: Vec<_> = found.iter().filter(|line| !description.contains(line)).collect();
        assert!(missing.is_empty() && more.is_empty(), "missing {missing:?}, more {more:?}");
        assert_eq!(found.len(), description.len());
    }

    /// The newest applied version, if any.
    pub fn version(&self) -> Option<u32> {
        let sql = "SELECT CONCAT(MAX(version), '') FROM elsewhere_schema_versions";
        self.texts(sql).ok()?.first()?.parse().ok()
    }

    /// True if a migration has started and is not complete.
    pub fn is_partly_migrated(&self) -> bool {
        let has_started = if self.kind == Kind::Sqlite {
            Path::new(self.url.trim_start_matches("sqlite://")).exists()
        } else {
            let lock = self.texts("SELECT holder FROM elsewhere_migrating");
            lock.is_ok_and(|holders| !holders.is_empty())
        };
        has_started && self.version() != Some(NEWEST)
    }

    pub fn serve(&self) -> Replica {
        Replica::start(&[("database.url", &self.url)])
    }

    /// Starts the service and does not wait until it serves.
    pub fn start(&self, folder: &TempDir) -> RunningProcess {
        start_service(folder, &self.url)
    }
}

const SQLITE: &str = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL";

const POSTGRES: &str = "
SELECT concat_ws(' ', attrelid::regclass, attname, atttypid, atttypmod, attnotnull)
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = current_schema()::regnamespace AND NOT attisdropped AND attnum > 0
UNION ALL
SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema()
UNION ALL
SELECT concat_ws(' ', conrelid::regclass, pg_get_constraintdef(oid))
FROM pg_constraint WHERE connamespace = current_schema()::regnamespace";

const MYSQL: &str = "
SELECT CONCAT_WS(' ', table_name, column_name, column_type, is_nullable,
                 COALESCE(column_default, '-'), COALESCE(collation_name, '-'))
FROM information_schema.columns WHERE table_schema = DATABASE()
UNION ALL
SELECT CONCAT_WS(' ', table_name, index_name, seq_in_index, column_name, collation, non_unique)
FROM information_schema.statistics WHERE table_schema = DATABASE()
UNION ALL
SELECT CONCAT_WS(' ', table_name, constraint_name, constraint_type)
FROM information_schema.table_constraints WHERE table_schema = DATABASE()";

const ALL_DATABASES: &str = "
SELECT CONCAT(version, ' ', description, ' ', oldest_program) FROM elsewhere_schema_versions
UNION ALL
SELECT CONCAT(COUNT(*), ' network') FROM networks";

/// Starts the service on a database and does not wait until it serves.
pub fn start_service(folder: &TempDir, url: &str) -> RunningProcess {
    let child = elsewhere(folder, &["serve"])
        .env("ELSEWHERE_SERVER__LISTEN", "127.0.0.1:0")
        .env("ELSEWHERE_ADMIN__LISTEN", "127.0.0.1:0")
        .env("ELSEWHERE_DATABASE__URL", url)
        .stderr(Stdio::piped())
        .spawn();
    RunningProcess(child.unwrap())
}
