//! The first lines of the log: the version, the database and the addresses, and warnings about
//! settings that work, but hardly as intended, and about settings of the build that are missing.

use std::env;
use std::io;

use elsewhere::config::{Config, Schema};
use elsewhere::repository::Description;
use elsewhere::server::{Listener, Listeners};
use rlimit::Resource;

use crate::cli::serve::build_settings;

pub(super) fn write(config: &Config, listeners: &Listeners, description: &Description) {
    let Description { database, schema } = description;
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        database,
        schema,
        public = %listeners.public,
        admin = %listeners.admin,
        "listening"
    );
    let problems = [
        loopback_base_url(config, &listeners.public),
        base_url_without_tls(config),
        cookies_without_tls(config),
        untrusted_proxy(config, &listeners.public),
        too_few_files(config, Resource::NOFILE.get()),
        ignored_variable(),
        build_settings::missing(),
    ];
    for problem in problems.into_iter().flatten() {
        tracing::warn!("{problem}");
    }
    // On this machine alone, the service is tried out.
    match cookies_without_secrets(config) {
        Some(problem) if is_for_browsers(config, &listeners.public) => tracing::warn!("{problem}"),
        Some(problem) => tracing::info!("{problem}"),
        None => {}
    }
}

fn loopback_base_url(config: &Config, public: &Listener) -> Option<String> {
    let url = &config.server.base_url;
    (url.is_loopback() && !public.is_local()).then(|| {
        let url = url.at("");
        format!("server.base_url: {url} leads people to their own machine, but {public} is open")
    })
}

fn base_url_without_tls(config: &Config) -> Option<String> {
    let is_wrong = !config.server.base_url.is_secure() && config.server.tls.is_some();
    is_wrong.then(|| "server.base_url: is http, but server.tls has a certificate".to_owned())
}

/// Beside Kratos, this is an error.
fn cookies_without_secrets(config: &Config) -> Option<&'static str> {
    let session = &config.session;
    let is_wrong = config.database.schema == Schema::Own
        && session.cookies
        && session.cookie_secrets.is_empty();
    is_wrong.then_some(
        "session.cookie_secrets: empty, so cookies of browsers are ignored; to accept tokens \
         only, set session.cookies = false",
    )
}

/// Returns true if other machines can call, or if other settings are for browsers.
fn is_for_browsers(config: &Config, public: &Listener) -> bool {
    !config.server.base_url.is_loopback()
        || !public.is_local()
        || !config.cors.allowed_origins.is_empty()
        || config.session.cookie_domain.is_some()
        || config.ui.sign_in_url.is_some()
}

fn cookies_without_tls(config: &Config) -> Option<String> {
    let url = &config.server.base_url;
    let has_cookies = config.session.cookies && !config.session.cookie_secrets.is_empty();
    (has_cookies && !url.is_secure() && !url.is_loopback()).then(|| {
        "server.base_url: is http, so others on the network can read session cookies".to_owned()
    })
}

/// A proxy in front ends TLS. One that uses a Unix socket is trusted anyway.
fn untrusted_proxy(config: &Config, public: &Listener) -> Option<String> {
    let server = &config.server;
    let has_proxy = server.base_url.is_secure() && server.tls.is_none();
    let is_trusted = !server.trusted_proxies.is_empty() || matches!(public, Listener::Unix(..));
    (has_proxy && !is_trusted).then(|| {
        "server.trusted_proxies: empty, but server.base_url is https and server.tls has no \
         certificate, so all clients of the proxy in front share its address and its limits"
            .to_owned()
    })
}

fn too_few_files(config: &Config, limits: io::Result<(u64, u64)>) -> Option<String> {
    let (files, _) = limits.ok()?;
    let most = config.limits.max_connections;
    (files <= most.into()).then(|| {
        format!("limits.max_connections: is {most}, but the system allows only {files} open files")
    })
}

fn ignored_variable() -> Option<String> {
    let is_set = env::var_os("RUST_LOG").is_some_and(|value| !value.is_empty());
    is_set.then(|| "RUST_LOG: ignored; log.level selects the lines".to_owned())
}
