//! How many connections there are, in all and of each client.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::client_ip::{Client, ClientUsage};
use crate::config::{Limits, TrustedProxies};
use crate::metrics::ConnectionMetrics;

/// Counts the connections of one side.
#[derive(Debug)]
pub(super) struct Connections {
    most: u32,
    most_each: u32,
    trusted: TrustedProxies,
    open: Mutex<Open>,
    metrics: ConnectionMetrics,
}

#[derive(Debug, Default)]
struct Open {
    all: u32,
    of: HashMap<Client, OfClient>,
}

#[derive(Debug, Default)]
struct OfClient {
    connections: u32,
    usage: Arc<ClientUsage>,
}

/// One connection, as long as it is not dropped.
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
            most: limits.max_connections,
            most_each: limits.max_connections_per_client,
            trusted: trusted.clone(),
            open: Mutex::default(),
            metrics,
        })
    }

    /// `None` where there are too many.
    pub(super) fn admit(self: &Arc<Self>, peer: Option<IpAddr>) -> Option<Permit> {
        let client = peer.filter(|peer| !self.trusted.contain(*peer)).map(Client::of);
        let mut open = self.open();
        let is_full = open.all >= self.most;
        let has_enough = client.is_some_and(|client| {
            open.of.get(&client).is_some_and(|of| of.connections >= self.most_each)
        });
        if is_full || has_enough {
            self.metrics.refused.inc();
            return None;
        }
        open.all += 1;
        let usage = client.map(|client| {
            let of_client = open.of.entry(client).or_default();
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
    /// What the client has in flight; `None` of those that come for many.
    pub(super) fn usage(&self) -> Option<Arc<ClientUsage>> {
        self.usage.clone()
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut open = self.connections.open();
        open.all -= 1;
        self.connections.metrics.open.dec();
        let Some(Entry::Occupied(mut of_client)) = self.client.map(|client| open.of.entry(client))
        else {
            return;
        };
        of_client.get_mut().connections -= 1;
        if of_client.get().connections == 0 {
            of_client.remove();
        }
    }
}
