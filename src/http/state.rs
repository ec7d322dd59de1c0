//! The state that all requests share.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio_util::task::TaskTracker;

use crate::activity::ActivityTracker;
use crate::audit::Audit;
use crate::authentication::{AccessPolicy, CookieCodec, CredentialExtractor};
use crate::clock::Clock;
use crate::config::{AdminToken, BaseUrl, Config, Limits, Schema, TrustedProxies};
use crate::http::middleware::{cors, rate_limit};
use crate::http::{health, ui};
use crate::lifespan::Lifespan;
use crate::metrics::Metrics;
use crate::pseudonym::Pseudonyms;
use crate::repository::SessionRepository;

pub struct AppState {
    pub(in crate::http) repository: Arc<dyn SessionRepository>,
    pub(in crate::http) readiness: health::Readiness,
    pub(in crate::http) credentials: CredentialExtractor,
    pub(in crate::http) cookies: Arc<CookieCodec>,
    pub(in crate::http) access_policy: AccessPolicy,
    pub(in crate::http) clock: Clock,
    pub(in crate::http) base_url: BaseUrl,
    pub(in crate::http) cors: cors::Cors,
    pub(in crate::http) admin_tokens: Vec<AdminToken>,
    pub(in crate::http) lifespan: Lifespan,
    pub(in crate::http) schema: Schema,
    pub(in crate::http) limits: Limits,
    pub(in crate::http) rate_limiter: rate_limit::RateLimiter,
    pub(in crate::http) trusted_proxies: TrustedProxies,
    pub(in crate::http) metrics: Arc<Metrics>,
    pub(in crate::http) activity: ActivityTracker,
    pub(in crate::http) audit: Audit,
    pub(in crate::http) pseudonyms: Pseudonyms,
    pub(in crate::http) has_tls: bool,
    pub(in crate::http) has_page: bool,
    pub(in crate::http) ui: ui::Ui,
    pub(in crate::http) is_stopping: AtomicBool,
    pub(in crate::http) writes: TaskTracker,
}

impl AppState {
    #[must_use]
    pub fn new(config: &Config, repository: Arc<dyn SessionRepository>, clock: Clock) -> Arc<Self> {
        let cookies = Arc::new(CookieCodec::new(config));
        let metrics = Arc::new(Metrics::new(&repository));
        Arc::new(Self {
            activity: ActivityTracker::new(config, Arc::clone(&repository)),
            repository,
            readiness: health::Readiness::default(),
            credentials: CredentialExtractor::new(Arc::clone(&cookies)),
            cookies,
            access_policy: AccessPolicy::new(config),
            clock,
            base_url: config.server.base_url.clone(),
            cors: cors::Cors::new(&config.cors),
            admin_tokens: config.admin.tokens.clone(),
            lifespan: Lifespan::new(&config.session),
            schema: config.database.schema,
            limits: config.limits.clone(),
            rate_limiter: rate_limit::RateLimiter::new(config.limits.auth_failures_per_minute),
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
    pub fn activity(&self) -> &ActivityTracker {
        &self.activity
    }

    /// Waits until all writes have completed, including those whose clients have hung up, and
    /// flushes the session activity.
    pub async fn finish(&self) {
        self.writes.close();
        self.writes.wait().await;
        if let Err(error) = self.activity.write().await {
            tracing::warn!(%error, "failed to flush session activity at shutdown; it is lost");
        }
    }

    /// Begins the shutdown of this replica. From now on it is not ready, and closes each
    /// connection after its next response, so that clients move to another replica before this
    /// one stops.
    pub fn stop_soon(&self) {
        self.is_stopping.store(true, Ordering::Relaxed);
    }
}

impl fmt::Debug for AppState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppState").finish_non_exhaustive()
    }
}
