//! Interrupted migrations: the next start completes them, regardless of the moment of the
//! interruption.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use sqlx::Connection as _;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::support::databases;
use crate::support::databases::{Database, Kind, on_every_database};
use crate::support::process::{Replica, RunningProcess, elsewhere};
use crate::support::proxy::Proxy;

on_every_database! {
    the_next_start_completes_a_migration_killed_at_any_moment,
    every_version_can_be_applied_again,
}

/// The number of first starts to kill on each database.
const KILLS: u32 = 50;
/// The newest version of the schema.
const NEWEST: u32 = 8;

/// What is migrated: a database, or a schema on PostgreSQL, where creating a database is slow.
struct MigrationTarget {
    kind: Kind,
    url: String,
    schema: String,
    _database: Option<Database>,
}

impl MigrationTarget {
    fn new(kind: Kind) -> Self {
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
    fn several(kind: Kind, count: u32) -> Vec<Self> {
        let first = Self::new(kind);
        let others: Vec<_> = (1..count)
            .map(|nth| {
                if kind != Kind::Postgres {
                    return Self::new(kind);
                }
                let schema = format!("place_{nth}");
                first.run(&format!("CREATE SCHEMA {schema}"));
                let url = format!("{}&options=-csearch_path%3D{schema}", first.url);
                Self { kind, url, schema, _database: None }
            })
            .collect();
        // The target that owns the database is dropped last.
        others.into_iter().chain([first]).collect()
    }

    fn run(&self, sql: &str) {
        databases::run(self.kind, &self.url, sql);
    }

    fn texts(&self, sql: &str) -> sqlx::Result<Vec<String>> {
        databases::texts(self.kind, &self.url, sql)
    }

    /// A description of the schema: columns, indexes, constraints and the applied versions.
    fn description(&self) -> Vec<String> {
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
    fn assert_complete(&self, description: &[String]) {
        let found = self.description();
        let missing: Vec<_> = description.iter().filter(|line| !found.contains(line)).collect();
        let more: Vec<_> = found.iter().filter(|line| !description.contains(line)).collect();
        assert!(missing.is_empty() && more.is_empty(), "missing {missing:?}, more {more:?}");
        assert_eq!(found.len(), description.len());
    }

    /// The newest applied version, if any.
    fn version(&self) -> Option<u32> {
        let sql = "SELECT CONCAT(MAX(version), '') FROM elsewhere_schema_versions";
        self.texts(sql).ok()?.first()?.parse().ok()
    }

    /// True if a migration has started and is not complete.
    fn is_partly_migrated(&self) -> bool {
        let has_started = if self.kind == Kind::Sqlite {
            Path::new(self.url.trim_start_matches("sqlite://")).exists()
        } else {
            let lock = self.texts("SELECT holder FROM elsewhere_migrating");
            lock.is_ok_and(|holders| !holders.is_empty())
        };
        has_started && self.version() != Some(NEWEST)
    }

    fn serve(&self) -> Replica {
        Replica::start(&[("database.url", &self.url)])
    }

    /// Starts the service and does not wait until it serves.
    fn start(&self, folder: &TempDir) -> RunningProcess {
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

/// The schema after an uninterrupted start, and the duration of that start.
fn uninterrupted(kind: Kind) -> (Vec<String>, Duration) {
    let target = MigrationTarget::new(kind);
    let began = Instant::now();
    let replica = target.serve();
    let took = began.elapsed();
    drop(replica);
    (target.description(), took)
}

fn start_service(folder: &TempDir, url: &str) -> RunningProcess {
    let child = elsewhere(folder, &["serve"])
        .env("ELSEWHERE_SERVER__LISTEN", "127.0.0.1:0")
        .env("ELSEWHERE_ADMIN__LISTEN", "127.0.0.1:0")
        .env("ELSEWHERE_DATABASE__URL", url)
        .stderr(Stdio::piped())
        .spawn();
    RunningProcess(child.unwrap())
}

fn kill(mut running: RunningProcess) {
    running.0.kill().unwrap();
    running.0.wait().unwrap();
}

/// Waits until the process exits. Returns its exit status and its output.
fn wait_for_exit(mut running: RunningProcess) -> (ExitStatus, String) {
    let mut stderr = String::new();
    running.0.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    (running.0.wait().unwrap(), stderr)
}

/// Starts a service on each target, all concurrently, and asserts that every schema is complete.
fn assert_next_start_completes(targets: &[MigrationTarget], description: &[String]) {
    std::thread::scope(|scope| {
        for target in targets {
            scope.spawn(|| {
                drop(target.serve());
                target.assert_complete(description);
            });
        }
    });
}

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(20), "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn the_next_start_completes_a_migration_killed_at_any_moment(kind: Kind) {
    let folder = tempfile::tempdir().unwrap();
    let (description, span) = uninterrupted(kind);
    let targets = MigrationTarget::several(kind, KILLS);
    for (target, nth) in targets.iter().zip(0..) {
        let process = target.start(&folder);
        std::thread::sleep(span * nth / KILLS);
        kill(process);
    }
    let partly_migrated = targets.iter().filter(|target| target.is_partly_migrated()).count();
    eprintln!("{partly_migrated} of {KILLS} were partly migrated, in a span of {span:?}");
    assert!(partly_migrated >= 3, "{partly_migrated}");
    assert_next_start_completes(&targets, &description);
}

/// Texts of the statements with which a migration acquires the migration lock, starts and records
/// each version, and releases the lock.
fn steps(kind: Kind) -> Vec<String> {
    let statements = [
        "INSERT INTO elsewhere_migrating",
        "CREATE TABLE IF NOT EXISTS elsewhere_schema_versions",
        "CREATE TABLE IF NOT EXISTS networks",
        "INSERT INTO networks",
        "CREATE TABLE IF NOT EXISTS identities",
        "CREATE TABLE IF NOT EXISTS sessions",
        "CREATE TABLE IF NOT EXISTS session_devices",
        "sessions_in_order ON sessions",
        "CREATE TABLE IF NOT EXISTS elsewhere_activity",
        "DELETE FROM elsewhere_migrating",
    ];
    let versions = (1..=NEWEST).map(|version| format!("VALUES ({version}, "));
    let only_mysql = (kind == Kind::MySql).then(|| "MODIFY external_id".to_owned());
    statements.into_iter().map(str::to_owned).chain(versions).chain(only_mysql).collect()
}

/// Kills a first start after it has sent this statement and before the server receives it.
fn kill_before(target: &MigrationTarget, step: &str) {
    let folder = tempfile::tempdir().unwrap();
    let (proxy, url) = Proxy::start(&target.url);
    proxy.hold(step);
    let process = start_service(&folder, &url);
    wait_until(step, || proxy.is_holding());
    kill(process);
}

fn the_next_start_completes_a_migration_killed_before_any_step(kind: Kind) {
    let (description, _) = uninterrupted(kind);
    let steps = steps(kind);
    let targets = MigrationTarget::several(kind, steps.len().try_into().unwrap());
    std::thread::scope(|scope| {
        for (target, step) in targets.iter().zip(&steps) {
            scope.spawn(|| kill_before(target, step));
        }
    });
    let partly_migrated = targets.iter().filter(|target| target.is_partly_migrated()).count();
    // All except the target where nothing had started and the one where everything was done.
    assert_eq!(partly_migrated, steps.len() - 2);
    assert_next_start_completes(&targets, &description);
}

#[test]
fn on_postgres_the_next_start_completes_a_migration_killed_before_any_step() {
    the_next_start_completes_a_migration_killed_before_any_step(Kind::Postgres);
}

#[test]
fn on_mysql_the_next_start_completes_a_migration_killed_before_any_step() {
    the_next_start_completes_a_migration_killed_before_any_step(Kind::MySql);
}

/// The holder of the migration lock is paused after its fence check and after it has sent a
/// statement, for longer than its lease. Another process completes the migration, and the late
/// statement has no effect.
fn a_holder_that_lost_the_migration_lock_writes_nothing(kind: Kind) {
    let (folder, target) = (tempfile::tempdir().unwrap(), MigrationTarget::new(kind));
    let (proxy, url) = Proxy::start(&target.url);
    proxy.hold("CREATE TABLE IF NOT EXISTS session_devices");
    let mut paused = start_service(&folder, &url);
    wait_until("the statement is not sent", || proxy.is_holding());
    paused.signal("STOP");

    drop(target.serve());
    assert_eq!(target.version(), Some(NEWEST));
    // If the table exists again later, the paused holder has created it.
    target.run("DROP TABLE session_devices");
    proxy.release();
    paused.signal("CONT");
    // It finds that another process has migrated, and serves.
    let stderr = BufReader::new(paused.0.stderr.take().unwrap());
    assert!(stderr.lines().any(|line| line.unwrap().contains("listening")));
    assert!(target.texts("SELECT CONCAT(COUNT(*), '') FROM session_devices").is_err());
}

#[test]
fn on_postgres_a_holder_that_lost_the_migration_lock_writes_nothing() {
    a_holder_that_lost_the_migration_lock_writes_nothing(Kind::Postgres);
}

#[test]
fn on_mysql_a_holder_that_lost_the_migration_lock_writes_nothing() {
    a_holder_that_lost_the_migration_lock_writes_nothing(Kind::MySql);
}

/// An interrupted version is applied again. All versions are applied again to a database from
/// before the first release, whose versions had other numbers and were in another table.
fn every_version_can_be_applied_again(kind: Kind) {
    let target = MigrationTarget::new(kind);
    drop(target.serve());
    let description = target.description();
    target.run("DELETE FROM elsewhere_schema_versions");
    drop(target.serve());
    target.assert_complete(&description);
}

/// A database at version 5 with an open transaction that has read identities: version 6 can be
/// applied, and version 7 waits.
fn blocked_between_two_versions() -> (MigrationTarget, Runtime, sqlx::MySqlConnection) {
    let target = MigrationTarget::new(Kind::MySql);
    kill_before(&target, "sessions_in_order ON sessions");
    // Otherwise the next start would wait until the lease has expired.
    target.run("DELETE FROM elsewhere_migrating");
    assert_eq!(target.version(), Some(5));
    let runtime = Runtime::new().unwrap();
    let reader = runtime.block_on(async {
        let mut reader = sqlx::MySqlConnection::connect(&target.url).await.unwrap();
        sqlx::raw_sql("BEGIN; SELECT id FROM identities").execute(&mut reader).await.unwrap();
        reader
    });
    (target, runtime, reader)
}

#[test]
fn on_mysql_a_locked_table_fails_this_start_but_not_the_next() {
    let (target, runtime, reader) = blocked_between_two_versions();
    let folder = tempfile::tempdir().unwrap();
    let (status, stderr) = wait_for_exit(target.start(&folder));
    assert_eq!(status.code(), Some(2), "{stderr}");
    let last = stderr.lines().last().unwrap();
    let expected = "elsewhere: database.url: migration 7 (case-sensitive external ids) failed";
    assert!(last.starts_with(expected), "{last}");
    assert_eq!(target.version(), Some(6));
    runtime.block_on(reader.close()).unwrap();
    assert_next_start_completes(&[target], &uninterrupted(Kind::MySql).0);
}

#[test]
fn on_mysql_a_kill_during_a_lock_wait_does_not_fail_the_next_start() {
    let (target, runtime, reader) = blocked_between_two_versions();
    let folder = tempfile::tempdir().unwrap();
    let process = target.start(&folder);
    let waiting = "SELECT info FROM information_schema.processlist
                   WHERE db = DATABASE() AND state = 'Waiting for table metadata lock'";
    wait_until("it does not wait", || !target.texts(waiting).unwrap().is_empty());
    kill(process);
    runtime.block_on(reader.close()).unwrap();
    assert_next_start_completes(&[target], &uninterrupted(Kind::MySql).0);
}
