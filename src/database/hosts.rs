//! The servers of one URL: a single one, or several of a cluster.
//!
//! Several are written as in libpq: `postgres://USER@ONE:5432,OTHER:5432/DATABASE`
//! (<https://www.postgresql.org/docs/current/libpq-connect.html>), and in the same way for MySQL.
//! All replicas connect to the first server that accepts writes. Each replica stays with its
//! server until connecting to it fails.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::config::DatabaseUrl;
use crate::database::error::OpenError;

/// Connection options for each host. Never empty.
pub(super) struct Hosts<O> {
    options: Vec<O>,
    /// The host that the next connection tries first.
    current: AtomicUsize,
    /// For each host: true if another host has taken over from it.
    superseded: Vec<AtomicBool>,
}

impl<O> Hosts<O> {
    pub(super) fn one(options: O) -> Self {
        Self::new(vec![options])
    }

    fn new(options: Vec<O>) -> Self {
        let superseded = options.iter().map(|_| AtomicBool::new(false)).collect();
        Self { options, current: AtomicUsize::new(0), superseded }
    }

    pub(super) fn read(
        url: &DatabaseUrl,
        read: impl Fn(&str) -> Result<O, sqlx::Error>,
    ) -> Result<Self, OpenError> {
        let options = url.expose_hosts().map(read).collect::<Result<_, _>>();
        options.map(Self::new).map_err(OpenError::url)
    }

    pub(super) fn are_several(&self) -> bool {
        self.options.len() > 1
    }

    /// The options of all hosts, in the order of the URL.
    pub(super) fn options(&self) -> &[O] {
        &self.options
    }

    /// Returns whether connections to this host must no longer be used.
    pub(super) fn is_superseded(&self, host: usize) -> bool {
        self.superseded.get(host).is_some_and(|superseded| superseded.load(Ordering::Relaxed))
    }

    /// Records whether another host has taken over from this one. Returns whether that changed.
    pub(super) fn set_superseded(&self, host: usize, superseded: bool) -> bool {
        let known = self.superseded.get(host);
        known.is_some_and(|known| known.swap(superseded, Ordering::Relaxed) != superseded)
    }

    /// All hosts, beginning with the current one.
    pub(super) fn in_turn(&self) -> impl Iterator<Item = (usize, &O)> {
        let current = self.current.load(Ordering::Relaxed);
        self.options.iter().enumerate().cycle().skip(current).take(self.options.len())
    }

    /// Begins an attempt to connect to a host.
    pub(super) fn attempt(&self, host: usize) -> Attempt<'_, O> {
        Attempt { hosts: self, host, succeeded: false }
    }
}

/// An attempt to connect. If it fails or is abandoned, the next attempt begins at the next host.
pub(super) struct Attempt<'a, O> {
    hosts: &'a Hosts<O>,
    host: usize,
    succeeded: bool,
}

impl<O> Attempt<'_, O> {
    pub(super) fn succeeded(mut self) {
        self.succeeded = true;
        self.hosts.current.store(self.host, Ordering::Relaxed);
    }
}

impl<O> Drop for Attempt<'_, O> {
    fn drop(&mut self) {
        if !self.succeeded {
            let next = (self.host + 1) % self.hosts.options.len();
            // Unless another attempt has moved it meanwhile.
            let (current, order) = (&self.hosts.current, Ordering::Relaxed);
            let _ = current.compare_exchange(self.host, next, order, order);
        }
    }
}
