//! Requests in flight on a connection, and for its client.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};

use crate::client_ip::forwarded_for::Peer;

/// The usage of one client, across all of its connections to one listener.
#[derive(Debug, Default)]
pub struct ClientUsage {
    /// Requests whose responses are not delivered yet.
    pub requests: AtomicU32,
    /// Memory that those responses hold.
    pub response_bytes: AtomicU64,
}

/// One connection. Its requests share it and carry it as an extension.
#[derive(Debug)]
pub struct Connection {
    pub peer: Peer,
    /// `None` for trusted proxies and Unix sockets, which act for many clients.
    pub usage: Option<Arc<ClientUsage>>,
    generation: AtomicUsize,
    undelivered: [AtomicU32; 2],
    /// Responses that last, and that are read as they are written.
    streams: AtomicU32,
}

/// Marks a response that lasts. As long as its client reads, its connection is in use.
#[derive(Debug)]
pub struct StreamGuard(Arc<Connection>);

impl StreamGuard {
    #[must_use]
    pub fn new(connection: Arc<Connection>) -> Self {
        connection.streams.fetch_add(1, Ordering::Relaxed);
        Self(connection)
    }
}

impl Drop for StreamGuard {
    fn drop(&mut self) {
        self.0.streams.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The time of a request's arrival, in periods of the connection's idle timeout.
#[derive(Debug, Clone, Copy)]
pub struct Generation(usize);

impl Connection {
    #[must_use]
    pub fn new(peer: Peer, usage: Option<Arc<ClientUsage>>) -> Self {
        let undelivered = Default::default();
        let (generation, streams) = (AtomicUsize::new(0), AtomicU32::new(0));
        Self { peer, usage, generation, undelivered, streams }
    }

    #[must_use]
    pub fn has_stream(&self) -> bool {
        self.streams.load(Ordering::Relaxed) > 0
    }

    /// Counts a request as undelivered until [`Connection::delivered`].
    pub fn arrived(&self) -> Generation {
        let generation = self.generation.load(Ordering::Relaxed) % 2;
        self.undelivered[generation].fetch_add(1, Ordering::Relaxed);
        Generation(generation)
    }

    pub fn delivered(&self, Generation(generation): Generation) {
        self.undelivered[generation].fetch_sub(1, Ordering::Relaxed);
    }

    /// Begins the next generation. Returns false, and begins none, if a response of the previous
    /// generation is not delivered yet: it has waited for one to two periods.
    pub fn next_generation(&self) -> bool {
        let next = self.generation.load(Ordering::Relaxed) + 1;
        let is_delivered = self.undelivered[next % 2].load(Ordering::Relaxed) == 0;
        if is_delivered {
            self.generation.store(next, Ordering::Relaxed);
        }
        is_delivered
    }
}
