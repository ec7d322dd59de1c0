//! Who is harmed: a copy of the service, and a well-behaved caller.

use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::databases::{Database, Kind};
use crate::http_client::{get, send, send_json};
use crate::limits::connect_from;
use crate::process::Copy;

/// No well-behaved caller may wait for longer.
pub const SOON: Duration = Duration::from_secs(1);

/// How long each of them goes on, at least.
const LONG: Duration = Duration::from_secs(2);

/// A copy of the service, and someone who is signed in there.
pub struct Target {
    pub copy: Copy,
    pub token: String,
    _database: Database,
}

impl Target {
    pub fn start(settings: &[(&str, &str)]) -> Self {
        let database = Database::empty(Kind::Sqlite);
        let url = [("database.url", database.url.as_str())];
        let settings: Vec<_> = url.iter().chain(settings).copied().collect();
        let copy = Copy::start(&settings);
        let path = format!("/admin/identities/{}/sessions", uuid::Uuid::new_v4());
        let body = r#"{"authentication_methods": [{"method": "password", "aal": "aal1"}]}"#;
        let issued = send_json(copy.admin, "POST", &path, &[], body).json();
        let token = issued["session_token"].as_str().unwrap().to_owned();
        Self { copy, token, _database: database }
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
        // The pool of readers may grow to its four, with two files each.
        let files = self.metric("elsewhere_process_open_fds") + 8.0;
        let bystander = Bystander::begin(self);
        let began = Instant::now();
        while began.elapsed() < LONG {
            what(self);
        }
        let requests = bystander.end();
        assert!(requests > 20, "{requests}");
        let began = Instant::now();
        // The scrape has one of its own.
        while self.metric("elsewhere_connections{side=\"public\"}") > 0.0
            || self.metric("elsewhere_process_open_fds") > files
        {
            let left = self.metric("elsewhere_process_open_fds");
            assert!(began.elapsed() < Duration::from_secs(20), "{left} of {files} are left");
            std::thread::sleep(Duration::from_millis(100));
        }
        let text = send(self.copy.admin, "GET", "/metrics/prometheus", &[]).body;
        let failed = |line: &&str| line.contains("status=\"5") && !line.contains("status=\"503\"");
        assert_eq!(text.lines().find(failed), None);
    }

    fn asks_once(&self) {
        let answer = get(self.copy.public, "/sessions", &self.token);
        assert_eq!(answer.status, 200);
    }
}

/// Asks again and again, from another address.
struct Bystander {
    stop: Arc<AtomicBool>,
    asking: JoinHandle<usize>,
}

impl Bystander {
    fn begin(target: &Target) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (address, token) = (target.copy.public, target.token.clone());
        let stopping = Arc::clone(&stop);
        let asking = std::thread::spawn(move || {
            let mut requests = 0;
            while !stopping.load(Ordering::Relaxed) {
                let began = Instant::now();
                let mut stream = connect_from(9, address);
                let request = format!(
                    "GET /sessions HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
                     X-Session-Token: {token}\r\n\r\n"
                );
                stream.write_all(request.as_bytes()).unwrap();
                let mut answer = String::new();
                stream.read_to_string(&mut answer).unwrap();
                assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
                assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
                requests += 1;
                std::thread::sleep(Duration::from_millis(10));
            }
            requests
        });
        Self { stop, asking }
    }

    fn end(self) -> usize {
        self.stop.store(true, Ordering::Relaxed);
        self.asking.join().unwrap()
    }
}
