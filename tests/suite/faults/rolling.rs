//! Rolling restarts: replicas behind nginx are stopped and started one after another under load,
//! and no request fails.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::TempDir;

use crate::support::databases::{Database, Kind};
use crate::support::http_client::{connect, send};
use crate::support::nginx::{Nginx, await_listener, free_address};
use crate::support::process::{RunningProcess, elsewhere};
use crate::support::sign_in::SignIn;
use crate::support::wait::wait_until;

/// The total number of requests.
const REQUESTS: usize = 100_000;
const CALLERS: usize = 8;

/// nginx before two replicas, with keep-alive connections. `max_fails=0` makes nginx try both
/// replicas for each request: by default it avoids a failed one for ten seconds, and within that
/// time both are restarted once.
pub fn nginx(replicas: [SocketAddr; 2], listen: SocketAddr) -> Nginx {
    let mut config = String::from("events { worker_connections 4096; }\nhttp {\naccess_log off;\n");
    writeln!(
        config,
        "upstream elsewhere {{\n\
         server {} max_fails=0; server {} max_fails=0; keepalive 32; }}\n\
         server {{ listen {listen}; keepalive_requests 1000000; location / {{\n\
         proxy_pass http://elsewhere; proxy_http_version 1.1; proxy_set_header Connection \"\";\n\
         proxy_next_upstream error timeout http_503;\n}} }} }}",
        replicas[0], replicas[1]
    )
    .unwrap();
    Nginx::start(&config, listen)
}

struct Fixture {
    database: Database,
    folder: TempDir,
}

impl Fixture {
    fn start_replica(&self, public: SocketAddr, admin: SocketAddr) -> RunningProcess {
        let child = elsewhere(&self.folder, &["serve"])
            .env("ELSEWHERE_SERVER__LISTEN", public.to_string())
            .env("ELSEWHERE_ADMIN__LISTEN", admin.to_string())
            .env("ELSEWHERE_DATABASE__URL", &self.database.url)
            .env("ELSEWHERE_SERVER__SHUTDOWN_DELAY", "1s")
            .env("ELSEWHERE_LOG__LEVEL", "error")
            .stderr(Stdio::null())
            .spawn();
        await_listener(public);
        RunningProcess(child.unwrap())
    }
}

/// Sends requests on one connection, and opens another when the service closes it. Goes on while
/// this is true for the number of requests that all callers have made.
pub fn send_requests(
    address: SocketAddr,
    token: &str,
    answered: &AtomicUsize,
    go_on: impl Fn(usize) -> bool,
) {
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    let request = format!("GET /sessions HTTP/1.1\r\nHost: x\r\nX-Session-Token: {token}\r\n\r\n");
    let connect = || BufReader::new(connect(address));
    let mut stream = connect();
    while go_on(answered.load(Ordering::Relaxed)) {
        stream.get_mut().write_all(request.as_bytes()).unwrap();
        let (mut head, mut length, mut closes) = (String::new(), 0, false);
        stream.read_line(&mut head).unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).unwrap();
            let line = line.trim_end().to_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.parse().unwrap();
            }
            closes |= line == "connection: close";
        }
        stream.read_exact(&mut vec![0; length]).unwrap();
        answered.fetch_add(1, Ordering::Relaxed);
        if closes {
            stream = connect();
        }
    }
}

#[test]
#[ignore = "run by tests/run faults"]
fn no_request_fails_during_a_rolling_restart() {
    let fixture =
        Fixture { database: Database::empty(Kind::Sqlite), folder: tempfile::tempdir().unwrap() };
    let addresses = [(free_address(), free_address()), (free_address(), free_address())];
    let mut replicas = addresses.map(|(public, admin)| fixture.start_replica(public, admin));
    let listen = free_address();
    let _nginx = nginx([addresses[0].0, addresses[1].0], listen);
    let token = SignIn::new(uuid::Uuid::new_v4()).at(addresses[0].1).token;

    let answered = AtomicUsize::new(0);
    let restarts = std::thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS)
            .map(|_| scope.spawn(|| send_requests(listen, &token, &answered, |all| all < REQUESTS)))
            .collect();
        let go_on = || callers.iter().all(|caller| !caller.is_finished());
        let mut restarts = 0;
        while go_on() {
            let nth = restarts % 2;
            let (public, admin) = addresses[nth];
            replicas[nth].signal("TERM");
            // The replica reports that it is not ready before it stops.
            wait_until("the replica is no longer ready", || {
                send(admin, "GET", "/health/ready", &[]).status == 503
            });
            assert!(replicas[nth].wait().success());
            replicas[nth] = fixture.start_replica(public, admin);
            restarts += 1;
            let until = answered.load(Ordering::Relaxed) + 2000;
            wait_until("the callers get responses", || {
                !go_on() || answered.load(Ordering::Relaxed) >= until
            });
        }
        restarts
    });
    assert!(restarts >= 4, "{restarts}");
}
