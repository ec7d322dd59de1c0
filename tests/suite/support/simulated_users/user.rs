//! A simulated user.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use rand::seq::IndexedRandom as _;
use serde_json::json;
use uuid::Uuid;

use crate::support::http_client::{Answer, get, send};
use crate::support::sign_in::{SignIn, SignedIn};
use crate::support::simulated_users::addresses::Addresses;
use crate::support::simulated_users::event_reader::{EventLog, Expected};
use crate::support::wait::{wait_for, wait_until};

/// The maximum duration of any response, also while the database fails.
const MAX_RESPONSE_TIME: Duration = Duration::from_secs(3);
const MAX_SESSIONS: usize = 12;
/// The number of sessions whose state each user checks at the end.
const FINAL_SAMPLE_SIZE: usize = 30;

/// The state of a session as known from the responses.
#[derive(Debug, Clone, PartialEq, Eq)]
enum SessionState {
    Live {
        token: String,
    },
    Ended {
        token: String,
    },
    /// The response to the revocation was an error, so it may have happened or not.
    Unknown,
}

pub struct User {
    identity: Uuid,
    replicas: Vec<Addresses>,
    /// The token and the ID of the user's current session, which is never revoked.
    token: String,
    session: String,
    sessions: BTreeMap<String, SessionState>,
    /// The number of sessions that may exist because their issue was answered with an error.
    possibly_issued: usize,
    unknown_sessions: BTreeSet<String>,
    /// The times of each request that received 503: when it was sent, and when it was answered.
    pub refused: Vec<(Instant, Instant)>,
    pub requests: usize,
}

impl User {
    pub fn sign_up(replicas: Vec<Addresses>) -> Self {
        let mut user = Self {
            identity: Uuid::new_v4(),
            replicas,
            token: String::new(),
            session: String::new(),
            sessions: BTreeMap::new(),
            possibly_issued: 0,
            unknown_sessions: BTreeSet::new(),
            refused: Vec::new(),
            requests: 0,
        };
        wait_until("a user signs up", || {
            user.sign_in();
            !user.sessions.is_empty()
        });
        let (id, state) = user.sessions.pop_first().unwrap();
        let SessionState::Live { token } = state else { unreachable!() };
        (user.session, user.token) = (id, token);
        user
    }

    pub fn act(&mut self) {
        let live = self.filter_sessions(|state| matches!(state, SessionState::Live { .. }));
        match rand::random_range(0..10) {
            0..3 if live.len() < MAX_SESSIONS => self.sign_in(),
            0..5 => self.list_all_pages(),
            5..7 => self.call_whoami(&live),
            _ => self.sign_out(&live),
        }
    }

    fn filter_sessions(
        &self,
        matches: impl Fn(&SessionState) -> bool,
    ) -> Vec<(String, SessionState)> {
        self.sessions
            .iter()
            .filter(|(_, state)| matches(state))
            .map(|(id, state)| (id.clone(), state.clone()))
            .collect()
    }

    /// Sends a request to a random replica. `None` if the response is 503. Fails on other server
    /// errors and on slow responses.
    fn call(&mut self, request: impl Fn(Addresses) -> Answer) -> Option<Answer> {
        let replica = *self.replicas.choose(&mut rand::rng()).unwrap();
        self.call_at(replica, request)
    }

    fn call_at(
        &mut self,
        replica: Addresses,
        request: impl Fn(Addresses) -> Answer,
    ) -> Option<Answer> {
        let began = Instant::now();
        let answer = request(replica);
        let took = began.elapsed();
        assert!(took < MAX_RESPONSE_TIME, "{took:?}: {answer:?}");
        assert!(answer.status < 500 || answer.status == 503, "{answer:?}");
        self.requests += 1;
        if answer.status != 503 {
            return Some(answer);
        }
        assert!(answer.has("retry-after"), "{answer:?}");
        self.refused.push((began, began + took));
        None
    }

    fn sign_in(&mut self) {
        let device = json!({"user_agent": "simulated user"});
        let sign_in = SignIn::new(self.identity).device(device);
        let Some(answer) = self.call(|replica| sign_in.send(replica.admin)) else {
            self.possibly_issued += 1;
            return;
        };
        assert_eq!(answer.status, 201, "{answer:?}");
        let SignedIn { session, token } = SignedIn::read(&answer.json());
        self.sessions.insert(session, SessionState::Live { token });
    }

    fn call_whoami(&mut self, live: &[(String, SessionState)]) {
        let mut tokens = vec![(self.token.clone(), 200)];
        for (_, state) in live.choose(&mut rand::rng()).into_iter().chain(
            self.filter_sessions(|state| matches!(state, SessionState::Ended { .. }))
                .choose(&mut rand::rng()),
        ) {
            match state {
                SessionState::Live { token } => tokens.push((token.clone(), 200)),
                SessionState::Ended { token } => tokens.push((token.clone(), 401)),
                SessionState::Unknown => {}
            }
        }
        for (token, status) in tokens {
            if let Some(answer) =
                self.call(|replica| get(replica.public, "/sessions/whoami", &token))
            {
                assert_eq!(answer.status, status, "{answer:?}");
            }
        }
    }

    fn sign_out(&mut self, live: &[(String, SessionState)]) {
        let Some((id, SessionState::Live { token })) = live.choose(&mut rand::rng()) else {
            return;
        };
        // Replicas have it in memory.
        self.whoami_everywhere(token, 200);
        let (path, caller) = (format!("/sessions/{id}"), self.token.clone());
        let headers: &[(&str, &[u8])] = &[("X-Session-Token", caller.as_bytes())];
        let state = match self.call(|replica| send(replica.public, "DELETE", &path, headers)) {
            Some(answer) => {
                assert_eq!(answer.status, 204, "{answer:?}");
                self.whoami_everywhere(token, 401);
                SessionState::Ended { token: token.clone() }
            }
            None => SessionState::Unknown,
        };
        self.sessions.insert(id.clone(), state);
    }

    /// Asserts that each replica that answers accepts, or refuses, a token.
    fn whoami_everywhere(&mut self, token: &str, status: u16) {
        for replica in self.replicas.clone() {
            if let Some(answer) =
                self.call_at(replica, |at| get(at.public, "/sessions/whoami", token))
            {
                assert_eq!(answer.status, status, "{answer:?}");
            }
        }
    }

    /// Reads all pages of the list, and retries pages that receive 503.
    fn list_all_pages(&mut self) {
        let token = self.token.clone();
        let mut path = Some("/sessions?page_size=5".to_owned());
        let mut seen = Vec::new();
        while let Some(page) = path {
            let answer = wait_for("a page of the list", || {
                self.call(|replica| get(replica.public, &page, &token)).ok_or(503)
            });
            assert_eq!(answer.status, 200, "{answer:?}");
            seen.extend(answer.ids());
            assert!(seen.len() < 10_000, "the links do not end");
            path = answer.link("next");
        }
        self.check_list(&seen);
    }

    fn check_list(&mut self, seen: &[String]) {
        let set: BTreeSet<_> = seen.iter().cloned().collect();
        assert_eq!(set.len(), seen.len(), "shown twice: {seen:?}");
        assert!(!set.contains(&self.session), "lists the caller's own");
        for (id, state) in &self.sessions {
            match state {
                SessionState::Live { .. } => {
                    assert!(set.contains(id), "{id} is missing in {seen:?}");
                }
                SessionState::Ended { .. } => assert!(!set.contains(id), "{id} was ended"),
                SessionState::Unknown => {}
            }
        }
        self.unknown_sessions.extend(set.into_iter().filter(|id| !self.sessions.contains_key(id)));
        // No more unknown sessions than may have been issued: none belongs to somebody else.
        assert!(self.unknown_sessions.len() <= self.possibly_issued, "{:?}", self.unknown_sessions);
    }

    /// Asserts that the events are those of the responses.
    pub fn check_events(&self, log: &EventLog) {
        log.check(&self.session, &Expected::Live);
        for (id, state) in &self.sessions {
            log.check(
                id,
                &match state {
                    SessionState::Live { .. } => Expected::Live,
                    SessionState::Ended { .. } => Expected::Revoked,
                    SessionState::Unknown => Expected::PerhapsRevoked,
                },
            );
        }
        // The current session is not among the others.
        let known = self.sessions.len() + 1;
        let issued = log.count(&self.identity.to_string());
        assert!((known..=known + self.possibly_issued).contains(&issued), "{issued} of {known}");
    }

    /// Asserts on every replica that the sessions are as the responses said.
    pub fn check_every_replica(&mut self) {
        for replica in std::mem::take(&mut self.replicas) {
            self.replicas = vec![replica];
            let refused = self.refused.len();
            self.list_all_pages();
            let all = self.filter_sessions(|_| true);
            for one in all.sample(&mut rand::rng(), FINAL_SAMPLE_SIZE) {
                self.call_whoami(std::slice::from_ref(one));
            }
            assert_eq!(self.refused.len(), refused, "refused after the last fault");
        }
    }
}
