//! Random sequences of actions by people and operators, compared with a simple model.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use elsewhere::clock::Clock;
use elsewhere::event::Change;
use elsewhere::repository::BatchSize;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::json;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::support::databases::{Database, Kind, on_every_database};
use crate::support::http_client::{get, send};
use crate::support::people::NOW;
use crate::support::service::{Service, config};
use crate::support::sign_in::{SignIn, SignedIn};

on_every_database! { service_agrees_with_the_model }

const PEOPLE: usize = 3;
const LIFESPAN: Duration = Duration::hours(10);
const RETENTION: Duration = Duration::hours(20);

#[derive(Debug, Clone)]
enum Action {
    Issue { person: usize, hours: i64 },
    List { session: usize },
    Whoami { session: usize },
    Revoke { session: usize, other: usize },
    RevokeOthers { session: usize },
    Disable { session: usize },
    Extend { session: usize },
    Wait { hours: i64 },
    MarkExpired,
    Prune,
}

fn actions() -> impl Strategy<Value = Vec<Action>> {
    let session = || 0..12_usize;
    let action = prop_oneof![
        4 => (0..PEOPLE, 1..30_i64).prop_map(|(person, hours)| Action::Issue { person, hours }),
        4 => session().prop_map(|session| Action::List { session }),
        3 => session().prop_map(|session| Action::Whoami { session }),
        3 => (session(), session()).prop_map(|(session, other)| Action::Revoke { session, other }),
        1 => session().prop_map(|session| Action::RevokeOthers { session }),
        1 => session().prop_map(|session| Action::Disable { session }),
        2 => session().prop_map(|session| Action::Extend { session }),
        2 => (1..12_i64).prop_map(|hours| Action::Wait { hours }),
        1 => Just(Action::MarkExpired),
        1 => Just(Action::Prune),
    ];
    proptest::collection::vec(action, 5..50)
}

/// One session in the model.
struct ModelSession {
    id: String,
    token: String,
    person: usize,
    created: OffsetDateTime,
    expires: OffsetDateTime,
    /// When it was revoked, or marked as expired.
    ended: Option<OffsetDateTime>,
    deleted: bool,
}

struct Model {
    service: Service,
    people: [Uuid; PEOPLE],
    /// Minutes since the start. Each action takes one, so that no two happen at the same time.
    clock: Arc<AtomicI64>,
    known: Vec<ModelSession>,
    _database: Database,
}

impl Model {
    fn new(kind: Kind) -> Self {
        let database = Database::empty(kind);
        let settings = [
            ("database.url", database.url.as_str()),
            ("database.max_connections", "2"),
            ("session.lifespan", "10h"),
        ];
        let clock = Arc::new(AtomicI64::new(0));
        let minutes = Arc::clone(&clock);
        let now = move || NOW + Duration::minutes(minutes.load(Ordering::SeqCst));
        let service = Service::start(&config(settings), Clock::new(now));
        let people = std::array::from_fn(|_| Uuid::new_v4());
        Self { service, people, clock, known: Vec::new(), _database: database }
    }

    fn now(&self) -> OffsetDateTime {
        NOW + Duration::minutes(self.clock.load(Ordering::SeqCst))
    }

    fn is_live(&self, known: &ModelSession) -> bool {
        !known.deleted && known.ended.is_none() && known.expires > self.now()
    }

    /// The other live sessions of the same person, newest first.
    fn others(&self, nth: usize) -> Vec<String> {
        let caller = &self.known[nth];
        let mut others: Vec<_> = self
            .known
            .iter()
            .filter(|other| other.person == caller.person && other.id != caller.id)
            .filter(|other| self.is_live(other))
            .collect();
        others.sort_by_key(|other| std::cmp::Reverse(other.created));
        others.iter().map(|other| other.id.clone()).collect()
    }

    /// Applies the action to the service and to the model, and compares the results.
    fn apply(&mut self, action: &Action) {
        self.clock.fetch_add(1, Ordering::SeqCst);
        let now = self.now();
        let (public, admin) = (self.service.public, self.service.admin);
        let pick = |nth: usize| (!self.known.is_empty()).then(|| nth % self.known.len());
        match *action {
            Action::Issue { person, hours } => self.issue(person, hours, now),
            Action::Wait { hours } => {
                self.clock.fetch_add(hours * 60, Ordering::SeqCst);
            }
            Action::MarkExpired => {
                self.service
                    .wait(self.service.repository.end_expired(&Change::expire(now), BatchSize::MAX))
                    .unwrap();
                for known in self.known.iter_mut().filter(|known| known.expires <= now) {
                    known.ended.get_or_insert(now);
                }
            }
            Action::Prune => self.prune(now),
            Action::List { session } => {
                let Some(nth) = pick(session) else { return };
                let answer = get(public, "/sessions", &self.known[nth].token);
                if self.is_live(&self.known[nth]) {
                    assert_eq!(answer.ids(), self.others(nth));
                } else {
                    assert_eq!(answer.status, 401);
                }
            }
            Action::Whoami { session } => {
                let Some(nth) = pick(session) else { return };
                let known = &self.known[nth];
                let answer = get(public, "/sessions/whoami", &known.token);
                assert_eq!(answer.status, if self.is_live(known) { 200 } else { 401 });
            }
            Action::Revoke { session, other } => {
                let (Some(nth), Some(other)) = (pick(session), pick(other)) else { return };
                let path = format!("/sessions/{}", self.known[other].id);
                let status = self.delete(&path, nth);
                let wanted = match self.is_live(&self.known[nth]) {
                    false => 401,
                    true if nth == other => 400,
                    true => 204,
                };
                assert_eq!(status, wanted);
                let same = self.known[nth].person == self.known[other].person;
                if wanted == 204 && same && self.is_live(&self.known[other]) {
                    self.known[other].ended = Some(now);
                }
            }
            Action::RevokeOthers { session } => {
                let Some(nth) = pick(session) else { return };
                let others = self.others(nth);
                let token = self.known[nth].token.clone();
                let answer =
                    send(public, "DELETE", "/sessions", &[("X-Session-Token", token.as_bytes())]);
                if self.is_live(&self.known[nth]) {
                    assert_eq!(answer.json(), json!({"count": others.len()}));
                    let ended = self.known.iter_mut().filter(|known| others.contains(&known.id));
                    ended.for_each(|known| known.ended = Some(now));
                } else {
                    assert_eq!(answer.status, 401);
                }
            }
            Action::Disable { session } => {
                let Some(nth) = pick(session) else { return };
                let path = format!("/admin/sessions/{}", self.known[nth].id);
                let answer = send(admin, "DELETE", &path, &[]);
                let known = &mut self.known[nth];
                assert_eq!(answer.status, if known.deleted { 404 } else { 204 });
                // This also ends an expired session that is not yet marked.
                known.ended.get_or_insert(now);
            }
            Action::Extend { session } => {
                let Some(nth) = pick(session) else { return };
                let path = format!("/admin/sessions/{}/extend", self.known[nth].id);
                let answer = send(admin, "PATCH", &path, &[]);
                let live = self.is_live(&self.known[nth]);
                let wanted = match (self.known[nth].deleted, live) {
                    (true, _) => 404,
                    (false, true) => 200,
                    (false, false) => 409,
                };
                assert_eq!(answer.status, wanted);
                if live {
                    self.known[nth].expires = self.known[nth].expires.max(now + LIFESPAN);
                }
            }
        }
    }

    fn issue(&mut self, person: usize, hours: i64, now: OffsetDateTime) {
        let sign_in = SignIn::new(self.people[person]).expires_in(format!("{hours}h"));
        let SignedIn { session, token } = sign_in.at(self.service.admin);
        self.known.push(ModelSession {
            id: session,
            token,
            person,
            created: now,
            expires: now + Duration::hours(hours),
            ended: None,
            deleted: false,
        });
    }

    fn delete(&self, path: &str, nth: usize) -> u16 {
        let token = &self.known[nth].token;
        send(self.service.public, "DELETE", path, &[("X-Session-Token", token.as_bytes())]).status
    }

    fn prune(&mut self, now: OffsetDateTime) {
        let before = now - RETENTION;
        let deleted = self.service.prune(before, false).unwrap();
        let long_ended = |known: &ModelSession| {
            known.expires <= before || known.ended.is_some_and(|ended| ended <= before)
        };
        let gone: Vec<_> =
            self.known.iter_mut().filter(|known| !known.deleted && long_ended(known)).collect();
        assert_eq!(deleted, gone.len() as u64);
        for known in gone {
            known.deleted = true;
        }
    }

    /// Compares all sessions of the admin API with the model.
    fn compare(&self) {
        let rows = send(self.service.admin, "GET", "/admin/sessions?page_size=1000", &[]).json();
        let seen: BTreeSet<_> = rows
            .as_array()
            .unwrap()
            .iter()
            .map(|row| (row["id"].as_str().unwrap().to_owned(), row["active"] == true))
            .collect();
        let wanted: BTreeSet<_> = self
            .known
            .iter()
            .filter(|known| !known.deleted)
            .map(|known| (known.id.clone(), self.is_live(known)))
            .collect();
        assert_eq!(seen, wanted);
    }
}

fn service_agrees_with_the_model(kind: Kind) {
    let cases = ProptestConfig { cases: 12, failure_persistence: None, ..Default::default() };
    let result = TestRunner::new(cases).run(&actions(), |actions| {
        let mut model = Model::new(kind);
        for action in &actions {
            model.apply(action);
        }
        model.compare();
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}
