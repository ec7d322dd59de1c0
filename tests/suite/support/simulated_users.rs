//! Simulated users, who sign in, list their sessions and revoke them, all concurrently and
//! continuously, on several replicas. Each user remembers the responses and fails the test if a
//! response contradicts an earlier one.

mod person;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::support::process::Replica;
use person::{Person, Sides};

/// The pause between two actions of a user.
const BREATH: Duration = Duration::from_millis(12);

pub struct Crowd {
    people: Vec<JoinHandle<Person>>,
    go_home: Arc<AtomicBool>,
    /// The number of actions of all users so far.
    done: Arc<AtomicUsize>,
}

/// The record of all users.
#[derive(Debug)]
pub struct Account {
    /// The times of each request that received 503: when it was sent, and when it was answered.
    refused: Vec<(Instant, Instant)>,
    pub requests: usize,
}

impl Crowd {
    pub fn gather(replicas: &[&Replica], people: usize) -> Self {
        let sides: Vec<_> = replicas
            .iter()
            .map(|replica| Sides { public: replica.public, admin: replica.admin })
            .collect();
        let go_home = Arc::new(AtomicBool::new(false));
        let done = Arc::new(AtomicUsize::new(0));
        let people = (0..people).map(|_| {
            let (sides, go_home) = (sides.clone(), Arc::clone(&go_home));
            let done = Arc::clone(&done);
            std::thread::spawn(move || {
                let mut person = Person::signed_in(sides);
                while !go_home.load(Ordering::Relaxed) {
                    person.does_something();
                    done.fetch_add(1, Ordering::Relaxed);
                    std::thread::sleep(BREATH);
                }
                person
            })
        });
        Self { people: people.collect(), go_home, done }
    }

    /// Waits until the users have done this many more actions.
    pub fn goes_on(&self, much: usize) {
        let (until, began) = (self.done.load(Ordering::Relaxed) + much, Instant::now());
        while self.done.load(Ordering::Relaxed) < until {
            assert!(began.elapsed() < Duration::from_mins(1), "nobody does anything");
            std::thread::sleep(BREATH);
        }
    }

    /// Stops the users. Each checks its sessions on every replica for the last time.
    pub fn go_home(self) -> Account {
        self.go_home.store(true, Ordering::Relaxed);
        let people: Vec<_> = self.people.into_iter().map(|person| person.join().unwrap()).collect();
        let mut account = Account { refused: Vec::new(), requests: 0 };
        for mut person in people {
            person.looks_for_the_last_time();
            account.requests += person.requests;
            account.refused.append(&mut person.refused);
        }
        account
    }
}

impl Account {
    /// Asserts that no request was refused that was sent later than `limit` after `moment`.
    pub fn was_well_again(&self, moment: Instant, limit: Duration) {
        self.was_well_between(moment, limit, Instant::now());
    }

    /// Asserts the same for the time up to `end`.
    pub fn was_well_between(&self, moment: Instant, limit: Duration, end: Instant) {
        let late = self
            .refused
            .iter()
            .filter(|(asked, answered)| *asked >= moment + limit && *answered < end);
        let latest = late.map(|(asked, _)| asked.duration_since(moment)).max();
        assert_eq!(latest, None, "refused so long after it");
    }

    pub fn was_refused_between(&self, begin: Instant, end: Instant) {
        let refused = self.refused.iter().any(|(asked, _)| (begin..end).contains(asked));
        assert!(refused, "this was meant to hurt");
    }

    pub fn was_never_refused(&self) {
        assert_eq!(self.refused.len(), 0, "of {} requests", self.requests);
    }
}
