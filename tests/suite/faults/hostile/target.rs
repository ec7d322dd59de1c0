//! Who is harmed: a copy of the service, and a well-behaved caller.

use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::api::limits::connect_from;
use crate::support::databases::{Database, Kind};
use crate::support::http_client::{get, send, send_json};
use crate::support::process::{Copy, Running};
use crate::support::servers::Server;

/// What is to happen at once has happened by then.
pub const SOON: Duration = Duration::from_secs(1);

/// A well-behaved caller who waits for longer is starved. Other tests run beside this one;
/// how much longer than alone they wait is measured where nothing does, by `abuse`.
const STARVED: Duration = Duration::from_secs(5);

/// How long each of them goes on, at least.
const LONG: Duration = Duration::from_secs(2);

/// A copy of the service, and someone who is signed in there.
pub struct Target {
    // Dropped in this order: who serves goes before what is served.
    pub copy: Copy,
    pub database: Database,
    pub server: Option<Server>,
    pub identity: uuid::Uuid,
    pub token: String,
}

impl Target {
    /// On SQLite, where it does not matter which database.
    pub fn start(settings: &[(&str, &str)]) -> Self {
        Self::start_on(Kind::Sqlite, settings)
    }

    pub fn start_on(kind: Kind, settings: &[(&str, &str)]) -> Self {
        Self::before(Database::empty(kind), None, settings)
    }

    /// On a database server that nobody else uses.
    pub fn on_own_server(kind: Kind, settings: &[(&str, &str)]) -> Self {
        let (database, server) = own_database(kind);
        Self::before(database, server, settings)
    }

    fn before(database: Database, server: Option<Server>, settings: &[(&str, &str)]) -> Self {
        let url = [("database.url", database.url.as_str())];
        let settings: Vec<_> = url.iter().chain(settings).copied().collect();
        let copy = Copy::start(&settings);
        let identity = uuid::Uuid::new_v4();
        let path = format!("/admin/identities/{identity}/sessions");
        let body = r#"{"authentication_methods": [{"method": "password", "aal": "aal1"}]}"#;
        let issued = send_json(copy.admin, "POST", &path, &[], body).json();
        let token = issued["session_token"].as_str().unwrap().to_owned();
        Self { copy, database, server, identity, token }
    }

    pub fn resident_memory(&self) -> u64 {
        resident_memory(&self.copy.running)
    }

    /// Soon no request and no response is held any more.
    pub fn holds_nothing(&self) {
        let held = || {
            ["public", "admin"]
                .iter()
                .flat_map(|side| {
                    [
                        self.metric(&format!(
                            "elsewhere_http_requests_in_flight{{listener=\"{side}\"}}"
                        )),
                        self.metric(&format!(
                            "elsewhere_http_pending_response_bytes{{listener=\"{side}\"}}"
                        )),
                    ]
                })
                .sum::<f64>()
        };
        let began = Instant::now();
        while held() > 0.0 {
            assert!(began.elapsed() < Duration::from_secs(5), "{} is held", held());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn metric(&self, name: &str) -> f64 {
        let text = send(self.copy.admin, "GET", "/metrics/prometheus", &[]).body;
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {name} in {text}")).parse().unwrap()
    }

    /// After what is done to it, again and again, nothing is left of that: no 5xx, no
    /// connection, no file.
    pub fn stands(&self, what: impl Fn(&Self)) {
        self.asks_once();
        // The pool of readers may grow to its four, with two files each; a server's to 16.
        let pool = if self.database.kind == Kind::Sqlite { 8.0 } else { 16.0 };
        let files = self.metric("process_open_fds") + pool;
        let bystander = Bystander::begin(self);
        let began = Instant::now();
        while began.elapsed() < LONG {
            what(self);
        }
        let requests = bystander.end();
        assert!(requests > 20, "{requests}");
        let began = Instant::now();
        // The scrape has one of its own.
        while self.metric("elsewhere_connections{listener=\"public\"}") > 0.0
            || self.metric("process_open_fds") > files
        {
            let left = self.metric("process_open_fds");
            assert!(began.elapsed() < Duration::from_secs(20), "{left} of {files} are left");
            std::thread::sleep(Duration::from_millis(100));
        }
        self.holds_nothing();
        let text = send(self.copy.admin, "GET", "/metrics/prometheus", &[]).body;
        let failed = |line: &&str| line.contains("status=\"5") && !line.contains("status=\"503\"");
        assert_eq!(text.lines().find(failed), None);
    }

    pub fn asks_once(&self) {
        let answer = get(self.copy.public, "/sessions", &self.token);
        assert_eq!(answer.status, 200);
    }
}

/// On a database server that nobody else uses, where there is one.
pub fn own_database(kind: Kind) -> (Database, Option<Server>) {
    if kind == Kind::Sqlite {
        return (Database::empty(kind), None);
    }
    let server = Server::start(kind);
    (Database::on(kind, &server.url), Some(server))
}

/// How much memory a process has, in bytes.
pub fn resident_memory(process: &Running) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.0.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

/// Asks again and again, from another address.
pub struct Bystander {
    stop: Arc<AtomicBool>,
    asking: JoinHandle<usize>,
}

impl Bystander {
    fn begin(target: &Target) -> Self {
        Self::begin_with(target, "/sessions")
    }

    pub fn begin_with(target: &Target, path: &str) -> Self {
        let path = path.to_owned();
        let stop = Arc::new(AtomicBool::new(false));
        let (address, token) = (target.copy.public, target.token.clone());
        let stopping = Arc::clone(&stop);
        let asking = std::thread::spawn(move || {
            let mut requests = 0;
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
                assert!(began.elapsed() < STARVED, "{:?}", began.elapsed());
                requests += 1;
                std::thread::sleep(Duration::from_millis(10));
            }
            requests
        });
        Self { stop, asking }
    }

    /// Gives how often it was served.
    pub fn end(self) -> usize {
        self.stop.store(true, Ordering::Relaxed);
        self.asking.join().unwrap()
    }
}
