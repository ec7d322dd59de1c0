//! The extractor for responses that last: they end at the shutdown of this replica, and their
//! connections stay open as long as their clients read.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;

use crate::client_ip::{Connection, StreamGuard};
use crate::http::shutdown::Shutdown;

/// The right to answer for longer than other requests. Held until the response ends.
pub(in crate::http) struct EventStream {
    shutdown: Arc<Shutdown>,
    _connection: Option<StreamGuard>,
}

impl<S: Send + Sync> FromRequestParts<S> for EventStream
where
    Arc<Shutdown>: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let connection = parts.extensions.get::<Arc<Connection>>();
        Ok(Self {
            shutdown: Arc::from_ref(state),
            _connection: connection.map(|connection| StreamGuard::new(Arc::clone(connection))),
        })
    }
}

impl EventStream {
    /// The result of the work, or `None` if the shutdown begins before.
    pub(in crate::http) async fn until_shutdown<T>(
        &self,
        work: impl Future<Output = T>,
    ) -> Option<T> {
        tokio::select! {
            biased;
            () = self.shutdown.begun() => None,
            done = work => Some(done),
        }
    }
}
