//! HTTP: routes, headers, JSON. Knows no SQL.
//!
//! [`router`] shows the whole surface on one page; an endpoint is a file.

mod additions;
mod admin;
mod authenticate;
mod body;
mod carry_out;
mod client_address;
mod cors;
mod deadline;
mod delivery;
mod error;
mod failures;
mod headers;
mod health;
mod link;
mod log;
pub mod openapi;
mod page_query;
mod path;
mod pieces;
mod router;
mod running;
mod same_site;
mod sessions;
mod trace;
mod ui;
mod wire;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub use router::{admin, public};
use tokio_util::task::TaskTracker;

use crate::activity::Activity;
use crate::audit::Audit;
use crate::authentication::{CookieFormat, Credentials, Gate};
use crate::clock::Clock;
use crate::config::{AdminToken, BaseUrl, Config, Limits, Schema, TrustedProxies};
use crate::lifespan::Lifespan;
use crate::metrics::Metrics;
use crate::pseudonym::Pseudonyms;
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
    limits: Limits,
    failures: failures::Failures,
    trusted_proxies: TrustedProxies,
    metrics: Arc<Metrics>,
    activity: Activity,
    audit: Audit,
    pseudonyms: Pseudonyms,
    has_tls: bool,
    has_page: bool,
    ui: ui::Ui,
    is_stopping: AtomicBool,
    writes: TaskTracker,
}

impl App {
    #[must_use]
    pub fn new(config: &Config, repository: Arc<dyn SessionRepository>, clock: Clock) -> Arc<Self> {
        let cookies = Arc::new(CookieFormat::new(config));
        let metrics = Arc::new(Metrics::new(&repository));
        Arc::new(Self {
            activity: Activity::new(config, Arc::clone(&repository)),
            repository,
            readiness: health::Readiness::default(),
            credentials: Credentials::new(Arc::clone(&cookies)),
            cookies,
            gate: Gate::new(config),
            clock,
            base_url: config.server.base_url.clone(),
            cors: cors::Cors::new(&config.cors),
            admin_tokens: config.admin.tokens.clone(),
            lifespan: Lifespan::new(&config.session),
            schema: config.database.schema,
            limits: config.limits.clone(),
            failures: failures::Failures::new(config.limits.auth_failures_per_minute),
            trusted_proxies: config.server.trusted_proxies.clone(),
            audit: Audit::new(&config.audit, Some(Arc::clone(&metrics))),
            pseudonyms: Pseudonyms::new(&config.audit),
            metrics,
            has_tls: config.server.tls.is_some(),
            has_page: config.has_page(),
            ui: ui::Ui::new(&config.ui),
            is_stopping: AtomicBool::new(false),
            writes: TaskTracker::new(),
        })
    }

    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    #[must_use]
    pub fn activity(&self) -> &Activity {
        &self.activity
    }

    /// Done once nothing is written any more: also what nobody waits for.
    pub async fn finish(&self) {
        self.writes.close();
        self.writes.wait().await;
        if let Err(error) = self.activity.write().await {
            tracing::warn!(%error, "when sessions were last used could not be written: lost");
        }
    }

    /// From now on this copy is not ready, and closes connections after their next
    /// answer, so that callers find another one before it stops.
    pub fn stop_soon(&self) {
        self.is_stopping.store(true, Ordering::Relaxed);
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").finish_non_exhaustive()
    }
}
