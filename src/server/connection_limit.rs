//! Connection limits: in total and per client.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::client_ip::{Client, ClientUsage};
use crate::config::{Limits, TrustedProxies};
use crate::metrics::ConnectionMetrics;

/// Counts and limits the connections of one listener.
#[derive(Debug)]
pub(super) struct Connections {
    max_total: u32,
    max_per_client: u32,
    trusted: TrustedProxies,
    open: Mutex<Open>,
    metrics: ConnectionMetrics,
}

#[derive(Debug, Default)]
struct Open {
    total: u32,
    by_client: HashMap<Client, ClientConnections>,
}

#[derive(Debug, Default)]
struct ClientConnections {
    connections: u32,
    usage: Arc<ClientUsage>,
}

/// Permission for one connection. Dropping it makes room for another one.
#[derive(Debug)]
pub(super) struct Permit {
    connections: Arc<Connections>,
    client: Option<Client>,
    usage: Option<Arc<ClientUsage>>,
}

impl Connections {
    pub(super) fn new(
        limits: &Limits,
        trusted: &TrustedProxies,
        metrics: ConnectionMetrics,
    ) -> Arc<Self> {
        Arc::new(Self {
            max_total: limits.max_connections,
            max_per_client: limits.max_connections_per_client,
            trusted: trusted.clone(),
            open: Mutex::default(),
            metrics,
        })
    }

    /// Admits a connection. `None` if a limit is reached.
    pub(super) fn admit(self: &Arc<Self>, peer: Option<IpAddr>) -> Option<Permit> {
        let client = peer.filter(|peer| !self.trusted.contain(*peer)).map(Client::of);
        let mut open = self.open();
        let is_full = open.total >= self.max_total;
        let is_client_full = client
            .and_then(|client| open.by_client.get(&client))
            .is_some_and(|of_client| of_client.connections >= self.max_per_client);
        if is_full || is_client_full {
            self.metrics.refused.inc();
            return None;
        }
        open.total += 1;
        let usage = client.map(|client| {
            let of_client = open.by_client.entry(client).or_default();
            of_client.connections += 1;
            Arc::clone(&of_client.usage)
        });
        self.metrics.open.inc();
        Some(Permit { connections: Arc::clone(self), client, usage })
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit {
    /// The client's requests and responses in flight. `None` for trusted proxies and Unix
    /// sockets, which act for many clients.
    pub(super) fn usage(&self) -> Option<Arc<ClientUsage>> {
        self.usage.clone()
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut open = self.connections.open();
        open.total -= 1;
        self.connections.metrics.open.dec();
        let Some(Entry::Occupied(mut of_client)) =
            self.client.map(|client| open.by_client.entry(client))
        else {
            return;
        };
        of_client.get_mut().connections -= 1;
        if of_client.get().connections == 0 {
            of_client.remove();
        }
    }
}
