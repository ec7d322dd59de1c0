//! A process that serves beside a Kratos's database, and its log.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::databases::{Database, Kind};
use crate::support::http_client::{Answer, get, send};
use crate::support::kratos::older_versions::{older_versions, session_token};
use crate::support::process::{RunningProcess, serve_logging};
use crate::support::wait::wait_until;

pub struct BesideKratos {
    pub public: SocketAddr,
    log: Arc<Mutex<Vec<Value>>>,
    // Fields drop in this order: the process ends before its database is dropped.
    _running: RunningProcess,
    pub database: Database,
    _folder: TempDir,
}

impl BesideKratos {
    pub fn start(database: Database, settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = ("ELSEWHERE_DATABASE__URL", database.url.as_str());
        let mut environment = vec![url, SCHEMA, CONNECTIONS, TOKENS_ONLY];
        environment.extend(settings);
        let log = Arc::new(Mutex::new(Vec::new()));
        let (running, public, ..) = serve_logging(&folder, &environment, {
            let log = Arc::clone(&log);
            move |line| log.lock().unwrap().push(line)
        });
        Self { public, log, _running: running, database, _folder: folder }
    }

    /// Asks with the token of ana's first session.
    pub fn ask(&self, path: &str) -> Answer {
        get(self.public, path, &session_token(1))
    }

    pub fn ready(&self) -> u16 {
        send(self.public, "GET", "/health/ready", &[]).status
    }

    /// The lines of the log with this message.
    pub fn logged(&self, message: &str) -> Vec<Value> {
        let log = self.log.lock().unwrap();
        log.iter().filter(|line| line["message"] == message).cloned().collect()
    }

    /// Waits until the log has this many lines with this message.
    pub fn wait_for_lines(&self, message: &str, count: usize) -> Vec<Value> {
        wait_until(message, || self.logged(message).len() >= count);
        self.logged(message)
    }
}

/// The message of the log line of an outage.
pub const UNUSABLE: &str = "tables cannot be used";
/// The message of the log line of its end.
pub const USABLE: &str = "tables can be used again";

const SCHEMA: (&str, &str) = ("ELSEWHERE_DATABASE__SCHEMA", "kratos");
const TOKENS_ONLY: (&str, &str) = ("ELSEWHERE_SESSION__COOKIES", "false");
const CONNECTIONS: (&str, &str) = ("ELSEWHERE_DATABASE__MAX_CONNECTIONS", "4");

/// Starts beside the newest of the older versions.
pub fn beside_25(kind: Kind, sessions: u32) -> BesideKratos {
    BesideKratos::start(older_versions(kind)[2].database(kind, sessions), &[])
}

/// Returns false for a 503 as clients need it, and true for the expected answer. Panics at any
/// other.
pub fn is_served(answer: &Answer, expected: u16) -> bool {
    if answer.status == 503 {
        assert_eq!(answer.json()["error"]["code"], 503, "{answer:?}");
        assert!(answer.has("retry-after"), "{answer:?}");
        return false;
    }
    assert_eq!(answer.status, expected, "{answer:?}");
    true
}
