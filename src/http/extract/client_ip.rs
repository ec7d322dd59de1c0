//! The client's address.

use std::net::IpAddr;
use std::sync::Arc;

use axum::http::{Extensions, HeaderMap};

use crate::client_ip::{Connection, Peer};
use crate::config::TrustedProxies;

/// The client's address, according to the connection and to trusted proxies. `None` if it is not
/// known.
pub(in crate::http) fn resolve(
    extensions: &Extensions,
    headers: &HeaderMap,
    trusted: &TrustedProxies,
) -> Option<IpAddr> {
    let connection = extensions.get::<Arc<Connection>>();
    let peer = connection.map_or(Peer(None), |connection| connection.peer);
    peer.client_address(headers, trusted)
}

/// Returns true if the request arrived over a Unix socket.
pub(in crate::http) fn is_over_unix_socket(extensions: &Extensions) -> bool {
    let connection = extensions.get::<Arc<Connection>>();
    connection.is_some_and(|connection| connection.peer.is_unix_socket())
}
