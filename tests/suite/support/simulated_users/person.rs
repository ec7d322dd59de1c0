//! A simulated user.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rand::seq::IndexedRandom as _;
use serde_json::json;
use uuid::Uuid;

use crate::support::http_client::{Answer, get, send};
use crate::support::sign_in::{SignIn, SignedIn};
use crate::support::simulated_users::BREATH;

/// The maximum duration of any response, also while the database fails.
const MAX_RESPONSE_TIME: Duration = Duration::from_secs(3);
const MAX_SESSIONS: usize = 12;
/// The number of sessions whose state each user checks at the end.
const FINAL_SAMPLE_SIZE: usize = 30;

/// The addresses of a replica.
#[derive(Clone, Copy)]
pub struct Sides {
    pub public: SocketAddr,
    pub admin: SocketAddr,
}

/// The state of a session as known from the responses.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Fate {
    Lives {
        token: String,
    },
    Ended {
        token: String,
    },
    /// The response to the revocation was an error, so it may have happened or not.
    Unknown,
}

pub struct Person {
    identity: Uuid,
    replicas: Vec<Sides>,
    /// The token of the user's current session, which is never revoked.
    here: String,
    here_id: String,
    sessions: BTreeMap<String, Fate>,
    /// The number of sessions that may exist because their issue was answered with an error.
    perhaps_issued: usize,
    strangers: BTreeSet<String>,
    /// The times of each request that received 503: when it was sent, and when it was answered.
    pub refused: Vec<(Instant, Instant)>,
    pub requests: usize,
}

impl Person {
    pub fn signed_in(replicas: Vec<Sides>) -> Self {
        let mut person = Self {
            identity: Uuid::new_v4(),
            replicas,
            here: String::new(),
            here_id: String::new(),
            sessions: BTreeMap::new(),
            perhaps_issued: 0,
            strangers: BTreeSet::new(),
            refused: Vec::new(),
            requests: 0,
        };
        while person.sessions.is_empty() {
            person.signs_in();
        }
        let (id, fate) = person.sessions.pop_first().unwrap();
        let Fate::Lives { token } = fate else { unreachable!() };
        (person.here_id, person.here) = (id, token);
        person
    }

    pub fn does_something(&mut self) {
        let live = self.of(|fate| matches!(fate, Fate::Lives { .. }));
        match rand::random_range(0..10) {
            0..3 if live.len() < MAX_SESSIONS => self.signs_in(),
            0..5 => self.lists_all_pages(),
            5..7 => self.calls_whoami(&live),
            _ => self.signs_out(&live),
        }
    }

    fn of(&self, is: impl Fn(&Fate) -> bool) -> Vec<(String, Fate)> {
        self.sessions
            .iter()
            .filter(|(_, fate)| is(fate))
            .map(|(id, fate)| (id.clone(), fate.clone()))
            .collect()
    }

    /// Sends a request to a random replica. `None` if the response is 503. Fails on other server
    /// errors and on slow responses.
    fn asks(&mut self, ask: impl Fn(Sides) -> Answer) -> Option<Answer> {
        let copy = *self.replicas.choose(&mut rand::rng()).unwrap();
        let began = Instant::now();
        let answer = ask(copy);
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

    fn signs_in(&mut self) {
        let device = json!({"user_agent": "simulated user"});
        let sign_in = SignIn::new(self.identity).device(device);
        let Some(answer) = self.asks(|copy| sign_in.send(copy.admin)) else {
            self.perhaps_issued += 1;
            return;
        };
        assert_eq!(answer.status, 201, "{answer:?}");
        let SignedIn { session, token } = SignedIn::read(&answer.json());
        self.sessions.insert(session, Fate::Lives { token });
    }

    fn calls_whoami(&mut self, live: &[(String, Fate)]) {
        let mut tokens = vec![(self.here.clone(), 200)];
        for (_, fate) in live
            .choose(&mut rand::rng())
            .into_iter()
            .chain(self.of(|fate| matches!(fate, Fate::Ended { .. })).choose(&mut rand::rng()))
        {
            match fate {
                Fate::Lives { token } => tokens.push((token.clone(), 200)),
                Fate::Ended { token } => tokens.push((token.clone(), 401)),
                Fate::Unknown => {}
            }
        }
        for (token, status) in tokens {
            if let Some(answer) = self.asks(|copy| get(copy.public, "/sessions/whoami", &token)) {
                assert_eq!(answer.status, status, "{answer:?}");
            }
        }
    }

    fn signs_out(&mut self, live: &[(String, Fate)]) {
        let Some((id, Fate::Lives { token })) = live.choose(&mut rand::rng()) else {
            return;
        };
        let (path, here) = (format!("/sessions/{id}"), self.here.clone());
        let headers: &[(&str, &[u8])] = &[("X-Session-Token", here.as_bytes())];
        let fate = match self.asks(|copy| send(copy.public, "DELETE", &path, headers)) {
            Some(answer) => {
                assert_eq!(answer.status, 204, "{answer:?}");
                Fate::Ended { token: token.clone() }
            }
            None => Fate::Unknown,
        };
        self.sessions.insert(id.clone(), fate);
    }

    /// Reads all pages of the list, and retries pages that receive 503.
    fn lists_all_pages(&mut self) {
        let here = self.here.clone();
        let mut path = Some("/sessions?page_size=5".to_owned());
        let mut seen = Vec::new();
        while let Some(page) = path.take() {
            let Some(answer) = self.asks(|copy| get(copy.public, &page, &here)) else {
                std::thread::sleep(BREATH);
                path = Some(page);
                continue;
            };
            assert_eq!(answer.status, 200, "{answer:?}");
            seen.extend(answer.ids());
            path = answer.link("next");
        }
        self.checks_list(&seen);
    }

    fn checks_list(&mut self, seen: &[String]) {
        let set: BTreeSet<_> = seen.iter().cloned().collect();
        assert_eq!(set.len(), seen.len(), "twice in one walk: {seen:?}");
        assert!(!set.contains(&self.here_id), "lists the caller's own");
        for (id, fate) in &self.sessions {
            match fate {
                Fate::Lives { .. } => assert!(set.contains(id), "{id} is missing in {seen:?}"),
                Fate::Ended { .. } => assert!(!set.contains(id), "{id} was ended"),
                Fate::Unknown => {}
            }
        }
        self.strangers.extend(set.into_iter().filter(|id| !self.sessions.contains_key(id)));
        // No more unknown sessions than may have been issued: none belongs to somebody else.
        assert!(self.strangers.len() <= self.perhaps_issued, "{:?}", self.strangers);
    }

    /// Checks on every replica that the sessions are as the responses said.
    pub fn looks_for_the_last_time(&mut self) {
        for copy in std::mem::take(&mut self.replicas) {
            self.replicas = vec![copy];
            let refused = self.refused.len();
            self.lists_all_pages();
            let all = self.of(|_| true);
            for one in all.sample(&mut rand::rng(), FINAL_SAMPLE_SIZE) {
                self.calls_whoami(std::slice::from_ref(one));
            }
            assert_eq!(self.refused.len(), refused, "refused when all was over");
        }
    }
}
