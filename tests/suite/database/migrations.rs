//! Migrations that are interrupted: whatever the moment, the next start finishes them.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use sqlx::Connection as _;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::support::databases;
use crate::support::databases::{Database, Kind, on_every_database};
use crate::support::process::{Copy, Running, elsewhere};
use crate::support::proxy::Proxy;

on_every_database! {
    a_first_start_that_is_killed_at_any_moment_is_finished_by_the_next,
    versions_may_be_applied_again,
}

/// How often a first start is killed on each database.
const KILLS: u32 = 50;
/// The newest version of the schema.
const NEWEST: u32 = 8;

/// Somewhere to migrate: a database, or on PostgreSQL, where making one takes long, a schema.
struct Place {
    kind: Kind,
    url: String,
    schema: String,
    _database: Option<Database>,
}

impl Place {
    fn new(kind: Kind) -> Self {
        let database = Database::empty(kind);
        // Without TLS, so that a proxy can read what is sent.
        let url = match kind {
            Kind::Sqlite => database.url.clone(),
            Kind::Postgres => format!("{}?sslmode=disable", database.url),
            Kind::MySql => format!("{}?ssl-mode=DISABLED", database.url),
        };
        Self { kind, url, schema: "public".to_owned(), _database: Some(database) }
    }

    /// Several places; the first has the database of all, where there is one.
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
        // Dropped in this order.
        others.into_iter().chain([first]).collect()
    }

    fn run(&self, sql: &str) {
        databases::run(self.kind, &self.url, sql);
    }

    fn texts(&self, sql: &str) -> sqlx::Result<Vec<String>> {
        databases::texts(self.kind, &self.url, sql)
    }

    /// What the schema is: columns, indexes, constraints and the versions that were applied.
    fn whole(&self) -> Vec<String> {
        let of_kind = match self.kind {
            Kind::Sqlite => SQLITE,
            Kind::Postgres => POSTGRES,
            Kind::MySql => MYSQL,
        };
        let lines = self.texts(&format!("{of_kind} UNION ALL {EVERYWHERE}")).unwrap();
        let name = format!("{}.", self.schema);
        let mut lines: Vec<_> = lines.iter().map(|line| line.replace(&name, "")).collect();
        lines.sort();
        lines
    }

    /// Fails with what differs alone.
    fn is_whole(&self, whole: &[String]) {
        let found = self.whole();
        let missing: Vec<_> = whole.iter().filter(|line| !found.contains(line)).collect();
        let more: Vec<_> = found.iter().filter(|line| !whole.contains(line)).collect();
        assert!(missing.is_empty() && more.is_empty(), "missing {missing:?}, more {more:?}");
        assert_eq!(found.len(), whole.len());
    }

    /// The newest version that was applied, if any was.
    fn version(&self) -> Option<u32> {
        let sql = "SELECT CONCAT(MAX(version), '') FROM elsewhere_schema_versions";
        self.texts(sql).ok()?.first()?.parse().ok()
    }

    /// Whether a migration was begun and not finished.
    fn is_half_done(&self) -> bool {
        let is_begun = if self.kind == Kind::Sqlite {
            Path::new(self.url.trim_start_matches("sqlite://")).exists()
        } else {
            let turn = self.texts("SELECT holder FROM elsewhere_migrating");
            turn.is_ok_and(|holders| !holders.is_empty())
        };
        is_begun && self.version() != Some(NEWEST)
    }

    fn serves(&self) -> Copy {
        Copy::start(&[("database.url", &self.url)])
    }

    /// Starts, and does not wait until it serves.
    fn begins(&self, folder: &TempDir) -> Running {
        begin(folder, &self.url)
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
const EVERYWHERE: &str = "
SELECT CONCAT(version, ' ', description, ' ', oldest_program) FROM elsewhere_schema_versions
UNION ALL
SELECT CONCAT(COUNT(*), ' network') FROM networks";

/// The schema that a start leaves which nobody disturbs, and how long that takes.
fn undisturbed(kind: Kind) -> (Vec<String>, Duration) {
    let place = Place::new(kind);
    let began = Instant::now();
    let copy = place.serves();
    let took = began.elapsed();
    drop(copy);
    (place.whole(), took)
}

fn begin(folder: &TempDir, url: &str) -> Running {
    let child = elsewhere(folder, &["serve"])
        .env("ELSEWHERE_SERVER__LISTEN", "127.0.0.1:0")
        .env("ELSEWHERE_ADMIN__LISTEN", "127.0.0.1:0")
        .env("ELSEWHERE_DATABASE__URL", url)
        .stderr(Stdio::piped())
        .spawn();
    Running(child.unwrap())
}

fn kill(mut running: Running) {
    running.0.kill().unwrap();
    running.0.wait().unwrap();
}

/// Ends by itself, and what it said.
fn ends(mut running: Running) -> (ExitStatus, String) {
    let mut said = String::new();
    running.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    (running.0.wait().unwrap(), said)
}

/// All of these are made whole by a start each, all at once.
fn are_finished_by_the_next_start(places: &[Place], whole: &[String]) {
    std::thread::scope(|scope| {
        for place in places {
            scope.spawn(|| {
                drop(place.serves());
                place.is_whole(whole);
            });
        }
    });
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(20), "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn a_first_start_that_is_killed_at_any_moment_is_finished_by_the_next(kind: Kind) {
    let folder = tempfile::tempdir().unwrap();
    let (whole, span) = undisturbed(kind);
    let places = Place::several(kind, KILLS);
    for (place, nth) in places.iter().zip(0..) {
        let start = place.begins(&folder);
        std::thread::sleep(span * nth / KILLS);
        kill(start);
    }
    let half_done = places.iter().filter(|place| place.is_half_done()).count();
    eprintln!("{half_done} of {KILLS} were half done, in a span of {span:?}");
    assert!(half_done >= 3, "{half_done}");
    are_finished_by_the_next_start(&places, &whole);
}

/// Texts of the statements with which a migration takes its turn, begins and notes each
/// version, and gives its turn back.
fn steps(kind: Kind) -> Vec<String> {
    let begun = [
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
    let noted = (1..=NEWEST).map(|version| format!("VALUES ({version}, "));
    let only_mysql = (kind == Kind::MySql).then(|| "MODIFY external_id".to_owned());
    begun.into_iter().map(str::to_owned).chain(noted).chain(only_mysql).collect()
}

/// A first start that was killed when it had sent this, and it had not arrived.
fn killed_before(place: &Place, step: &str) {
    let folder = tempfile::tempdir().unwrap();
    let (proxy, url) = Proxy::before(&place.url);
    proxy.hold(step);
    let start = begin(&folder, &url);
    until(step, || proxy.holds());
    kill(start);
}

fn a_first_start_that_is_killed_before_any_step_is_finished_by_the_next(kind: Kind) {
    let (whole, _) = undisturbed(kind);
    let steps = steps(kind);
    let places = Place::several(kind, steps.len().try_into().unwrap());
    std::thread::scope(|scope| {
        for (place, step) in places.iter().zip(&steps) {
            scope.spawn(|| killed_before(place, step));
        }
    });
    let half_done = places.iter().filter(|place| place.is_half_done()).count();
    // All but the one that had not begun, and the one that was done.
    assert_eq!(half_done, steps.len() - 2);
    are_finished_by_the_next_start(&places, &whole);
}

#[test]
fn a_first_start_that_is_killed_before_any_step_on_postgres_is_finished_by_the_next() {
    a_first_start_that_is_killed_before_any_step_is_finished_by_the_next(Kind::Postgres);
}

#[test]
fn a_first_start_that_is_killed_before_any_step_on_mysql_is_finished_by_the_next() {
    a_first_start_that_is_killed_before_any_step_is_finished_by_the_next(Kind::MySql);
}

/// A holder is paused between its fence and what it has sent, longer than its lease.
/// Another process does the rest; what arrives late changes nothing.
fn a_holder_that_was_taken_for_dead_writes_nothing_more(kind: Kind) {
    let (folder, place) = (tempfile::tempdir().unwrap(), Place::new(kind));
    let (proxy, url) = Proxy::before(&place.url);
    proxy.hold("CREATE TABLE IF NOT EXISTS session_devices");
    let mut paused = begin(&folder, &url);
    until("the holder is on its way", || proxy.holds());
    paused.signal("STOP");

    drop(place.serves());
    assert_eq!(place.version(), Some(NEWEST));
    // Whoever made it now would be the one that was taken for dead.
    place.run("DROP TABLE session_devices");
    proxy.let_go();
    paused.signal("CONT");
    // It finds that another one has migrated, and serves.
    let said = BufReader::new(paused.0.stderr.take().unwrap());
    assert!(said.lines().any(|line| line.unwrap().contains("listening")));
    assert!(place.texts("SELECT CONCAT(COUNT(*), '') FROM session_devices").is_err());
}

#[test]
fn a_holder_on_postgres_that_was_taken_for_dead_writes_nothing_more() {
    a_holder_that_was_taken_for_dead_writes_nothing_more(Kind::Postgres);
}

#[test]
fn a_holder_on_mysql_that_was_taken_for_dead_writes_nothing_more() {
    a_holder_that_was_taken_for_dead_writes_nothing_more(Kind::MySql);
}

/// As an interrupted version is; and as all of them are in a database from before the first
/// release, whose versions had other numbers and stood in another table.
fn versions_may_be_applied_again(kind: Kind) {
    let place = Place::new(kind);
    drop(place.serves());
    let whole = place.whole();
    place.run("DELETE FROM elsewhere_schema_versions");
    drop(place.serves());
    place.is_whole(&whole);
}

/// A database at version 5, with somebody who reads identities and does not end: version 6
/// is applied, and version 7 waits.
fn held_up_between_two_versions() -> (Place, Runtime, sqlx::MySqlConnection) {
    let place = Place::new(Kind::MySql);
    killed_before(&place, "sessions_in_order ON sessions");
    // Not to wait until it is taken for dead.
    place.run("DELETE FROM elsewhere_migrating");
    assert_eq!(place.version(), Some(5));
    let runtime = Runtime::new().unwrap();
    let reader = runtime.block_on(async {
        let mut reader = sqlx::MySqlConnection::connect(&place.url).await.unwrap();
        sqlx::raw_sql("BEGIN; SELECT id FROM identities").execute(&mut reader).await.unwrap();
        reader
    });
    (place, runtime, reader)
}

#[test]
fn a_lock_between_two_versions_on_mysql_fails_the_start_and_not_the_next() {
    let (place, runtime, reader) = held_up_between_two_versions();
    let folder = tempfile::tempdir().unwrap();
    let (status, said) = ends(place.begins(&folder));
    assert_eq!(status.code(), Some(2), "{said}");
    let last = said.lines().last().unwrap();
    let expected = "elsewhere: database.url: migration 7 (case-sensitive external ids) failed";
    assert!(last.starts_with(expected), "{last}");
    assert_eq!(place.version(), Some(6));
    runtime.block_on(reader.close()).unwrap();
    are_finished_by_the_next_start(&[place], &undisturbed(Kind::MySql).0);
}

#[test]
fn a_kill_while_a_version_waits_for_a_lock_on_mysql_does_not_fail_the_next_start() {
    let (place, runtime, reader) = held_up_between_two_versions();
    let folder = tempfile::tempdir().unwrap();
    let start = place.begins(&folder);
    let waiting = "SELECT info FROM information_schema.processlist
                   WHERE db = DATABASE() AND state = 'Waiting for table metadata lock'";
    until("it waits", || !place.texts(waiting).unwrap().is_empty());
    kill(start);
    runtime.block_on(reader.close()).unwrap();
    are_finished_by_the_next_start(&[place], &undisturbed(Kind::MySql).0);
}
