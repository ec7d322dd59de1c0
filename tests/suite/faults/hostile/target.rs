//! The target of hostile clients: a replica of the service, and a well-behaved caller.

use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::api::limits::connect_from;
use crate::support::databases::{Database, Kind};
use crate::support::http_client::{get, send};
use crate::support::process::{Replica, RunningProcess};
use crate::support::servers::Server;
use crate::support::sign_in::SignIn;
use crate::support::wait::{wait_for, wait_until};

/// The time within which immediate effects must be visible.
pub const MAX_EFFECT_DELAY: Duration = Duration::from_secs(1);

/// The maximum duration of a call of the well-behaved caller; longer calls count as starved. The
/// limit is generous, because other tests run at the same time. `abuse` runs alone and measures the
/// delay itself.
const MAX_WAIT: Duration = Duration::from_secs(5);

/// The minimum duration of each attack.
const MIN_ATTACK_DURATION: Duration = Duration::from_secs(2);

/// The time within which the bystander has its responses: one a second on average.
const MAX_ATTACK_DURATION: Duration = Duration::from_secs(20);

/// A replica of the service, and a person who is signed in there.
pub struct Target {
    // Fields drop in this order: the replica stops before its database is dropped.
    pub replica: Replica,
    pub database: Database,
    pub server: Option<Server>,
    pub identity: uuid::Uuid,
    pub token: String,
}

impl Target {
    /// Starts on SQLite, for tests that do not depend on the kind of database.
    pub fn start(settings: &[(&str, &str)]) -> Self {
        Self::start_on(Kind::Sqlite, settings)
    }

    pub fn start_on(kind: Kind, settings: &[(&str, &str)]) -> Self {
        Self::new(Database::empty(kind), None, settings)
    }

    /// Starts on a private database server.
    pub fn on_own_server(kind: Kind, settings: &[(&str, &str)]) -> Self {
        let (database, server) = own_database(kind);
        Self::new(database, server, settings)
    }

    fn new(database: Database, server: Option<Server>, settings: &[(&str, &str)]) -> Self {
        let url = [("database.url", database.url.as_str())];
        let settings: Vec<_> = url.iter().chain(settings).copied().collect();
        let replica = Replica::start(&settings);
        let identity = uuid::Uuid::new_v4();
        let token = SignIn::new(identity).at(replica.admin).token;
        Self { replica, database, server, identity, token }
    }

    pub fn resident_memory(&self) -> u64 {
        resident_memory(&self.replica.running)
    }

    /// Asserts that soon no request and no response is held.
    pub fn assert_nothing_is_held(&self) {
        let held = || {
            ["public", "admin"]
                .iter()
                .flat_map(|listener| {
                    [
                        self.metric(&format!(
                            "elsewhere_http_requests_in_flight{{listener=\"{listener}\"}}"
                        )),
                        self.metric(&format!(
                            "elsewhere_http_pending_response_bytes{{listener=\"{listener}\"}}"
                        )),
                    ]
                })
                .sum::<f64>()
        };
        wait_until("nothing is held", || held() == 0.0);
    }

    pub fn metric(&self, name: &str) -> f64 {
        let text = send(self.replica.admin, "GET", "/metrics/prometheus", &[]).body;
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {name} in {text}")).parse().unwrap()
    }

    /// Repeats an attack. Asserts that it leaves no connection and no open file behind, and that no
    /// response was a 5xx other than 503.
    pub fn assert_withstands(&self, attack: impl Fn(&Self)) {
        self.assert_list_is_served();
        // SQLite's pool of readers may grow to four connections with two files each, a server's
        // pool to 16.
        let pool = if self.database.kind == Kind::Sqlite { 8.0 } else { 16.0 };
        let files = self.metric("process_open_fds") + pool;
        let client = WellBehavedClient::start(self);
        let began = Instant::now();
        // As long as it takes for the bystander to have been in the midst of it.
        while began.elapsed() < MIN_ATTACK_DURATION || client.needs_more_responses(20) {
            attack(self);
        }
        client.stop();
        assert!(began.elapsed() < MAX_ATTACK_DURATION, "{:?}", began.elapsed());
        // The scrape uses a connection to the admin listener, so it is not counted here.
        wait_for(&format!("no connection, and at most {files} files"), || {
            let connections = self.metric("elsewhere_connections{listener=\"public\"}");
            let left = (connections, self.metric("process_open_fds"));
            if left.0 == 0.0 && left.1 <= files { Ok(()) } else { Err(left) }
        });
        self.assert_nothing_is_held();
        let text = send(self.replica.admin, "GET", "/metrics/prometheus", &[]).body;
        let failed = |line: &&str| line.contains("status=\"5") && !line.contains("status=\"503\"");
        assert_eq!(text.lines().find(failed), None);
    }

    pub fn assert_list_is_served(&self) {
        let answer = get(self.replica.public, "/sessions", &self.token);
        assert_eq!(answer.status, 200);
    }
}

/// A database on a private database server, or a SQLite file.
pub fn own_database(kind: Kind) -> (Database, Option<Server>) {
    if kind == Kind::Sqlite {
        return (Database::empty(kind), None);
    }
    let server = Server::start(kind);
    (Database::on(kind, &server.url), Some(server))
}

/// The resident memory of a process, in bytes.
pub fn resident_memory(process: &RunningProcess) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.0.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

/// A well-behaved caller that sends requests continuously, from another address.
pub struct WellBehavedClient {
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
    thread: JoinHandle<()>,
}

impl WellBehavedClient {
    fn start(target: &Target) -> Self {
        Self::start_at(target, "/sessions")
    }

    pub fn start_at(target: &Target, path: &str) -> Self {
        let path = path.to_owned();
        let stop = Arc::new(AtomicBool::new(false));
        let (address, token) = (target.replica.public, target.token.clone());
        let answered = Arc::new(AtomicUsize::new(0));
        let (stopping, counter) = (Arc::clone(&stop), Arc::clone(&answered));
        let thread = std::thread::spawn(move || {
            while !stopping.load(Ordering::Relaxed) {
                let began = Instant::now();
                let mut stream = connect_from(9, address);
                let request = format!(
                    "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
                     X-Session-Token: {token}\r\n\r\n"
                );
                stream.write_all(request.as_bytes()).unwrap();
                let mut answer = String::new();
                stream.read_to_string(&mut answer).unwrap();
                assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
                assert!(began.elapsed() < MAX_WAIT, "{:?}", began.elapsed());
                counter.fetch_add(1, Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(10));
            }
        });
        Self { stop, answered, thread }
    }

    /// True if it has fewer responses than that, and still asks: it stops where it fails.
    fn needs_more_responses(&self, responses: usize) -> bool {
        !self.thread.is_finished() && self.answered.load(Ordering::Relaxed) < responses
    }

    /// Stops the caller and returns the number of its responses.
    pub fn stop(self) -> usize {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap();
        self.answered.load(Ordering::Relaxed)
    }
}
