//! Two copies of the service over a cluster whose machines die and freeze, under load.
//!
//! They measure time, so that few run at a time, by `tests/run clusters`.

use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::support::http_client::{get, send, send_json};
use crate::support::process::Copy;
use crate::support::simulated_users::{Account, Crowd};

const PEOPLE: usize = 5;
/// How soon after a cluster is whole again, all is well.
const SOON: Duration = Duration::from_secs(5);
/// How long a node is gone: more than it takes the others to find that out.
const GONE: Duration = Duration::from_millis(3500);

struct Cluster {
    script: &'static str,
    folder: TempDir,
    ports: Vec<String>,
}

impl Cluster {
    fn start(script: &'static str) -> Self {
        let mut cluster = Self { script, folder: tempfile::tempdir().unwrap(), ports: Vec::new() };
        cluster.ports = cluster.does(&["up"]).lines().map(str::to_owned).collect();
        assert_eq!(cluster.ports.len(), 3, "{:?}", cluster.ports);
        cluster
    }

    fn does(&self, arguments: &[&str]) -> String {
        let script = format!("{}/tests/clusters/{}", env!("CARGO_MANIFEST_DIR"), self.script);
        let mut command = Command::new(script);
        let output = command.arg(self.folder.path()).args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// A URL of all nodes, that of `first` before the others.
    fn url(&self, user: &str, first: usize, database: &str) -> String {
        let ports = self.ports.iter().cycle().skip(first - 1).take(3);
        let hosts: Vec<_> = ports.map(|port| format!("127.0.0.1:{port}")).collect();
        format!("{user}@{}/{database}", hosts.join(","))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.does(&["down"]);
    }
}

/// Both copies, which start at the same time on an empty database.
fn start(urls: [String; 2]) -> [Copy; 2] {
    let start = |url: String| {
        move || Copy::start(&[("database.url", url.as_str()), ("session.prune_interval", "1s")])
    };
    urls.map(|url| std::thread::spawn(start(url))).map(|copy| copy.join().unwrap())
}

fn ready(copies: &[Copy; 2]) -> [u16; 2] {
    [&copies[0], &copies[1]].map(|copy| get(copy.public, "/health/ready", "").status)
}

/// What was done to a cluster, and when.
#[derive(Default)]
struct Diary(Vec<Page>);

struct Page {
    what: &'static str,
    broken: Instant,
    mended: Instant,
}

impl Diary {
    /// Breaks something, has it be so for a while, mends it, and has the crowd go
    /// on for as long as it may take to recover, and longer.
    fn write(&mut self, what: &'static str, breaks: impl Fn(), mends: impl Fn()) {
        let broken = Instant::now();
        breaks();
        sleep(GONE);
        mends();
        self.0.push(Page { what, broken, mended: Instant::now() });
        sleep(SOON + Duration::from_secs(1));
    }

    fn check(&self, account: &Account) {
        let ends = self.0.iter().skip(1).map(|page| page.broken).chain([Instant::now()]);
        for (page, end) in self.0.iter().zip(ends) {
            eprintln!("{}", page.what);
            account.was_well_between(page.mended, SOON, end);
        }
    }
}

/// A crowd on two copies over a cluster, to the end of what the `diary` tells. It
/// gives the span of time in which it was meant to hurt.
fn lives_through(
    cluster: &Cluster,
    url: impl Fn(usize) -> String,
    story: impl FnOnce(&mut Diary, &[Copy; 2]) -> (Instant, Instant),
) {
    let copies = start([url(1), url(2)]);
    assert_eq!(ready(&copies), [200, 200], "{}", cluster.script);
    let crowd = Crowd::gather(&[&copies[0], &copies[1]], PEOPLE);
    sleep(Duration::from_secs(1));
    let mut diary = Diary::default();
    let (before, after) = story(&mut diary, &copies);
    let account = crowd.go_home();
    diary.check(&account);
    account.was_refused_between(before, after);
    assert!(account.requests > 1000, "{}", account.requests);
}

/// Each copy writes to another node as long as it can.
#[test]
#[ignore = "of tests/run clusters"]
fn a_galera_cluster_loses_nodes_and_its_majority() {
    let cluster = Cluster::start("galera");
    let url = |first| format!("mysql://{}", cluster.url("app:app", first, "app"));
    let does = |what: &str, node: &str| drop(cluster.does(&[what, node]));
    lives_through(&cluster, url, |diary, copies| {
        diary.write("node 1 killed", || does("kill", "1"), || does("start", "1"));
        diary.write("node 2 killed", || does("kill", "2"), || does("start", "2"));
        diary.write("node 3 frozen", || does("freeze", "3"), || does("thaw", "3"));
        let before = Instant::now();
        let mend = || {
            assert_eq!(ready(copies), [503, 503]);
            cluster.does(&["thaw", "1", "3"]);
        };
        diary.write("majority lost", || drop(cluster.does(&["freeze", "1", "3"])), mend);
        let after = Instant::now();
        assert_eq!(ready(copies), [200, 200]);
        (before, after)
    });
}

/// What in a real cluster a watcher does (Patroni, repmgr), the script does.
#[test]
#[ignore = "of tests/run clusters"]
fn a_postgres_primary_is_lost_and_a_standby_takes_its_place() {
    let cluster = Cluster::start("postgres");
    let url = |first| format!("postgres://{}", cluster.url("postgres", first, "postgres"));
    let does = |what: &str, node: &str| drop(cluster.does(&[what, node]));
    lives_through(&cluster, url, |diary, copies| {
        let fail_over = || drop(cluster.does(&["promote"]));
        let before = Instant::now();
        diary.write("primary killed", || does("kill", "1"), fail_over);
        assert_eq!(ready(copies), [200, 200]);
        diary.write("the old primary follows", || does("rejoin", "1"), || ());
        let primary = cluster.does(&["primary"]);
        diary.write("next primary killed", || does("kill", &primary), fail_over);
        diary.write("it follows, too", || does("rejoin", &primary), || ());
        let after = Instant::now();
        let primary = cluster.does(&["primary"]);
        let standbys: Vec<_> =
            ["1", "2", "3"].into_iter().filter(|node| *node != primary).collect();
        diary.write(
            "a standby frozen",
            || does("freeze", standbys[0]),
            || does("thaw", standbys[0]),
        );
        diary.write(
            "both standbys frozen",
            || drop(cluster.does(&["freeze", standbys[0], standbys[1]])),
            || drop(cluster.does(&["thaw", standbys[0], standbys[1]])),
        );
        diary.write("primary frozen", || does("freeze", &primary), || does("thaw", &primary));
        (before, after)
    });
}

/// Someone signed in at two places, through the admin side of a replica.
struct SignedIn {
    here: String,
    /// Token and id of the other session.
    elsewhere: (String, String),
}

impl SignedIn {
    fn through(replica: &Copy) -> Self {
        let path = format!("/admin/identities/{}/sessions", uuid::Uuid::new_v4());
        let body = r#"{"authentication_methods": [{"method": "password", "aal": "aal1"}]}"#;
        let [here, elsewhere] = [(); 2].map(|()| {
            let issued = send_json(replica.admin, "POST", &path, &[], body).json();
            let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
            (text(&issued["session_token"]), text(&issued["session"]["id"]))
        });
        Self { here: here.0, elsewhere }
    }

    fn revoke_elsewhere(&self, replica: &Copy) -> u16 {
        let path = format!("/sessions/{}", self.elsewhere.1);
        send(replica.public, "DELETE", &path, &[("X-Session-Token", self.here.as_bytes())]).status
    }

    fn whoami_elsewhere(&self, replica: &Copy) -> u16 {
        get(replica.public, "/sessions/whoami", &self.elsewhere.0).status
    }
}

/// The first call is cut off while it waits for a standby. What it wrote is there after a
/// crash of the primary, so that the second call has nothing to write; a standby still
/// has to have it before the second call is answered.
#[test]
#[ignore = "of tests/run clusters"]
fn a_revocation_by_a_call_that_failed_is_confirmed_only_once_a_standby_has_it() {
    let cluster = Cluster::start("postgres");
    let url = format!("postgres://{}", cluster.url("postgres", 1, "postgres"));
    let replica = Copy::start(&[("database.url", &url)]);
    let someone = SignedIn::through(&replica);

    cluster.does(&["freeze", "2", "3"]);
    assert_eq!(someone.revoke_elsewhere(&replica), 503);
    cluster.does(&["kill", "1"]);
    cluster.does(&["start", "1"]);
    // The revocation survived the crash, on the primary alone.
    let began = Instant::now();
    while someone.whoami_elsewhere(&replica) != 401 {
        assert!(began.elapsed() < SOON, "the cut off revocation is not there");
    }
    assert_eq!(someone.revoke_elsewhere(&replica), 503, "confirmed before a standby had it");

    cluster.does(&["thaw", "2", "3"]);
    let began = Instant::now();
    while someone.revoke_elsewhere(&replica) != 204 {
        assert!(began.elapsed() < SOON, "not confirmed");
    }
    cluster.does(&["kill", "1"]);
    cluster.does(&["promote"]);
    assert_eq!(someone.whoami_elsewhere(&replica), 401, "lost by the failover");
}

/// The replica has idle connections to the frozen primary, and asks nothing while another
/// one is promoted.
#[test]
#[ignore = "of tests/run clusters"]
fn a_frozen_primary_that_thaws_is_left_within_a_second() {
    let cluster = Cluster::start("postgres");
    let url = format!("postgres://{}", cluster.url("postgres", 1, "postgres"));
    // Without any work in the background.
    let [idle, busy] = [(); 2].map(|()| Copy::start(&[("database.url", &url)]));
    let someone = SignedIn::through(&idle);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(someone.whoami_elsewhere(&idle), 200));
        }
    });

    cluster.does(&["freeze", "1"]);
    cluster.does(&["promote"]);
    let began = Instant::now();
    while someone.revoke_elsewhere(&busy) != 204 {
        assert!(began.elapsed() < SOON, "not revoked");
    }
    cluster.does(&["thaw", "1"]);
    let thawed = Instant::now();
    while thawed.elapsed() < Duration::from_secs(3) {
        let asked = thawed.elapsed();
        let status = someone.whoami_elsewhere(&idle);
        assert!(status != 200 || asked < Duration::from_secs(1), "accepted after {asked:?}");
    }
    assert_eq!(someone.whoami_elsewhere(&idle), 401);
    assert_eq!(get(idle.public, "/health/ready", "").status, 200);
}

/// A copy that has only a standby is not ready: nobody could sign out there.
#[test]
#[ignore = "of tests/run clusters"]
fn a_standby_alone_is_not_ready() {
    let cluster = Cluster::start("postgres");
    let url = |node| format!("postgres://postgres@127.0.0.1:{}/postgres", cluster.ports[node]);
    let primary = Copy::start(&[("database.url", &url(0))]);
    assert_eq!(get(primary.public, "/health/ready", "").status, 200);
    let standby = Copy::start(&[("database.url", &url(1))]);
    assert_eq!(get(standby.public, "/health/ready", "").status, 503);
    assert_eq!(get(standby.public, "/sessions", "nobodys").status, 401);
}
