//! Replicas of the service, one for each node of a database cluster whose nodes are killed and frozen, under load.
//!
//! The tests measure time, so only a few run at a time: `tests/run clusters`.

use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::support::http_client::{get, send};
use crate::support::output::OutputInTime as _;
use crate::support::process::Replica;
use crate::support::sign_in::{SignIn, SignedIn};
use crate::support::simulated_users::{Report, SimulatedUsers};
use crate::support::wait::wait_until_within;

const USERS: usize = 5;
/// The time after the repair of a cluster within which the service must recover.
const RECOVERY_LIMIT: Duration = Duration::from_secs(5);
/// The duration of a fault: longer than the other nodes need to detect it.
const FAULT_DURATION: Duration = Duration::from_millis(3500);

struct Cluster {
    script: &'static str,
    folder: TempDir,
    ports: Vec<String>,
}

impl Cluster {
    fn start(script: &'static str) -> Self {
        let mut cluster = Self { script, folder: tempfile::tempdir().unwrap(), ports: Vec::new() };
        cluster.ports = cluster.run(&["up"]).lines().map(str::to_owned).collect();
        assert_eq!(cluster.ports.len(), 3, "{:?}", cluster.ports);
        cluster
    }

    fn run(&self, arguments: &[&str]) -> String {
        let script = format!("{}/tests/clusters/{}", env!("CARGO_MANIFEST_DIR"), self.script);
        let mut command = Command::new(script);
        let output = command.arg(self.folder.path()).args(arguments).output_in_time();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// A URL with all nodes, starting with `first`.
    fn url(&self, user: &str, first: usize, database: &str) -> String {
        let ports = self.ports.iter().cycle().skip(first - 1).take(3);
        let hosts: Vec<_> = ports.map(|port| format!("127.0.0.1:{port}")).collect();
        format!("{user}@{}/{database}", hosts.join(","))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.run(&["down"]);
    }
}

/// Starts all replicas at the same time on an empty database.
fn start(urls: [String; 3]) -> [Replica; 3] {
    let start = |url: String| {
        move || Replica::start(&[("database.url", url.as_str()), ("session.prune_interval", "1s")])
    };
    urls.map(|url| std::thread::spawn(start(url))).map(|replica| replica.join().unwrap())
}

fn ready(replicas: &[Replica; 3]) -> [u16; 3] {
    replicas.each_ref().map(|replica| get(replica.public, "/health/ready", "").status)
}

/// The faults that were injected into a cluster, with their times.
#[derive(Default)]
struct FaultLog(Vec<Fault>);

struct Fault {
    name: &'static str,
    injected: Instant,
    repaired: Instant,
}

impl FaultLog {
    /// Injects a fault, keeps it for a while, repairs it, and lets the users continue for longer
    /// than the recovery may take.
    fn inject(&mut self, name: &'static str, fault: impl Fn(), repair: impl Fn()) {
        let injected = Instant::now();
        fault();
        sleep(FAULT_DURATION);
        repair();
        self.0.push(Fault { name, injected, repaired: Instant::now() });
        sleep(RECOVERY_LIMIT + Duration::from_secs(1));
    }

    fn check(&self, report: &Report) {
        let ends = self.0.iter().skip(1).map(|fault| fault.injected).chain([Instant::now()]);
        for (fault, end) in self.0.iter().zip(ends) {
            eprintln!("{}", fault.name);
            report.assert_recovered_until(fault.repaired, RECOVERY_LIMIT, end);
        }
    }
}

/// Runs simulated users on all replicas while `scenario` injects faults. It returns the time span
/// in which requests were expected to be refused.
fn assert_recovery(
    cluster: &Cluster,
    url: impl Fn(usize) -> String,
    scenario: impl FnOnce(&mut FaultLog, &[Replica; 3]) -> (Instant, Instant),
) {
    let replicas = start([1, 2, 3].map(url));
    assert_eq!(ready(&replicas), [200, 200, 200], "{}", cluster.script);
    let users = SimulatedUsers::start(&replicas.each_ref(), USERS);
    sleep(Duration::from_secs(1));
    let mut faults = FaultLog::default();
    let (before, after) = scenario(&mut faults, &replicas);
    let report = users.stop();
    faults.check(&report);
    report.assert_refused_between(before, after);
    // Users were there. Their number is that of the machine's speed.
    assert!(report.requests > 200, "{}", report.requests);
}

/// Each replica writes to a different node while that node is available.
#[test]
#[ignore = "run by tests/run clusters"]
fn the_service_recovers_from_lost_galera_nodes_and_a_lost_majority() {
    let cluster = Cluster::start("galera");
    let url = |first| format!("mysql://{}", cluster.url("app:app", first, "app"));
    let run = |action: &str, node: &str| drop(cluster.run(&[action, node]));
    assert_recovery(&cluster, url, |faults, replicas| {
        faults.inject("node 1 killed", || run("kill", "1"), || run("start", "1"));
        faults.inject("node 2 killed", || run("kill", "2"), || run("start", "2"));
        faults.inject("node 3 frozen", || run("freeze", "3"), || run("thaw", "3"));
        let before = Instant::now();
        let repair = || {
            assert_eq!(ready(replicas), [503, 503, 503]);
            cluster.run(&["thaw", "1", "3"]);
        };
        faults.inject("majority lost", || drop(cluster.run(&["freeze", "1", "3"])), repair);
        let after = Instant::now();
        assert_eq!(ready(replicas), [200, 200, 200]);
        (before, after)
    });
}

/// The script acts as the failover manager of a real cluster (Patroni, repmgr).
#[test]
#[ignore = "run by tests/run clusters"]
fn the_service_recovers_from_lost_postgres_nodes_and_failovers() {
    let cluster = Cluster::start("postgres");
    let url = |first| format!("postgres://{}", cluster.url("postgres", first, "postgres"));
    let run = |action: &str, node: &str| drop(cluster.run(&[action, node]));
    assert_recovery(&cluster, url, |faults, replicas| {
        let fail_over = || drop(cluster.run(&["promote"]));
        let before = Instant::now();
        faults.inject("primary killed", || run("kill", "1"), fail_over);
        assert_eq!(ready(replicas), [200, 200, 200]);
        faults.inject("the old primary follows", || run("rejoin", "1"), || ());
        let primary = cluster.run(&["primary"]);
        faults.inject("next primary killed", || run("kill", &primary), fail_over);
        faults.inject("it follows, too", || run("rejoin", &primary), || ());
        let after = Instant::now();
        let primary = cluster.run(&["primary"]);
        let standbys: Vec<_> =
            ["1", "2", "3"].into_iter().filter(|node| *node != primary).collect();
        faults.inject(
            "a standby frozen",
            || run("freeze", standbys[0]),
            || run("thaw", standbys[0]),
        );
        faults.inject(
            "both standbys frozen",
            || drop(cluster.run(&["freeze", standbys[0], standbys[1]])),
            || drop(cluster.run(&["thaw", standbys[0], standbys[1]])),
        );
        faults.inject("primary frozen", || run("freeze", &primary), || run("thaw", &primary));
        (before, after)
    });
}

/// Two sessions of one identity.
struct TwoSessions {
    here: SignedIn,
    other: SignedIn,
}

impl TwoSessions {
    fn issue(replica: &Replica) -> Self {
        let sign_in = SignIn::new(uuid::Uuid::new_v4());
        Self { here: sign_in.at(replica.admin), other: sign_in.at(replica.admin) }
    }

    fn revoke_other(&self, replica: &Replica) -> u16 {
        let path = format!("/sessions/{}", self.other.session);
        let headers: &[(&str, &[u8])] = &[("X-Session-Token", self.here.token.as_bytes())];
        send(replica.public, "DELETE", &path, headers).status
    }

    fn whoami_other(&self, replica: &Replica) -> u16 {
        get(replica.public, "/sessions/whoami", &self.other.token).status
    }
}

/// The first call is cut off while it waits for a standby. Its write survives a crash of the
/// primary, so the second call has nothing to write. The second call must still wait until a
/// standby has the write.
#[test]
#[ignore = "run by tests/run clusters"]
fn a_retried_revocation_is_confirmed_only_once_a_standby_has_it() {
    let cluster = Cluster::start("postgres");
    let url = format!("postgres://{}", cluster.url("postgres", 1, "postgres"));
    let replica = Replica::start(&[("database.url", &url)]);
    let sessions = TwoSessions::issue(&replica);

    cluster.run(&["freeze", "2", "3"]);
    assert_eq!(sessions.revoke_other(&replica), 503);
    cluster.run(&["kill", "1"]);
    cluster.run(&["start", "1"]);
    // The revocation survived the crash, on the primary alone.
    wait_until_within(RECOVERY_LIMIT, "the cut off revocation is there", || {
        sessions.whoami_other(&replica) == 401
    });
    assert_eq!(sessions.revoke_other(&replica), 503, "confirmed before a standby had it");

    cluster.run(&["thaw", "2", "3"]);
    wait_until_within(RECOVERY_LIMIT, "the revocation is confirmed", || {
        sessions.revoke_other(&replica) == 204
    });
    cluster.run(&["kill", "1"]);
    cluster.run(&["promote"]);
    assert_eq!(sessions.whoami_other(&replica), 401, "lost by the failover");
}

/// The replica has idle connections to the frozen primary, and sends no statements while another
/// node is promoted.
#[test]
#[ignore = "run by tests/run clusters"]
fn a_superseded_primary_that_thaws_is_abandoned_within_a_second() {
    let cluster = Cluster::start("postgres");
    let url = format!("postgres://{}", cluster.url("postgres", 1, "postgres"));
    // Without `session.prune_interval`, so without frequent background work.
    let [idle, busy] = [(); 2].map(|()| Replica::start(&[("database.url", &url)]));
    let sessions = TwoSessions::issue(&idle);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(sessions.whoami_other(&idle), 200));
        }
    });

    cluster.run(&["freeze", "1"]);
    cluster.run(&["promote"]);
    wait_until_within(RECOVERY_LIMIT, "the session is revoked", || {
        sessions.revoke_other(&busy) == 204
    });
    cluster.run(&["thaw", "1"]);
    let thawed = Instant::now();
    while thawed.elapsed() < Duration::from_secs(3) {
        let asked = thawed.elapsed();
        let status = sessions.whoami_other(&idle);
        assert!(status != 200 || asked < Duration::from_secs(1), "accepted after {asked:?}");
    }
    assert_eq!(sessions.whoami_other(&idle), 401);
    assert_eq!(get(idle.public, "/health/ready", "").status, 200);
}

/// A replica that reaches only a standby is not ready, because nobody could sign out there.
#[test]
#[ignore = "run by tests/run clusters"]
fn a_replica_with_only_a_standby_is_not_ready() {
    let cluster = Cluster::start("postgres");
    let url = |node| format!("postgres://postgres@127.0.0.1:{}/postgres", cluster.ports[node]);
    let primary = Replica::start(&[("database.url", &url(0))]);
    assert_eq!(get(primary.public, "/health/ready", "").status, 200);
    let standby = Replica::start(&[("database.url", &url(1))]);
    assert_eq!(get(standby.public, "/health/ready", "").status, 503);
    assert_eq!(get(standby.public, "/sessions", "nobodys").status, 401);
}
