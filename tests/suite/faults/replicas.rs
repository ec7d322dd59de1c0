//! Replicas that answer from memory are frozen and killed at random, under load: no session is
//! accepted after its end was answered, and none is refused while it lives.

use std::net::SocketAddr;
use std::sync::RwLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rand::seq::IndexedRandom as _;
use uuid::Uuid;

use crate::support::databases::{Database, Kind};
use crate::support::http_client::{Answer, request, try_send_bytes};
use crate::support::memory::metric;
use crate::support::process::Replica;
use crate::support::servers::Server;
use crate::support::sign_in::{SignIn, SignedIn};
use crate::support::wait::SetOnDrop;

const REPLICAS: usize = 3;
const USERS: usize = 4;
const DURATION: Duration = Duration::from_secs(25);
/// The longest time for which a replica is frozen.
const MAX_FREEZE: u64 = 5_000;

/// The replicas that run. A killed one is replaced, at another address.
struct Replicas<'a> {
    settings: Vec<(&'a str, &'a str)>,
    running: RwLock<Vec<Replica>>,
}

#[derive(Clone, Copy)]
struct Addresses {
    public: SocketAddr,
    admin: SocketAddr,
}

impl Replicas<'_> {
    fn addresses(&self) -> Vec<Addresses> {
        let running = self.running.read().unwrap();
        running.iter().map(|one| Addresses { public: one.public, admin: one.admin }).collect()
    }

    /// Freezes a replica for a while. A long freeze is rare.
    fn freeze_one(&self) {
        let exponent = rand::random_range(0.0..1.0_f64);
        #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
        let longest = MAX_FREEZE as f64;
        let freeze = Duration::from_secs_f64((100.0 * (longest / 100.0).powf(exponent)) / 1000.0);
        let place = rand::random_range(0..REPLICAS);
        let signal = |name| self.running.read().unwrap()[place].running.signal(name);
        signal("STOP");
        sleep(freeze);
        signal("CONT");
    }

    fn replace_one(&self) {
        let place = rand::random_range(0..REPLICAS);
        let new = Replica::start(&self.settings);
        // The old one is killed as it is dropped.
        self.running.write().unwrap()[place] = new;
    }
}

fn ask(to: SocketAddr, method: &str, path: &str, token: &str) -> Option<Answer> {
    let headers = [("X-Session-Token", token.as_bytes())];
    try_send_bytes(to, &request(method, path, &headers)).filter(|answer| answer.status != 503)
}

/// Signs in, uses the session on every replica, and revokes it on one.
fn live_and_revoke(replicas: &Replicas<'_>, identity: Uuid, own: &SignedIn) -> bool {
    let any = || *replicas.addresses().choose(&mut rand::rng()).unwrap();
    let issued = try_send_bytes(any().admin, &SignIn::new(identity).request());
    let Some(issued) = issued.filter(|answer| answer.status == 201) else { return false };
    let session = SignedIn::read(&issued.json());
    let assert_everywhere = |token: &str, status: u16| {
        for replica in replicas.addresses() {
            if let Some(answer) = ask(replica.public, "GET", "/sessions/whoami", token) {
                assert_eq!(answer.status, status, "{answer:?}");
            }
        }
    };
    for _ in 0..3 {
        assert_everywhere(&session.token, 200);
    }
    let path = format!("/sessions/{}", session.session);
    let Some(answer) = ask(any().public, "DELETE", &path, &own.token) else { return false };
    assert_eq!(answer.status, 204, "{answer:?}");
    assert_everywhere(&session.token, 401);
    assert_everywhere(&own.token, 200);
    true
}

fn no_ended_session_is_accepted_by_a_replica_that_was_frozen_or_killed(kind: Kind) {
    // A server of its own, like each test of `tests/run faults`.
    let server = (kind != Kind::Sqlite).then(|| Server::start(kind));
    let database = Database::on(kind, server.as_ref().map_or("", |server| &server.url));
    let settings = vec![("database.url", database.url.as_str())];
    let running = (0..REPLICAS).map(|_| Replica::start(&settings)).collect();
    let replicas = Replicas { settings, running: RwLock::new(running) };
    let (stop, revoked) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        let _stop = SetOnDrop(&stop);
        for _ in 0..USERS {
            scope.spawn(|| {
                let identity = Uuid::new_v4();
                let own = SignIn::new(identity).at(replicas.addresses()[0].admin);
                while !stop.load(Ordering::Relaxed) {
                    if live_and_revoke(&replicas, identity, &own) {
                        revoked.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
        // Each user has signed up before a replica is killed.
        sleep(Duration::from_secs(2));
        let began = Instant::now();
        while began.elapsed() < DURATION {
            if rand::random_ratio(1, 4) {
                replicas.replace_one();
            } else {
                replicas.freeze_one();
            }
            sleep(Duration::from_millis(rand::random_range(0..500)));
        }
    });
    let addresses = replicas.addresses();
    let hits = addresses.iter().map(|one| metric(one.admin, "elsewhere_cache_hits_total"));
    let (hits, revoked) = (hits.sum::<u64>(), revoked.into_inner());
    eprintln!("{revoked} revocations, {hits} answers from memory by the last replicas");
    assert!(hits > 10 && revoked > 20, "{hits} answers from memory, {revoked} revocations");
}

macro_rules! on_each_database {
    ($($module:ident: $kind:expr,)*) => {
        $(
            mod $module {
                use crate::support::databases::Kind;

                #[test]
                #[ignore = "takes long: tests/run faults"]
                fn no_ended_session_is_accepted_by_a_replica_that_was_frozen_or_killed() {
                    super::no_ended_session_is_accepted_by_a_replica_that_was_frozen_or_killed($kind);
                }
            }
        )*
    };
}

on_each_database! { on_sqlite: Kind::Sqlite, on_postgres: Kind::Postgres, on_mysql: Kind::MySql, }
