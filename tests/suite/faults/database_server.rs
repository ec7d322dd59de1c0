//! One database server that dies, freezes or is cut off, under load.
//!
//! Each of these measures time, so that few run at a time, by `tests/run faults`.

use std::thread::sleep;
use std::time::{Duration, Instant};

use sqlx::Connection as _;
use tokio::runtime::Runtime;

use crate::support::databases::{Database, Kind};
use crate::support::http_client::get;
use crate::support::process::Copy;
use crate::support::proxy::{Proxy, Way};
use crate::support::servers::Server;
use crate::support::simulated_users::Crowd;

const PEOPLE: usize = 6;
/// How soon after a server is back all is well again.
const SOON: Duration = Duration::from_secs(2);
const A_WHILE: Duration = Duration::from_secs(1);

struct Scene {
    copies: [Copy; 2],
    database: Database,
    server: Server,
}

impl Scene {
    fn set(kind: Kind, settings: &[(&str, &str)]) -> Self {
        let server = Server::start(kind);
        let database = Database::on(kind, &server.url);
        let copies = copies(&database.url, settings);
        Self { copies, database, server }
    }

    fn crowd(&self) -> Crowd {
        Crowd::gather(&[&self.copies[0], &self.copies[1]], PEOPLE)
    }

    fn ready(&self) -> u16 {
        get(self.copies[0].public, "/health/ready", "").status
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        // A test that failed may have left it frozen, and then nothing could be cleared away.
        let _ = self.server.command("thaw").output();
    }
}

pub fn copies(url: &str, settings: &[(&str, &str)]) -> [Copy; 2] {
    let mut all = vec![("database.url", url), ("session.prune_interval", "1s")];
    all.extend(settings);
    [Copy::start(&all), Copy::start(&all)]
}

/// The server goes, stays away for a while, and is back.
fn goes_and_comes(kind: Kind, go: &str, come: &str) {
    let scene = Scene::set(kind, &[]);
    let crowd = scene.crowd();
    for _ in 0..2 {
        sleep(A_WHILE);
        scene.server.does(go);
        sleep(A_WHILE);
        assert_eq!(scene.ready(), 503, "{go}");
        scene.server.does(come);
        let back = Instant::now();
        sleep(SOON);
        assert_eq!(scene.ready(), 200, "{come}");
        assert!(back.elapsed() < SOON + SOON / 2);
    }
    let back = Instant::now();
    sleep(A_WHILE);
    let account = crowd.go_home();
    account.was_well_again(back, Duration::ZERO);
    assert!(account.requests > 1000, "{}", account.requests);
}

fn a_server_that_is_killed(kind: Kind) {
    goes_and_comes(kind, "kill", "start");
}

fn a_server_that_is_stopped_in_order(kind: Kind) {
    goes_and_comes(kind, "stop", "start");
}

fn a_server_that_freezes(kind: Kind) {
    goes_and_comes(kind, "freeze", "thaw");
}

/// Gone for an instant only, and all that could be asked again was.
fn a_network_that_cuts_every_connection(kind: Kind) {
    let scene = Scene::set(kind, &[]);
    let (proxy, url) = Proxy::before(&scene.database.url);
    let copies = copies(&url, &[]);
    let crowd = Crowd::gather(&[&copies[0], &copies[1]], PEOPLE);
    for _ in 0..12 {
        crowd.goes_on(100);
        proxy.cut();
    }
    let account = crowd.go_home();
    account.was_never_refused();
}

fn a_network_that_delays(kind: Kind) {
    let scene = Scene::set(kind, &[]);
    let (proxy, url) = Proxy::before(&scene.database.url);
    let copies = copies(&url, &[]);
    let crowd = Crowd::gather(&[&copies[0], &copies[1]], PEOPLE);
    for milliseconds in [20, 60, 0] {
        proxy.delay(Duration::from_millis(milliseconds));
        sleep(A_WHILE);
    }
    crowd.go_home().was_never_refused();
}

fn a_network_that_swallows_everything(kind: Kind) {
    let scene = Scene::set(kind, &[]);
    let (proxy, url) = Proxy::before(&scene.database.url);
    let copies = copies(&url, &[]);
    let crowd = Crowd::gather(&[&copies[0], &copies[1]], PEOPLE);
    sleep(A_WHILE);
    proxy.goes(Way::Silent);
    sleep(2 * A_WHILE);
    proxy.goes(Way::Open);
    let back = Instant::now();
    sleep(SOON + A_WHILE);
    crowd.go_home().was_well_again(back, SOON);
}

/// A neighbour takes all connections that the server has, but for those that
/// are taken already.
fn connections_that_a_neighbour_exhausts(kind: Kind) {
    let scene = Scene::set(kind, &[]);
    let runtime = Runtime::new().unwrap();
    let neighbour = runtime.block_on(all_connections(kind, &scene.database.url));
    let crowd = scene.crowd();
    sleep(2 * A_WHILE);
    drop(neighbour);
    let free = Instant::now();
    sleep(SOON + A_WHILE);
    let account = crowd.go_home();
    account.was_well_again(free, SOON);
    assert!(account.requests > 1000, "{}", account.requests);
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
            $(#[test] #[ignore = "of tests/run faults"] fn $test() {
                super::$test(super::Kind::Postgres);
            })*
        }
        mod on_mysql {
            $(#[test] #[ignore = "of tests/run faults"] fn $test() {
                super::$test(super::Kind::MySql);
            })*
        }
    };
}

on_servers! {
    a_server_that_is_killed,
    a_server_that_is_stopped_in_order,
    a_server_that_freezes,
    a_network_that_cuts_every_connection,
    a_network_that_delays,
    a_network_that_swallows_everything,
    connections_that_a_neighbour_exhausts,
}
