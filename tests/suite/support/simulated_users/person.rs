//! One of the crowd.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rand::seq::IndexedRandom as _;
use uuid::Uuid;

use crate::support::http_client::{Answer, get, send, send_json};
use crate::support::simulated_users::BREATH;

/// No answer may take longer, whatever the database does.
const LONGEST: Duration = Duration::from_secs(3);
const MOST_SESSIONS: usize = 12;
/// Of how many sessions each asks at the end whether they live, or have ended.
const LOOKED_AT: usize = 30;

/// Where a copy of the service listens.
#[derive(Clone, Copy)]
pub struct Sides {
    pub public: SocketAddr,
    pub admin: SocketAddr,
}

/// What is known of a session from the answers.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Fate {
    Lives {
        token: String,
    },
    Ended {
        token: String,
    },
    /// Nobody answered whether it was ended.
    Unknown,
}

pub struct Person {
    identity: Uuid,
    copies: Vec<Sides>,
    /// The token of the session that stays.
    here: String,
    here_id: String,
    sessions: BTreeMap<String, Fate>,
    /// How many sessions were asked for without an answer, and may be there.
    perhaps_issued: usize,
    strangers: BTreeSet<String>,
    /// When requests were made that were answered with 503, and when answered.
    pub refused: Vec<(Instant, Instant)>,
    pub requests: usize,
}

impl Person {
    pub fn signed_in(copies: Vec<Sides>) -> Self {
        let mut person = Self {
            identity: Uuid::new_v4(),
            copies,
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
            0..3 if live.len() < MOST_SESSIONS => self.signs_in(),
            0..5 => self.walks(),
            5..7 => self.asks_who_they_are(&live),
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

    /// `None` where the answer is 503. No answer takes too long, and there is no
    /// other error.
    fn asks(&mut self, ask: impl Fn(Sides) -> Answer) -> Option<Answer> {
        let copy = *self.copies.choose(&mut rand::rng()).unwrap();
        let began = Instant::now();
        let answer = ask(copy);
        let took = began.elapsed();
        assert!(took < LONGEST, "{took:?}: {answer:?}");
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
        let path = format!("/admin/identities/{}/sessions", self.identity);
        let body = r#"{"authentication_methods": [{"method": "password", "aal": "aal1"}],
                       "device": {"user_agent": "crowd"}}"#;
        let Some(answer) = self.asks(|copy| send_json(copy.admin, "POST", &path, &[], body)) else {
            self.perhaps_issued += 1;
            return;
        };
        assert_eq!(answer.status, 201, "{answer:?}");
        let issued = answer.json();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        let fate = Fate::Lives { token: text(&issued["session_token"]) };
        self.sessions.insert(text(&issued["session"]["id"]), fate);
    }

    fn asks_who_they_are(&mut self, live: &[(String, Fate)]) {
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

    /// Through all pages, asking again for one that is refused.
    fn walks(&mut self) {
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
        self.compares(&seen);
    }

    fn compares(&mut self, seen: &[String]) {
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
        // Nobody else's: there are no more than were asked for.
        assert!(self.strangers.len() <= self.perhaps_issued, "{:?}", self.strangers);
    }

    /// On every copy all is as it was answered.
    pub fn looks_for_the_last_time(&mut self) {
        for copy in std::mem::take(&mut self.copies) {
            self.copies = vec![copy];
            let refused = self.refused.len();
            self.walks();
            let all = self.of(|_| true);
            for one in all.sample(&mut rand::rng(), LOOKED_AT) {
                self.asks_who_they_are(std::slice::from_ref(one));
            }
            assert_eq!(self.refused.len(), refused, "refused when all was over");
        }
    }
}
