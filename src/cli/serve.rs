//! `elsewhere serve`

use std::sync::Arc;

use elsewhere::clock::Clock;
use elsewhere::config::Config;
use elsewhere::http::{self, App};
use elsewhere::server::{self, Listeners};
use elsewhere::{database, housekeeping, logging};
use tokio::signal::unix::{SignalKind, signal};

use super::CliError;

pub(super) async fn run(config: &Config) -> Result<(), CliError> {
    logging::start(&config.log);
    // A taken port is found before the database is touched.
    let listeners = Listeners::bind(config.server.listen, &config.admin.listen)?;
    let repository = database::open(config).await?;
    let clock = Clock::system();
    let app = App::new(config, Arc::clone(&repository), clock.clone());
    tracing::info!(
        public = %listeners.public.local_addr()?,
        admin = %listeners.admin,
        "listening"
    );
    let serving = server::serve(listeners, http::public(&app), http::admin(&app), stop_signal()?);
    tokio::select! {
        result = serving => result?,
        never = housekeeping::run(repository.as_ref(), config, &clock) => match never {},
    }
    tracing::info!("stopped");
    Ok(())
}

/// Done once the process is told to stop: by SIGTERM, or by Ctrl-C.
pub(super) fn stop_signal() -> Result<impl Future<Output = ()>, CliError> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping: running requests may finish");
    })
}
