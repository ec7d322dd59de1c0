//! A single database server that is killed, frozen or disconnected, under load.
//!
//! Each test measures time, so only a few run at a time: `tests/run faults`.

use std::thread::sleep;
use std::time::{Duration, Instant};

use sqlx::Connection as _;
use tokio::runtime::Runtime;

use crate::support::databases::{Database, Kind};
use crate::support::http_client::get;
use crate::support::output::OutputInTime as _;
use crate::support::process::Replica;
use crate::support::proxy::{Mode, Proxy};
use crate::support::servers::Server;
use crate::support::simulated_users::SimulatedUsers;
use crate::support::wait::BlockOnInTime as _;

const USERS: usize = 6;
/// The time after a server's return within which the service must recover.
const RECOVERY_LIMIT: Duration = Duration::from_secs(2);
const PHASE: Duration = Duration::from_secs(1);

struct Fixture {
    replicas: [Replica; 2],
    database: Database,
    server: Server,
}

impl Fixture {
    fn start(kind: Kind, settings: &[(&str, &str)]) -> Self {
        let server = Server::start(kind);
        let database = Database::on(kind, &server.url);
        let replicas = start_replicas(&database.url, settings);
        Self { replicas, database, server }
    }

    fn start_users(&self) -> SimulatedUsers {
        SimulatedUsers::start(&[&self.replicas[0], &self.replicas[1]], USERS)
    }

    fn ready(&self) -> u16 {
        get(self.replicas[0].public, "/health/ready", "").status
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        // A failed test may have left the server frozen, which would block the cleanup.
        let _ = self.server.command("thaw").output_in_time();
    }
}

pub fn start_replicas(url: &str, settings: &[(&str, &str)]) -> [Replica; 2] {
    let mut all = vec![("database.url", url), ("session.prune_interval", "1s")];
    all.extend(settings);
    [Replica::start(&all), Replica::start(&all)]
}

/// Takes the server away for a while and brings it back, twice.
fn assert_recovery(kind: Kind, fault: &str, repair: &str) {
    let fixture = Fixture::start(kind, &[]);
    let users = fixture.start_users();
    for _ in 0..2 {
        sleep(PHASE);
        fixture.server.run(fault);
        sleep(PHASE);
        assert_eq!(fixture.ready(), 503, "{fault}");
        fixture.server.run(repair);
        let back = Instant::now();
        sleep(RECOVERY_LIMIT);
        assert_eq!(fixture.ready(), 200, "{repair}");
        assert!(back.elapsed() < RECOVERY_LIMIT + RECOVERY_LIMIT / 2);
    }
    let back = Instant::now();
    sleep(PHASE);
    let report = users.stop();
    report.assert_recovered(back, Duration::ZERO);
    // Users were there. Their number is that of the machine's speed.
    assert!(report.requests > 200, "{}", report.requests);
}

fn the_service_recovers_from_a_killed_server(kind: Kind) {
    assert_recovery(kind, "kill", "start");
}

fn the_service_recovers_from_a_stopped_server(kind: Kind) {
    assert_recovery(kind, "stop", "start");
}

fn the_service_recovers_from_a_frozen_server(kind: Kind) {
    assert_recovery(kind, "freeze", "thaw");
}

/// Each interruption lasts only an instant, and every call is retried.
fn cut_connections_cause_no_errors(kind: Kind) {
    let fixture = Fixture::start(kind, &[]);
    let (proxy, url) = Proxy::start(&fixture.database.url);
    let replicas = start_replicas(&url, &[]);
    let users = SimulatedUsers::start(&[&replicas[0], &replicas[1]], USERS);
    for _ in 0..12 {
        users.wait_for_actions(100);
        proxy.cut();
    }
    let report = users.stop();
    report.assert_never_refused();
}

fn network_delays_cause_no_errors(kind: Kind) {
    let fixture = Fixture::start(kind, &[]);
    let (proxy, url) = Proxy::start(&fixture.database.url);
    let replicas = start_replicas(&url, &[]);
    let users = SimulatedUsers::start(&[&replicas[0], &replicas[1]], USERS);
    for milliseconds in [20, 60, 0] {
        proxy.delay(Duration::from_millis(milliseconds));
        sleep(PHASE);
    }
    users.stop().assert_never_refused();
}

fn the_service_recovers_from_a_silent_network(kind: Kind) {
    let fixture = Fixture::start(kind, &[]);
    let (proxy, url) = Proxy::start(&fixture.database.url);
    let replicas = start_replicas(&url, &[]);
    let users = SimulatedUsers::start(&[&replicas[0], &replicas[1]], USERS);
    sleep(PHASE);
    proxy.set_mode(Mode::Silent);
    sleep(2 * PHASE);
    proxy.set_mode(Mode::Open);
    let back = Instant::now();
    sleep(RECOVERY_LIMIT + PHASE);
    users.stop().assert_recovered(back, RECOVERY_LIMIT);
}

/// Another program takes all free connections of the server.
fn the_service_recovers_from_exhausted_server_connections(kind: Kind) {
    let fixture = Fixture::start(kind, &[]);
    let runtime = Runtime::new().unwrap();
    let neighbour = runtime.block_on_in_time(all_connections(kind, &fixture.database.url));
    let users = fixture.start_users();
    sleep(2 * PHASE);
    drop(neighbour);
    let free = Instant::now();
    sleep(RECOVERY_LIMIT + PHASE);
    let report = users.stop();
    report.assert_recovered(free, RECOVERY_LIMIT);
    // Users were there. Their number is that of the machine's speed.
    assert!(report.requests > 200, "{}", report.requests);
}

async fn all_connections(kind: Kind, url: &str) -> Vec<Box<dyn std::any::Any>> {
    let mut connections: Vec<Box<dyn std::any::Any>> = Vec::new();
    loop {
        let connection: Result<Box<dyn std::any::Any>, _> = match kind {
            Kind::MySql => sqlx::MySqlConnection::connect(url).await.map(|it| Box::new(it) as _),
            _ => sqlx::PgConnection::connect(url).await.map(|it| Box::new(it) as _),
        };
        match connection {
            Ok(connection) => connections.push(connection),
            Err(error) => {
                assert!(error.as_database_error().is_some(), "{error}");
                return connections;
            }
        }
    }
}

macro_rules! on_servers {
    ($($test:ident),* $(,)?) => {
        mod on_postgres {
            $(#[test] #[ignore = "run by tests/run faults"] fn $test() {
                super::$test(super::Kind::Postgres);
            })*
        }
        mod on_mysql {
            $(#[test] #[ignore = "run by tests/run faults"] fn $test() {
                super::$test(super::Kind::MySql);
            })*
        }
    };
}

on_servers! {
    the_service_recovers_from_a_killed_server,
    the_service_recovers_from_a_stopped_server,
    the_service_recovers_from_a_frozen_server,
    cut_connections_cause_no_errors,
    network_delays_cause_no_errors,
    the_service_recovers_from_a_silent_network,
    the_service_recovers_from_exhausted_server_connections,
}
