//! The log line of a request, limited to the fields that a log may show.

use std::net::IpAddr;
use std::time::Duration;

use axum::extract::{MatchedPath, Request};
use axum::http::StatusCode;
use tracing::Level;
use tracing::field::display;
use uuid::Uuid;

use crate::config::TrustedProxies;
use crate::http::extract::client_ip;
use crate::http::extract::path_id::hyphenated;
use crate::http::response::error::Cause;
use crate::metrics::method_label;
use crate::pseudonym::Pseudonyms;

/// The fields that are known before the response.
pub(super) struct Line {
    pub method: &'static str,
    address: Option<IpAddr>,
    session: Option<Uuid>,
    identity: Option<Uuid>,
}

impl Line {
    pub(super) fn of(
        request: &Request,
        route: Option<&MatchedPath>,
        trusted_proxies: &TrustedProxies,
    ) -> Self {
        let address = client_ip::resolve(request.extensions(), request.headers(), trusted_proxies);
        let method = method_label(request.method());
        let line = Self { method, address, session: None, identity: None };
        let route = route.map_or("", MatchedPath::as_str);
        match id_after(route, request.uri().path()) {
            Some(("identities", id)) => Self { identity: Some(id), ..line },
            Some((_, id)) => Self { session: Some(id), ..line },
            None => line,
        }
    }

    pub(super) fn write(
        &self,
        route: Option<&MatchedPath>,
        status: StatusCode,
        duration: Duration,
        cause: Option<Cause>,
        pseudonyms: &Pseudonyms,
    ) {
        let Self { method, .. } = *self;
        let route = route.map(MatchedPath::as_str);
        let status = status.as_u16();
        let duration_ms = (duration.as_secs_f64() * 1e6).round() / 1e3;
        let session = || self.session.map(|id| display(pseudonyms.show(id)));
        let identity = || self.identity.map(|id| display(pseudonyms.show(id)));
        let address = || self.address.map(|address| display(pseudonyms.show(address)));
        macro_rules! answered {
            ($level:ident $(, $cause:ident)?) => {
                tracing::$level!(
                    method, route, session = session(), identity = identity(),
                    address = address(), status, duration_ms, $(%$cause,)? "answered"
                )
            };
        }
        // Frequent probes and scrapes are logged at level `debug`.
        let is_probe =
            |route: &str| route.starts_with("/health/") || route.starts_with("/metrics/");
        match cause {
            Some(Cause { text: cause, level: Level::ERROR }) => answered!(error, cause),
            Some(Cause { text: cause, level: Level::WARN }) => answered!(warn, cause),
            Some(Cause { text: cause, level: Level::INFO }) => answered!(info, cause),
            Some(Cause { text: cause, .. }) => answered!(debug, cause),
            None if route.is_some_and(is_probe) => answered!(debug),
            None => answered!(info),
        }
    }
}

/// The id in the path, if the route has `{id}`, and its kind: the segment before it.
fn id_after<'a>(route: &'a str, path: &str) -> Option<(&'a str, Uuid)> {
    if !route.contains('{') {
        return None;
    }
    let mut before = "";
    for (pattern, segment) in route.split('/').zip(path.split('/')) {
        if pattern == "{id}" {
            return Some((before, hyphenated(segment)?));
        }
        before = pattern;
    }
    None
}
