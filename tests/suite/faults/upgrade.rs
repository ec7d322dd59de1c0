//! Upgrades from the previous release and back: two replicas behind nginx, on PostgreSQL, are
//! replaced one after another under load. No request fails, and no session is lost.
//!
//! `tests/run upgrade` builds the previous release (`tests/previous`).

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use uuid::Uuid;

use crate::faults::rolling::{nginx, send_requests};
use crate::support::databases::{Database, Kind};
use crate::support::http_client::{get, send};
use crate::support::nginx::{await_listener, free_address};
use crate::support::process::RunningProcess;
use crate::support::servers::Server;
use crate::support::sign_in::{SignIn, SignedIn};

const CALLERS: usize = 4;
/// The number of requests between two steps.
const REQUESTS: usize = 2000;
const STEP_LIMIT: Duration = Duration::from_mins(1);

struct ReplicaPlace {
    public: SocketAddr,
    admin: SocketAddr,
    running: Option<RunningProcess>,
}

impl ReplicaPlace {
    fn new() -> Self {
        Self { public: free_address(), admin: free_address(), running: None }
    }

    /// Stops the program that runs here in order, and starts this one.
    fn run(&mut self, program: &Path, database: &Database, folder: &TempDir) {
        if let Some(mut running) = self.running.take() {
            running.signal("TERM");
            assert!(running.wait().success());
        }
        let child = Command::new(program)
            .arg("serve")
            .current_dir(folder.path())
            .env_clear()
            .env("ELSEWHERE_SERVER__LISTEN", self.public.to_string())
            .env("ELSEWHERE_ADMIN__LISTEN", self.admin.to_string())
            .env("ELSEWHERE_DATABASE__URL", &database.url)
            .env("ELSEWHERE_SERVER__SHUTDOWN_DELAY", "1s")
            .env("ELSEWHERE_LOG__LEVEL", "error")
            .stderr(Stdio::null())
            .spawn();
        self.running = Some(RunningProcess(child.unwrap()));
        await_listener(self.public);
    }
}

/// The program that `tests/previous` built.
fn previous_release() -> PathBuf {
    let path = std::env::var_os("ELSEWHERE_PREVIOUS").unwrap_or_else(|| {
        panic!("ELSEWHERE_PREVIOUS is not set: run tests/run upgrade, which builds it")
    });
    path.into()
}

/// Stops the callers at the end, and also if the test fails, which would wait for them.
struct StopOnDrop<'a>(&'a AtomicBool);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn await_requests(answered: &AtomicUsize) {
    let (began, until) = (Instant::now(), answered.load(Ordering::Relaxed) + REQUESTS);
    while answered.load(Ordering::Relaxed) < until {
        assert!(began.elapsed() < STEP_LIMIT, "a caller has failed, or no request is answered");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn revoke(address: SocketAddr, token: &str, session: &str) -> u16 {
    let headers: &[(&str, &[u8])] = &[("X-Session-Token", token.as_bytes())];
    send(address, "DELETE", &format!("/sessions/{session}"), headers).status
}

#[test]
#[ignore = "run by tests/run upgrade"]
fn no_request_fails_and_no_session_is_lost_during_an_upgrade_and_a_rollback() {
    let this_release = PathBuf::from(env!("CARGO_BIN_EXE_elsewhere"));
    let previous_release = previous_release();
    let server = Server::start(Kind::Postgres);
    let database = Database::on(Kind::Postgres, &server.url);
    let folder = tempfile::tempdir().unwrap();
    let mut replicas = [ReplicaPlace::new(), ReplicaPlace::new()];
    for replica in &mut replicas {
        replica.run(&previous_release, &database, &folder);
    }
    let listen = free_address();
    let _nginx = nginx([replicas[0].public, replicas[1].public], listen);
    let person = Uuid::new_v4();
    let token = SignIn::new(person).at(replicas[0].admin).token;

    let (answered, stopped) = (AtomicUsize::new(0), AtomicBool::new(false));
    let (mut live, mut revoked) = (vec![token.clone()], Vec::new());
    let go_on = |_| !stopped.load(Ordering::Relaxed);
    std::thread::scope(|scope| {
        let stop = StopOnDrop(&stopped);
        let callers: Vec<_> = (0..CALLERS)
            .map(|_| scope.spawn(|| send_requests(listen, &token, &answered, go_on)))
            .collect();
        // Up, back, and up again. Between two steps, both releases serve.
        for program in [&this_release, &previous_release, &this_release] {
            for nth in 0..2 {
                replicas[nth].run(program, &database, &folder);
                await_requests(&answered);
                // Each replica accepts what the other one has issued, and refuses what it revoked.
                let [one, other] = [&replicas[nth], &replicas[1 - nth]];
                let SignedIn { session, token: ended } = SignIn::new(person).at(one.admin);
                assert_eq!(revoke(other.public, &token, &session), 204);
                live.push(SignIn::new(person).at(other.admin).token);
                revoked.push(ended);
                for replica in [one, other] {
                    let whoami = |token| get(replica.public, "/sessions/whoami", token).status;
                    for token in &live {
                        assert_eq!(whoami(token), 200);
                    }
                    for token in &revoked {
                        assert_eq!(whoami(token), 401);
                    }
                }
            }
        }
        drop(stop);
        for caller in callers {
            caller.join().unwrap();
        }
    });
    assert_eq!((live.len(), revoked.len()), (7, 6));
    println!("{} requests, none failed", answered.into_inner());
}
