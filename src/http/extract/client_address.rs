//! The extractor for the client's address.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap};

use crate::client_ip::{Connection, Peer};
use crate::http::AppState;

/// The client's address, according to the connection and to trusted proxies. `None` if it is not
/// known.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct ClientAddress(pub Option<IpAddr>);

impl ClientAddress {
    pub(in crate::http) fn of(parts: &Parts, app: &AppState) -> Self {
        Self::resolve(&parts.extensions, &parts.headers, app)
    }

    pub(in crate::http) fn resolve(
        extensions: &Extensions,
        headers: &HeaderMap,
        app: &AppState,
    ) -> Self {
        let connection = extensions.get::<Arc<Connection>>();
        let peer = connection.map_or(Peer(None), |connection| connection.peer);
        Self(peer.client_address(headers, &app.trusted_proxies))
    }
}

impl FromRequestParts<Arc<AppState>> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        app: &Arc<AppState>,
    ) -> Result<Self, Infallible> {
        Ok(Self::of(parts, app))
    }
}
