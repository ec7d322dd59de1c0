//! HTTP: routes, headers, JSON. Knows no SQL.
//!
//! [`router`] shows the whole surface on one page; an endpoint is a file.

mod authenticate;
mod cors;
mod error;
mod health;
mod link;
mod log;
mod page_query;
mod router;
mod sessions;

use std::fmt;
use std::sync::Arc;

pub use router::{admin, public};

use crate::authentication::{CookieFormat, Credentials, Gate};
use crate::clock::Clock;
use crate::config::{BaseUrl, Config};
use crate::repository::SessionRepository;

/// What every request may use. Made once.
pub struct App {
    repository: Arc<dyn SessionRepository>,
    credentials: Credentials,
    gate: Gate,
    clock: Clock,
    base_url: BaseUrl,
    cors: cors::Cors,
}

impl App {
    #[must_use]
    pub fn new(config: &Config, repository: Arc<dyn SessionRepository>, clock: Clock) -> Arc<Self> {
        Arc::new(Self {
            repository,
            credentials: Credentials::new(CookieFormat::new(&config.session)),
            gate: Gate::new(config.session.required_aal),
            clock,
            base_url: config.server.base_url.clone(),
            cors: cors::Cors::new(&config.cors),
        })
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").finish_non_exhaustive()
    }
}
