//! `session.idle_timeout`: a session that is used lives on, one that is not used ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use elsewhere::clock::Clock;
use elsewhere::event::Change;
use elsewhere::repository::BatchSize;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::Value;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::support::databases::{Database, Kind, on_every_database};
use crate::support::http_client::{get, send};
use crate::support::people::NOW;
use crate::support::service::{Service, config};
use crate::support::sign_in::SignIn;

on_every_database! {
    used_session_never_ends_and_an_idle_one_ends_in_time,
    lifespan_and_extension_limit_a_session_in_use,
    session_from_before_the_setting_has_to_be_used_once_it_is,
}

/// In seconds.
const TIMEOUT: i64 = 600;
const INTERVAL: i64 = 60;
const SETTINGS: [(&str, &str); 2] = [("session.idle_timeout", "10m"), ("activity.interval", "60s")];

/// Replicas on one database that share a clock, and write activity when the test says so.
struct Replicas {
    all: Vec<Service>,
    seconds: Arc<AtomicI64>,
    database: Database,
}

impl Replicas {
    fn start(kind: Kind, count: usize, settings: &[(&str, &str)]) -> Self {
        let (database, seconds) = (Database::empty(kind), Arc::new(AtomicI64::new(0)));
        let mut replicas = Self { all: Vec::new(), seconds, database };
        for _ in 0..count {
            replicas.start_another(settings);
        }
        replicas
    }

    fn start_another(&mut self, settings: &[(&str, &str)]) {
        let url = [("database.url", self.database.url.as_str()), ("database.max_connections", "3")];
        let seconds = Arc::clone(&self.seconds);
        let now = move || NOW + Duration::seconds(seconds.load(Ordering::SeqCst));
        let config = config(url.into_iter().chain(settings.to_vec()));
        self.all.push(Service::start(&config, Clock::new(now)));
    }

    fn at(&self, second: i64) {
        self.seconds.store(second, Ordering::SeqCst);
    }

    fn flush(&self, replica: usize) {
        let replica = &self.all[replica];
        replica.wait(replica.sessions.flush_activity()).unwrap();
    }

    fn status(&self, replica: usize, token: &str) -> u16 {
        get(self.all[replica].public, "/sessions/whoami", token).status
    }

    fn session(&self, id: &str) -> Value {
        let path = format!("/admin/sessions/{id}?expand=activity");
        send(self.all[0].admin, "GET", &path, &[]).json()
    }

    fn now(&self) -> OffsetDateTime {
        NOW + Duration::seconds(self.seconds.load(Ordering::SeqCst))
    }

    /// The cause in the event of the session's expiry.
    fn cause_of_end(&self, id: &str) -> Value {
        let service = &self.all[0];
        let change = Change::expire(self.now());
        service.wait(service.repository.end_expired(&change, BatchSize::MAX)).unwrap();
        let path = "/admin/events?type=session.expired&wait=20s";
        let events = send(service.admin, "GET", path, &[]).json();
        let mut events = events["events"].as_array().unwrap().iter();
        events.find(|event| event["data"]["session_id"] == id).unwrap()["data"]["cause"].clone()
    }
}

/// Uses by gaps of at most the timeout, each on some replica, which each write once an interval at
/// their own second of it.
fn used_session_never_ends_and_an_idle_one_ends_in_time(kind: Kind) {
    let uses = proptest::collection::vec((1..=TIMEOUT, 0..3_usize), 1..8);
    let phases = proptest::array::uniform3(0..INTERVAL / 2);
    let cases = proptest::test_runner::Config { cases: 6, ..ProptestConfig::default() };
    let result = TestRunner::new(cases).run(&(uses, phases), |(uses, phases)| {
        let replicas = Replicas::start(kind, 3, &SETTINGS);
        let signed_in = SignIn::new(Uuid::new_v4()).at(replicas.all[0].admin);
        let (mut second, mut last_use) = (0, 0);
        let mut advance = |until: i64| {
            while second < until {
                second += 1;
                replicas.at(second);
                for (replica, phase) in phases.iter().enumerate() {
                    // The time in which a use is written is the half of an interval.
                    if second % (INTERVAL / 2) == *phase {
                        replicas.flush(replica);
                    }
                }
            }
        };
        for (gap, replica) in uses {
            advance(last_use + gap);
            last_use += gap;
            prop_assert_eq!(replicas.status(replica, &signed_in.token), 200);
        }
        // By a replica that has not kept the session in memory.
        advance(last_use + TIMEOUT + INTERVAL);
        for replica in 0..3 {
            prop_assert_eq!(replicas.status(replica, &signed_in.token), 401);
        }
        prop_assert_eq!(replicas.cause_of_end(&signed_in.session), "idle");
        Ok(())
    });
    result.unwrap();
}

fn lifespan_and_extension_limit_a_session_in_use(kind: Kind) {
    let settings = [SETTINGS.as_slice(), &[("session.lifespan", "15m")]].concat();
    let replicas = Replicas::start(kind, 1, &settings);
    let ana = SignIn::new(Uuid::new_v4()).at(replicas.all[0].admin);
    let use_at = |second: i64, status: u16| {
        replicas.at(second);
        assert_eq!(replicas.status(0, &ana.token), status, "{second}");
        replicas.flush(0);
    };
    let shown = replicas.session(&ana.session);
    assert_eq!(shown["expires_at"], "2026-11-23T12:15:00Z");
    assert_eq!(shown["idle_expires_at"], "2026-11-23T12:11:00Z");
    use_at(300, 200);
    // As far as the use and the precision of its record go, but not beyond the lifespan.
    assert_eq!(replicas.session(&ana.session)["idle_expires_at"], "2026-11-23T12:15:00Z");
    let path = format!("/admin/sessions/{}/extend", ana.session);
    let extended = send(replicas.all[0].admin, "PATCH", &path, &[]).json();
    assert_eq!(extended["expires_at"], "2026-11-23T12:20:00Z");
    assert_eq!(replicas.session(&ana.session)["idle_expires_at"], "2026-11-23T12:16:00Z");
    use_at(899, 200);
    use_at(1199, 200);
    use_at(1200, 401);
    assert_eq!(replicas.cause_of_end(&ana.session), "expired");
}

fn session_from_before_the_setting_has_to_be_used_once_it_is(kind: Kind) {
    let mut replicas = Replicas::start(kind, 1, &[("activity.interval", "60s")]);
    let [used, unused] = [(); 2].map(|()| SignIn::new(Uuid::new_v4()).at(replicas.all[0].admin));
    replicas.start_another(&SETTINGS);
    assert_eq!(replicas.status(1, &used.token), 200);
    replicas.flush(1);
    assert_eq!(replicas.session(&used.session)["idle_expires_at"], "2026-11-23T12:11:00Z");
    assert_eq!(replicas.session(&unused.session)["idle_expires_at"], Value::Null);
    replicas.at(TIMEOUT + INTERVAL);
    assert_eq!((replicas.status(1, &used.token), replicas.status(1, &unused.token)), (401, 200));
}
