//! Simulated users, who sign in, list their sessions and revoke them, all concurrently and
//! continuously, on several replicas. Each user remembers the responses and fails the test if a
//! response contradicts an earlier one. A reader follows the events meanwhile, and compares them with
//! what was answered.

mod addresses;
mod event_reader;
mod user;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::support::process::Replica;
use crate::support::wait::wait_until;
use addresses::Addresses;
use event_reader::EventReader;
use user::User;

/// The pause between two actions of a user.
const ACTION_INTERVAL: Duration = Duration::from_millis(12);

pub struct SimulatedUsers {
    users: Vec<JoinHandle<User>>,
    replicas: Vec<Addresses>,
    reader: EventReader,
    stop_reading: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
    /// The number of actions of all users so far.
    actions: Arc<AtomicUsize>,
}

/// The requests of all users.
#[derive(Debug)]
pub struct Report {
    /// The times of each request that received 503: when it was sent, and when it was answered.
    refused: Vec<(Instant, Instant)>,
    pub requests: usize,
}

impl SimulatedUsers {
    pub fn start(replicas: &[&Replica], users: usize) -> Self {
        let replicas: Vec<_> = replicas
            .iter()
            .map(|replica| Addresses { public: replica.public, admin: replica.admin })
            .collect();
        let stop = Arc::new(AtomicBool::new(false));
        let actions = Arc::new(AtomicUsize::new(0));
        let users = (0..users).map(|_| {
            let (replicas, stop) = (replicas.clone(), Arc::clone(&stop));
            let actions = Arc::clone(&actions);
            std::thread::spawn(move || {
                let mut user = User::sign_up(replicas);
                while !stop.load(Ordering::Relaxed) {
                    user.act();
                    actions.fetch_add(1, Ordering::Relaxed);
                    std::thread::sleep(ACTION_INTERVAL);
                }
                user
            })
        });
        let users = users.collect();
        let stop_reading = Arc::new(AtomicBool::new(false));
        let reader = EventReader::start(replicas.clone(), Arc::clone(&stop_reading));
        Self { users, replicas, reader, stop_reading, stop, actions }
    }

    /// Waits until the users have done this many more actions.
    pub fn wait_for_actions(&self, count: usize) {
        let until = self.actions.load(Ordering::Relaxed) + count;
        wait_until("the users act", || self.actions.load(Ordering::Relaxed) >= until);
    }

    /// Stops the users. Each checks its sessions on every replica for the last time. Each answered
    /// change has its event, and no event tells of what did not happen.
    pub fn stop(self) -> Report {
        self.stop.store(true, Ordering::Relaxed);
        let users: Vec<_> = self.users.into_iter().map(|user| user.join().unwrap()).collect();
        let mut report = Report { refused: Vec::new(), requests: 0 };
        self.stop_reading.store(true, Ordering::Relaxed);
        let log = self.reader.finish(&self.replicas);
        for mut user in users {
            user.check_events(&log);
            user.check_every_replica();
            report.requests += user.requests;
            report.refused.append(&mut user.refused);
        }
        report
    }
}

impl Report {
    /// Asserts that no request was refused that was sent later than `limit` after `moment`.
    pub fn assert_recovered(&self, moment: Instant, limit: Duration) {
        self.assert_recovered_until(moment, limit, Instant::now());
    }

    /// Asserts the same for the time up to `end`.
    pub fn assert_recovered_until(&self, moment: Instant, limit: Duration, end: Instant) {
        let late = self
            .refused
            .iter()
            .filter(|(sent, answered)| *sent >= moment + limit && *answered < end);
        let latest = late.map(|(sent, _)| sent.duration_since(moment)).max();
        assert_eq!(latest, None, "refused so long after it");
    }

    pub fn assert_refused_between(&self, begin: Instant, end: Instant) {
        let refused = self.refused.iter().any(|(sent, _)| (begin..end).contains(sent));
        assert!(refused, "the fault had no effect");
    }

    pub fn assert_never_refused(&self) {
        assert_eq!(self.refused.len(), 0, "of {} requests", self.requests);
    }
}
