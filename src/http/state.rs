//! The state that requests share. Handlers, extractors and middleware name the part that they
//! use, and axum takes it from the state (`FromRef`).

use std::fmt;
use std::sync::Arc;

use axum::extract::FromRef;
use axum::http::HeaderValue;

use crate::authentication::{CookieCodec, CredentialExtractor, DeviceBinding, MethodNames};
use crate::clock::Clock;
use crate::config::{BaseUrl, Config, Limits, Schema, TrustedProxies};
use crate::http::auth_failure_limit::RateLimiter;
use crate::http::binding_protocol::BindingProtocol;
use crate::http::extract::credential::Authenticator;
use crate::http::middleware::authorize::OperatorAccess;
use crate::http::middleware::cors;
use crate::http::middleware::cors::AllowedOrigins;
use crate::http::middleware::csrf::Csrf;
use crate::http::readiness::Readiness;
use crate::http::response::cache_for::CacheFor;
use crate::http::response::wire::SchemaUrls;
use crate::http::return_urls::ReturnUrls;
use crate::http::shutdown::Shutdown;
use crate::http::ui::assets::Assets;
use crate::http::ui::shell::Ui;
use crate::metrics::Metrics;
use crate::pseudonym::Pseudonyms;
use crate::security_event::SecurityEvents;
use crate::service::SessionService;
use crate::tokenizer::Tokenizer;

/// All parts. A clone is cheap.
#[derive(Clone)]
pub struct AppState(Arc<Parts>);

/// Declares the parts, and takes each from the state by its type.
macro_rules! parts {
    ($($name:ident: $part:ty,)*) => {
        struct Parts {
            $($name: $part,)*
            settings: RouterSettings,
        }

        $(
            impl FromRef<AppState> for $part {
                fn from_ref(state: &AppState) -> Self {
                    state.0.$name.clone()
                }
            }
        )*
    };
}

parts! {
    service: Arc<SessionService>,
    tokenizer: Arc<Tokenizer>,
    security_events: Arc<SecurityEvents>,
    authenticator: Arc<Authenticator>,
    access: Arc<OperatorAccess>,
    csrf: Arc<Csrf>,
    origins: Arc<AllowedOrigins>,
    cookies: Arc<CookieCodec>,
    bindings: Option<Arc<BindingProtocol>>,
    return_urls: Arc<ReturnUrls>,
    base_url: Arc<BaseUrl>,
    schema_urls: Arc<SchemaUrls>,
    method_names: Arc<MethodNames>,
    trusted_proxies: Arc<TrustedProxies>,
    clock: Clock,
    readiness: Arc<Readiness>,
    shutdown: Arc<Shutdown>,
    metrics: Arc<Metrics>,
    ui: Arc<Ui>,
    assets: Arc<Assets>,
    cache_for: CacheFor,
}

/// The settings that determine the routes and their layers.
pub(in crate::http) struct RouterSettings {
    pub limits: Limits,
    pub pseudonyms: Pseudonyms,
    pub has_tls: bool,
    pub has_page: bool,
    pub is_own_schema: bool,
    /// The request headers that pages of other origins may send.
    pub request_headers: HeaderValue,
}

/// The signers of tokens for other services.
#[derive(Clone)]
pub struct Signers {
    pub tokenizer: Arc<Tokenizer>,
    pub security_events: Arc<SecurityEvents>,
}

impl fmt::Debug for Signers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signers").finish_non_exhaustive()
    }
}

impl AppState {
    #[must_use]
    pub fn new(
        config: &Config,
        service: Arc<SessionService>,
        signers: Signers,
        metrics: Arc<Metrics>,
        clock: Clock,
    ) -> Self {
        let Signers { tokenizer, security_events } = signers;
        let base_url = Arc::new(config.server.base_url.clone());
        let cookies = Arc::new(CookieCodec::new(config));
        let device = DeviceBinding::new(config, &cookies).map(Arc::new);
        let bindings = device
            .clone()
            .map(|device| Arc::new(BindingProtocol::new(device, Arc::clone(&base_url))));
        let origins = Arc::new(AllowedOrigins::new(&config.cors));
        let rate_limiter = Arc::new(RateLimiter::new(config.limits.auth_failures_per_minute));
        let assets = Arc::new(Assets::new(&config.ui));
        let trusted_proxies = Arc::new(config.server.trusted_proxies.clone());
        Self(Arc::new(Parts {
            readiness: Arc::new(Readiness::new(Arc::clone(&service))),
            service: Arc::clone(&service),
            tokenizer,
            security_events,
            authenticator: Arc::new(Authenticator {
                credentials: CredentialExtractor::new(Arc::clone(&cookies), device),
                clock: clock.clone(),
                trusted_proxies: Arc::clone(&trusted_proxies),
                rate_limiter: Arc::clone(&rate_limiter),
                base_url: Arc::clone(&base_url),
                metrics: Arc::clone(&metrics),
                service,
                binding: bindings.clone(),
            }),
            bindings,
            access: Arc::new(OperatorAccess {
                tokens: config.admin.tokens.clone(),
                trusted_proxies: Arc::clone(&trusted_proxies),
                rate_limiter,
            }),
            csrf: Arc::new(Csrf::new(Arc::clone(&origins), &base_url)),
            origins,
            cookies,
            ui: Arc::new(Ui::new(&config.ui, &assets, &base_url)),
            assets,
            return_urls: Arc::new(ReturnUrls::new(&config.ui, &base_url)),
            base_url,
            schema_urls: Arc::new(SchemaUrls::new(config)),
            method_names: Arc::new(MethodNames::new(config)),
            cache_for: CacheFor::new(&config.session),
            trusted_proxies,
            clock,
            shutdown: Arc::default(),
            metrics,
            settings: RouterSettings {
                limits: config.limits.clone(),
                pseudonyms: Pseudonyms::new(&config.audit),
                has_tls: config.server.tls.is_some(),
                has_page: config.has_page(),
                is_own_schema: config.database.schema == Schema::Own,
                request_headers: cors::request_headers(&config.cors),
            },
        }))
    }

    #[must_use]
    pub fn shutdown(&self) -> &Shutdown {
        &self.0.shutdown
    }

    pub(in crate::http) fn settings(&self) -> &RouterSettings {
        &self.0.settings
    }

    /// One part, such as `state.part::<Clock>()`.
    pub(in crate::http) fn part<T: FromRef<Self>>(&self) -> T {
        T::from_ref(self)
    }
}

impl fmt::Debug for AppState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppState").finish_non_exhaustive()
    }
}
