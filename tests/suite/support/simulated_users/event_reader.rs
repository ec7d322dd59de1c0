//! A reader of the log of events, who follows it on random replicas while databases fail.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use rand::seq::IndexedRandom as _;
use serde_json::Value;

use crate::support::http_client::{Answer, send};
use crate::support::simulated_users::addresses::Addresses;
use crate::support::wait::wait_for;

pub struct EventReader {
    thread: JoinHandle<Vec<Value>>,
}

/// A user's knowledge of a session.
pub enum Expected {
    Live,
    Revoked,
    /// The response to the revocation was an error.
    PerhapsRevoked,
}

/// The events of the log, by their sessions.
pub struct EventLog {
    types: BTreeMap<String, Vec<String>>,
    identities: BTreeMap<String, String>,
}

impl EventReader {
    /// Reads until `stop`, and then to the end of the log.
    pub fn start(replicas: Vec<Addresses>, stop: Arc<AtomicBool>) -> Self {
        let thread = std::thread::spawn(move || {
            let (mut events, mut after) = (Vec::new(), String::new());
            loop {
                // Before the page, so that the last page is read after the last change.
                let is_last = stop.load(Ordering::Relaxed);
                let page = wait_for("a page of events", || {
                    let answer = read(&replicas, &after);
                    if answer.status == 503 { Err(answer) } else { Ok(answer) }
                });
                assert_eq!(page.status, 200, "{page:?}");
                let page = page.json();
                let found = page["events"].as_array().unwrap();
                let is_end = found.is_empty() && is_last;
                events.extend(found.iter().cloned());
                after = format!("&after={}", page["next"].as_str().unwrap());
                if is_end {
                    return events;
                }
            }
        });
        Self { thread }
    }

    /// Waits for the end. Asserts that the reader has skipped and repeated nothing.
    pub fn finish(self, replicas: &[Addresses]) -> EventLog {
        let followed = self.thread.join().unwrap();
        let ids: Vec<_> = followed.iter().map(|event| event["id"].as_str().unwrap()).collect();
        let (mut all, mut after) = (Vec::new(), String::new());
        loop {
            let page = read(replicas, &after);
            assert_eq!(page.status, 200, "{page:?}");
            let page = page.json();
            let found = page["events"].as_array().unwrap();
            if found.is_empty() {
                break;
            }
            all.extend(found.iter().map(|event| event["id"].as_str().unwrap().to_owned()));
            after = format!("&after={}", page["next"].as_str().unwrap());
        }
        assert_eq!(ids, all, "a reader who follows the log sees what the log has");
        let mut log = EventLog { types: BTreeMap::new(), identities: BTreeMap::new() };
        for event in &followed {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            if event["data"]["session_id"].is_string() {
                let session = text(&event["data"]["session_id"]);
                log.types.entry(session.clone()).or_default().push(text(&event["type"]));
                log.identities.insert(session, text(&event["data"]["identity_id"]));
            }
        }
        log
    }
}

fn read(replicas: &[Addresses], after: &str) -> Answer {
    let replica = replicas.choose(&mut rand::rng()).unwrap();
    send(replica.admin, "GET", &format!("/admin/events?limit=500&wait=1s{after}"), &[])
}

impl EventLog {
    /// Asserts that the events of a session tell what its user knows.
    pub fn check(&self, session: &str, expected: &Expected) {
        let types = self.types.get(session).map(Vec::as_slice).unwrap_or_default();
        let types: Vec<_> = types.iter().map(String::as_str).collect();
        let revoked = ["session.issued", "session.revoked"];
        match expected {
            Expected::Live => assert_eq!(types, revoked[..1], "{session}"),
            Expected::Revoked => assert_eq!(types, revoked, "{session}"),
            Expected::PerhapsRevoked => {
                assert!(types == revoked[..1] || types == revoked, "{session}: {types:?}");
            }
        }
    }

    /// The number of sessions of an identity that have events.
    pub fn count(&self, identity: &str) -> usize {
        self.identities.values().filter(|one| *one == identity).count()
    }
}
