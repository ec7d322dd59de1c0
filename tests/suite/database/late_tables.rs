//! Tables, the row in `networks`, and the file of a Kratos that starts at the same time: the
//! service waits for them, and exits with 1 if they do not come.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::databases::{Database, Kind, on_every_database};
use crate::support::http_client::send;
use crate::support::kratos::older_versions::older_versions;
use crate::support::output::OutputInTime as _;
use crate::support::process::{RunningProcess, elsewhere};

on_every_database! {
    tables_and_then_the_network_are_waited_for,
    tables_that_do_not_come_are_exit_code_1,
    a_network_that_does_not_come_is_exit_code_1,
    what_waiting_does_not_change_is_exit_code_2_at_once,
    sigterm_ends_the_wait,
}

/// Longer than one attempt, so that the service begins to wait.
const START_TIMEOUT: &str = "2s";

pub const NETWORK: &str = "INSERT INTO networks (id, created_at, updated_at)
    VALUES ('11111111-1111-4111-8111-111111111111', '2026-11-01 00:00:00', '2026-11-01 00:00:00')";

fn command(folder: &TempDir, url: &str, name: &str, start_timeout: &str) -> Command {
    let mut command = elsewhere(folder, &[name]);
    command
        .env("ELSEWHERE_SERVER__LISTEN", "127.0.0.1:0")
        .env("ELSEWHERE_ADMIN__LISTEN", "127.0.0.1:0")
        .env("ELSEWHERE_SERVER__SHUTDOWN_DELAY", "")
        .env("ELSEWHERE_SESSION__COOKIES", "false")
        .env("ELSEWHERE_LOG__FORMAT", "json")
        .env("ELSEWHERE_DATABASE__SCHEMA", "kratos")
        .env("ELSEWHERE_DATABASE__URL", url)
        .env("ELSEWHERE_DATABASE__START_TIMEOUT", start_timeout)
        .stderr(Stdio::piped())
        .stdout(Stdio::piped());
    command
}

/// A starting service, whose log is read line by line. It ends by itself if it waits for too long.
pub struct Starting {
    running: RunningProcess,
    lines: Box<dyn Iterator<Item = Value>>,
    seen: Vec<Value>,
    _folder: TempDir,
}

impl Starting {
    pub fn serve(url: &str, schema: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = command(&folder, url, "serve", "30s");
        let child = command.env("ELSEWHERE_DATABASE__SCHEMA", schema).spawn().unwrap();
        let mut running = RunningProcess(child);
        let lines = BufReader::new(running.0.stderr.take().unwrap()).lines();
        let lines = lines.map(|line| {
            let line = line.unwrap();
            serde_json::from_str(&line).unwrap_or(Value::String(line))
        });
        Self { running, lines: Box::new(lines), seen: Vec::new(), _folder: folder }
    }

    pub fn expect(&mut self, message: &str) -> Value {
        for line in self.lines.by_ref() {
            self.seen.push(line.clone());
            if line["message"].as_str().is_some_and(|text| text.contains(message)) {
                return line;
            }
        }
        panic!("no line with {message:?}: {:?}", self.seen);
    }

    fn count(&self, message: &str) -> usize {
        let texts = self.seen.iter().filter_map(|line| line["message"].as_str());
        texts.filter(|text| text.contains(message)).count()
    }
}

fn schema(kind: Kind) -> &'static str {
    older_versions(kind)[2].schema()
}

fn tables_and_then_the_network_are_waited_for(kind: Kind) {
    let database = Database::empty(kind);
    let mut starting = Starting::serve(&database.url, "kratos");
    if kind == Kind::Sqlite {
        starting.expect("for the database file");
        database.run("PRAGMA user_version = 0");
    }
    let line = starting.expect("for tables");
    assert!(line["problem"].as_str().unwrap().contains("table sessions"), "{line}");
    assert_eq!(line["level"], "INFO");
    database.run(schema(kind));
    let line = starting.expect("for a row in the table networks");
    assert!(line["problem"].as_str().unwrap().starts_with("database.network: "), "{line}");
    database.run(NETWORK);
    let line = starting.expect("listening");
    let public = line["public"].as_str().unwrap().parse().unwrap();
    assert_eq!(send(public, "GET", "/health/ready", &[]).status, 200);
    assert_eq!((starting.count("for tables"), starting.count("a row in")), (1, 1));
}

/// Runs a command to its end, which has to come in time, and checks its exit code. Returns the
/// lines of its error output.
fn fails(url: &str, name: &str, code: i32, within: Duration) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let began = Instant::now();
    let Output { status, stderr, .. } = command(&folder, url, name, START_TIMEOUT).output_in_time();
    let stderr = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(code), "{name}: {stderr}");
    assert!(began.elapsed() < within, "{name} took {:?}", began.elapsed());
    stderr.lines().map(str::to_owned).collect()
}

/// One line that says what is awaited, and one with the error. Commands print the error only.
fn gives_up(url: &str, awaited: &str, error: &str) {
    let lines = fails(url, "serve", 1, Duration::from_secs(10));
    let [waiting, last] = &lines[..] else { panic!("{lines:?}") };
    assert!(waiting.contains(awaited) && waiting.contains("waiting up to"), "{waiting}");
    assert!(last.starts_with(&format!("elsewhere: {error}")), "{last}");
    let lines = fails(url, "prune", 1, Duration::from_secs(10));
    assert_eq!(&lines[..], std::slice::from_ref(last));
}

fn tables_that_do_not_come_are_exit_code_1(kind: Kind) {
    let database = Database::empty(kind);
    if kind == Kind::Sqlite {
        gives_up(&database.url, "for the database file", "database.url: cannot open ");
        database.run("PRAGMA user_version = 0");
    }
    let error = "database.url: Kratos has not migrated this database: missing table ";
    gives_up(&database.url, "for tables", error);
    // A part of the tables is not enough.
    database.run(schema(kind));
    database.run("DROP TABLE session_devices");
    gives_up(&database.url, "for tables", &format!("{error}session_devices"));
}

fn a_network_that_does_not_come_is_exit_code_1(kind: Kind) {
    let database = Database::empty(kind);
    database.run(schema(kind));
    gives_up(&database.url, "networks", "database.network: the table networks is empty; ");
}

fn what_waiting_does_not_change_is_exit_code_2_at_once(kind: Kind) {
    let assert_wrong = |database: &Database, expected: &str| {
        let lines = fails(&database.url, "serve", 2, Duration::from_secs(10));
        let [only] = &lines[..] else { panic!("{lines:?}") };
        assert!(only.starts_with("elsewhere: database.") && only.contains(expected), "{only}");
    };
    // Columns alone are missing in a version that is too old.
    let old = older_versions(kind)[2].database(kind, 1);
    old.run("ALTER TABLE identities DROP COLUMN metadata_public");
    assert_wrong(&old, "missing column identities.metadata_public");
    let several = older_versions(kind)[2].database(kind, 1);
    several.run(&NETWORK.replace("11111111", "99999999"));
    assert_wrong(&several, "network: expected an id");
    let own = Database::empty(kind);
    let folder = tempfile::tempdir().unwrap();
    let migrated = command(&folder, &own.url, "migrate", "1s")
        .env("ELSEWHERE_DATABASE__SCHEMA", "own")
        .output_in_time();
    assert!(migrated.status.success(), "{migrated:?}");
    assert_wrong(&own, "set it to \"own\"");
}

fn sigterm_ends_the_wait(kind: Kind) {
    let database = Database::empty(kind);
    let mut starting = Starting::serve(&database.url, "kratos");
    starting.expect("waiting up to");
    starting.running.signal("TERM");
    starting.expect("stopped before the database could be used");
    assert_eq!(starting.running.wait().code(), Some(0));
}

/// Nobody creates folders, so a path without one is a wrong setting.
#[test]
fn a_file_in_a_folder_that_does_not_exist_is_exit_code_2() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/none/kratos.sqlite", folder.path().display());
    let lines = fails(&url, "serve", 2, Duration::from_secs(10));
    assert!(lines.len() == 1 && lines[0].contains("cannot open "), "{lines:?}");
}

/// A read-only replica waits for another one to create the file and its tables.
#[test]
fn a_read_only_replica_waits_for_the_tables() {
    let database = Database::empty(Kind::Sqlite);
    let run = |name, read_only| {
        let folder = tempfile::tempdir().unwrap();
        let mut command = command(&folder, &database.url, name, "1s");
        command.env("ELSEWHERE_DATABASE__SCHEMA", "own");
        command.env("ELSEWHERE_DATABASE__READ_ONLY", read_only).output_in_time()
    };
    let refused = run("serve", "true");
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    assert_eq!(run("migrate", "true").status.code(), Some(2));
    database.run("PRAGMA user_version = 0");
    let refused = run("serve", "true");
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    assert!(run("migrate", "false").status.success());
    let counted = run("prune", "true");
    assert!(!String::from_utf8_lossy(&counted.stderr).contains("missing"), "{counted:?}");
}

/// A server behind a firewall that drops packets, for example.
#[test]
fn a_silent_server_is_named_in_the_log() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    for scheme in ["postgres", "mysql"] {
        let mut starting = Starting::serve(&format!("{scheme}://u@{address}/d"), "kratos");
        let line = starting.expect("for the database");
        assert_eq!(line["problem"], "database.url: the server does not answer");
    }
}
