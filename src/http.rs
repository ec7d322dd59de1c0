//! HTTP: routes, headers, JSON. Knows no SQL.
//!
//! [`router`] shows the whole surface on one page; an endpoint is a file.

mod admin;
mod authenticate;
mod body;
mod cors;
mod deadline;
mod error;
mod health;
mod link;
mod log;
mod page_query;
mod path;
mod router;
mod same_site;
mod sessions;
mod wire;

use std::fmt;
use std::sync::Arc;

pub use router::{admin, public};

use crate::authentication::{CookieFormat, Credentials, Gate};
use crate::clock::Clock;
use crate::config::{AdminToken, BaseUrl, Config, Schema};
use crate::lifespan::Lifespan;
use crate::repository::SessionRepository;

/// What every request may use. Made once.
pub struct App {
    repository: Arc<dyn SessionRepository>,
    readiness: health::Readiness,
    credentials: Credentials,
    cookies: Arc<CookieFormat>,
    gate: Gate,
    clock: Clock,
    base_url: BaseUrl,
    cors: cors::Cors,
    admin_tokens: Vec<AdminToken>,
    lifespan: Lifespan,
    schema: Schema,
}

impl App {
    #[must_use]
    pub fn new(config: &Config, repository: Arc<dyn SessionRepository>, clock: Clock) -> Arc<Self> {
        let cookies = Arc::new(CookieFormat::new(config));
        Arc::new(Self {
            repository,
            readiness: health::Readiness::default(),
            credentials: Credentials::new(Arc::clone(&cookies)),
            cookies,
            gate: Gate::new(config.session.required_aal),
            clock,
            base_url: config.server.base_url.clone(),
            cors: cors::Cors::new(&config.cors),
            admin_tokens: config.admin.token.clone(),
            lifespan: Lifespan::new(&config.session),
            schema: config.database.schema,
        })
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").finish_non_exhaustive()
    }
}
