//! `session.max_per_identity`: the number of live sessions that a person may have.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use elsewhere::clock::Clock;
use elsewhere::event::{Actor, Change};
use elsewhere::identity::IdentityPatch;
use elsewhere::repository::{BatchOutcome, SessionRef};
use elsewhere::session_limit::{LimitPolicy, SessionLimit};
use serde_json::{Value, json};
use time::Duration;
use uuid::Uuid;

use crate::support::databases::{Database, Kind, on_every_database};
use crate::support::event_log::events_so_far;
use crate::support::http_client::{get, send};
use crate::support::people::{NOW, session};
use crate::support::service::{Service, config};
use crate::support::sign_in::{SignIn, SignedIn};

on_every_database! {
    oldest_sessions_end_when_others_are_issued,
    sessions_that_were_not_used_end_first,
    sign_in_beyond_the_limit_is_refused_and_changes_nothing,
    ended_sessions_make_room,
    sign_ins_at_the_same_time_keep_the_limit,
    limit_that_is_introduced_later_ends_the_rest,
    refused_sign_in_of_an_inactive_person_ends_nothing,
    sessions_stay_if_the_one_that_was_issued_has_ended,
}

/// Two replicas on one database, with one clock.
struct Replicas {
    one: Service,
    other: Service,
    seconds: Arc<AtomicI64>,
    identity: Uuid,
    database: Database,
}

impl Replicas {
    fn start(kind: Kind, max: &str, policy: &str) -> Self {
        let (database, seconds) = (Database::empty(kind), Arc::new(AtomicI64::new(0)));
        let start = || {
            let config = config([
                ("database.url", database.url.as_str()),
                ("session.max_per_identity", max),
                ("session.limit_policy", policy),
            ]);
            let seconds = Arc::clone(&seconds);
            let now = move || NOW + Duration::seconds(seconds.load(Ordering::SeqCst));
            Service::start(&config, Clock::new(now))
        };
        let (one, other) = (start(), start());
        Self { one, other, seconds, identity: Uuid::new_v4(), database }
    }

    fn sign_in(&self) -> SignedIn {
        // The order of sessions is that of their times.
        self.seconds.fetch_add(1, Ordering::SeqCst);
        SignIn::new(self.identity).at(self.one.admin)
    }

    fn is_live(&self, session: &SignedIn) -> bool {
        let status =
            |service: &Service| get(service.public, "/sessions/whoami", &session.token).status;
        let (one, other) = (status(&self.one), status(&self.other));
        assert_eq!(one, other);
        one == 200
    }

    fn live(&self, sessions: &[SignedIn]) -> Vec<bool> {
        sessions.iter().map(|session| self.is_live(session)).collect()
    }

    fn number_of_live(&self) -> usize {
        let path = format!("/admin/identities/{}/sessions?active=true", self.identity);
        send(self.one.admin, "GET", &path, &[]).ids().len()
    }

    /// The events of sessions that ended.
    fn ends(&self) -> Vec<Value> {
        let mut events = events_so_far(&self.one);
        events.retain(|event| event["type"] == "session.revoked");
        events
    }
}

fn oldest_sessions_end_when_others_are_issued(kind: Kind) {
    let replicas = Replicas::start(kind, "3", "evict_oldest");
    let first: Vec<_> = (0..3).map(|_| replicas.sign_in()).collect();
    assert_eq!(replicas.live(&first), [true, true, true]);
    let later: Vec<_> = (0..2).map(|_| replicas.sign_in()).collect();
    assert_eq!(replicas.live(&first), [false, false, true]);
    assert_eq!(replicas.live(&later), [true, true]);

    let ends = replicas.ends();
    let ended: Vec<_> = ends.iter().map(|event| &event["data"]["session_id"]).collect();
    assert_eq!(ended, [&first[0].session, &first[1].session]);
    assert!(ends.iter().all(|event| event["data"]["cause"] == "limit"), "{ends:?}");
}

fn sessions_that_were_not_used_end_first(kind: Kind) {
    let replicas = Replicas::start(kind, "2", "evict_least_recent");
    let (used, unused) = (replicas.sign_in(), replicas.sign_in());
    replicas.seconds.fetch_add(100, Ordering::SeqCst);
    assert!(replicas.is_live(&used));
    replicas.one.wait(replicas.one.sessions.flush_activity()).unwrap();
    let new = replicas.sign_in();
    assert_eq!(replicas.live(&[used, unused, new]), [true, false, true]);
}

fn sign_in_beyond_the_limit_is_refused_and_changes_nothing(kind: Kind) {
    let replicas = Replicas::start(kind, "2", "refuse");
    let sessions = [replicas.sign_in(), replicas.sign_in()];
    let third = SignIn::new(replicas.identity).identity(json!({"traits": {"n": 3}}));
    let refused = third.send(replicas.one.admin);
    assert_eq!(refused.status, 409, "{refused:?}");
    assert_eq!(
        refused.json()["error"]["reason"],
        "The identity has as many active sessions as session.max_per_identity allows."
    );
    assert_eq!(replicas.live(&sessions), [true, true]);
    let path = format!("/admin/identities/{}", replicas.identity);
    assert_eq!(send(replicas.one.admin, "GET", &path, &[]).json()["traits"], json!({}));
    let events = events_so_far(&replicas.one);
    let types = events.iter().map(|event| event["type"].clone());
    let expected = ["identity.changed", "session.issued", "session.issued"];
    assert_eq!(types.collect::<Vec<_>>(), expected);

    let path = format!("/admin/sessions/{}", sessions[0].session);
    assert_eq!(send(replicas.one.admin, "DELETE", &path, &[]).status, 204);
    assert_eq!(third.send(replicas.one.admin).json()["session"]["identity"]["traits"]["n"], 3);
}

/// Sessions that were revoked, and sessions that have expired before anybody noted it.
fn ended_sessions_make_room(kind: Kind) {
    for policy in ["evict_oldest", "refuse"] {
        let replicas = Replicas::start(kind, "2", policy);
        let kept = replicas.sign_in();
        let short = SignIn::new(replicas.identity).expires_in("10s".to_owned());
        for _ in 0..3 {
            short.at(replicas.one.admin);
            replicas.seconds.fetch_add(20, Ordering::SeqCst);
        }
        assert!(replicas.is_live(&kept), "{policy}");
        assert!(replicas.ends().is_empty(), "{policy}");
    }
}

fn sign_ins_at_the_same_time_keep_the_limit(kind: Kind) {
    for (policy, refused) in [("refuse", 5), ("evict_oldest", 0), ("evict_least_recent", 0)] {
        let replicas = Replicas::start(kind, "3", policy);
        let statuses = std::thread::scope(|scope| {
            let calls = (0..8).map(|nth| {
                let replica = if nth % 2 == 0 { &replicas.one } else { &replicas.other };
                let identity = replicas.identity;
                scope.spawn(move || SignIn::new(identity).send(replica.admin).status)
            });
            let calls: Vec<_> = calls.collect();
            calls.into_iter().map(|call| call.join().unwrap()).collect::<Vec<_>>()
        });
        let count = |status| statuses.iter().filter(|one| **one == status).count();
        assert_eq!((count(201), count(409)), (8 - refused, refused), "{policy} {statuses:?}");
        assert_eq!(replicas.number_of_live(), 3, "{policy}");
        let ends = replicas.ends();
        let ended: BTreeSet<_> =
            ends.iter().map(|event| event["data"]["session_id"].to_string()).collect();
        assert_eq!((ends.len(), ended.len()), (5 - refused, 5 - refused), "{policy}");
    }
}

/// Sessions are left by a deactivation that was interrupted.
fn refused_sign_in_of_an_inactive_person_ends_nothing(kind: Kind) {
    let replicas = Replicas::start(kind, "2", "evict_oldest");
    let sessions = [replicas.sign_in(), replicas.sign_in()];
    replicas.database.run("UPDATE identities SET state = 'inactive'");
    assert_eq!(SignIn::new(replicas.identity).send(replicas.one.admin).status, 409);
    replicas.database.run("UPDATE identities SET state = 'active'");
    let active = |session: &SignedIn| {
        let path = format!("/admin/sessions/{}", session.session);
        send(replicas.one.admin, "GET", &path, &[]).json()["active"] == true
    };
    assert!(sessions.iter().all(active));
    assert!(replicas.ends().is_empty());
}

/// A sign-in is repeated if the answer to its commit is lost. Meanwhile, another one may have ended
/// its session.
fn sessions_stay_if_the_one_that_was_issued_has_ended(kind: Kind) {
    let replicas = Replicas::start(kind, "1", "evict_oldest");
    let (first, second) = (replicas.sign_in(), replicas.sign_in());
    assert_eq!([replicas.is_live(&first), replicas.is_live(&second)], [false, true]);
    let keep = SessionRef { session: first.session.parse().unwrap(), identity: replicas.identity };
    let limit = SessionLimit { max: NonZeroU32::MIN, policy: LimitPolicy::EvictOldest };
    let change = Change::issue(Actor::CommandLine, NOW);
    let evicted = replicas.one.wait(replicas.one.repository.evict(keep, limit, &change)).unwrap();
    assert_eq!(evicted, BatchOutcome { sessions: Vec::new(), more: false });
    assert!(replicas.is_live(&second));
}

/// More of them than one transaction ends.
fn limit_that_is_introduced_later_ends_the_rest(kind: Kind) {
    let replicas = Replicas::start(kind, "3", "evict_oldest");
    let (one, patch) = (&replicas.one, IdentityPatch::default());
    let old: Vec<_> = (0..250).map(|age| session(60 + age)).collect();
    for part in old.chunks(50) {
        let change = Change::issue(Actor::CommandLine, NOW);
        one.wait(one.repository.issue(replicas.identity, &patch, part, &change)).unwrap();
    }
    let new = replicas.sign_in();
    assert!(replicas.is_live(&new));
    assert_eq!(replicas.number_of_live(), 3);
    assert_eq!(replicas.ends().len(), 248);
    let newest = get(one.public, "/sessions/whoami", old[1].token.expose()).status;
    assert_eq!(newest, 200);
}
