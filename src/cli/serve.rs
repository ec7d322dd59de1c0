//! `elsewhere serve`: runs the service until a signal stops it.

mod build_settings;
mod startup_log;

use std::env;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use elsewhere::clock::Clock;
use elsewhere::config::Config;
use elsewhere::http;
use elsewhere::http::{AppState, Shutdown, Signers};
use elsewhere::places::Places;
use elsewhere::repository::SessionRepository;
use elsewhere::security_event::SecurityEvents;
use elsewhere::server;
use elsewhere::server::{Acceptors, Listeners};
use elsewhere::service::SessionService;
use elsewhere::tokenizer::Tokenizer;
use elsewhere::webhook;
use elsewhere::webhook::Webhooks;
use elsewhere::{database, logging, maintenance, reload};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::sleep;

use crate::cli::{CliError, metrics_of};

pub(super) async fn run(config: &Config) -> Result<(), CliError> {
    config.check_serving()?;
    let _logging = logging::start(config)?;
    raise_open_files_limit();
    // Bound first, so that a port in use is reported before the database is touched.
    let listeners = Listeners::inherit_or_bind(&config.server.listen, &config.admin.listen)?;
    // Checked here, too, because systemd may have chosen the address.
    if !listeners.admin.is_local() && config.admin.tokens.is_empty() {
        let problem = "admin.tokens: expected a token, as the admin API's socket is not local";
        return Err(CliError::Usage(problem.to_owned()));
    }
    // Files are read before the database is touched, too.
    let signers = signers(config)?;
    let places = Arc::new(Places::new(config)?);
    // Before the wait for the database: the first process of a container has no other way to stop.
    let mut signals = Signals::new()?;
    let repository = tokio::select! {
        opened = database::open(config) => opened?,
        () = signals.any() => {
            tracing::info!("stopped before the database could be used");
            return Ok(());
        }
    };
    let prepared = Prepared { listeners, repository, signers, places, further: Router::new() };
    run_on(prepared, config, signals).await
}

/// The templates of JWTs, whose Jsonnet runs in this same program, and the keys of security event
/// tokens.
pub(super) fn signers(config: &Config) -> Result<Signers, CliError> {
    // Unlike a path, this is the same program after an upgrade has replaced its file.
    const SAME_PROGRAM: &str = "/proc/self/exe";
    let same = Path::new(SAME_PROGRAM);
    let program = if same.exists() { same.to_owned() } else { env::current_exe()? };
    let base_url = &config.server.base_url;
    let tokenizer = Tokenizer::new(&config.session.tokenizer, base_url, &program)?;
    let security_events = SecurityEvents::new(&config.events, base_url)?;
    security_events.check_against(&tokenizer)?;
    Ok(Signers { tokenizer: Arc::new(tokenizer), security_events: Arc::new(security_events) })
}

/// The parts of a service that are ready before it serves.
pub(super) struct Prepared {
    pub listeners: Listeners,
    pub repository: Arc<dyn SessionRepository>,
    pub signers: Signers,
    pub places: Arc<Places>,
    /// Further routes of the public listener.
    pub further: Router<AppState>,
}

/// Serves until a signal stops the service, and runs the background work meanwhile. Closes the
/// database in any case: an SQLite file is complete without its `-wal` only after that.
pub(super) async fn run_on(
    prepared: Prepared,
    config: &Config,
    signals: Signals,
) -> Result<(), CliError> {
    let Prepared { listeners, repository, signers, places, further } = prepared;
    let (clock, metrics) = (Clock::system(), metrics_of(&repository));
    let service = SessionService::new(config, Arc::clone(&repository), Arc::clone(&metrics));
    let service = Arc::new(service.with_places(Arc::clone(&places)));
    let for_state = Arc::clone(&metrics);
    let state =
        AppState::new(config, Arc::clone(&service), signers.clone(), for_state, clock.clone());
    let parts = webhook::Parts {
        service: Arc::clone(&service),
        repository: Arc::clone(&repository),
        security_events: Arc::clone(&signers.security_events),
        metrics: Arc::clone(&metrics),
        clock: clock.clone(),
        stop: state.shutdown().token(),
    };
    let webhooks = match Webhooks::new(config, &parts) {
        Ok(webhooks) => webhooks,
        Err(error) => {
            service.close().await;
            return Err(error.into());
        }
    };
    let serving = async {
        let acceptors = Acceptors::new(config, &metrics)?;
        let Signers { tokenizer, security_events } = &signers;
        let signing = [tokenizer.files(), security_events.files()].concat();
        let files = [acceptors.files(), signing, places.files()].concat();
        let files = reload::keep_fresh(files)?;
        startup_log::write(config, &listeners, &repository.describe().await?);
        webhooks.start().await;
        let (public, admin) = (http::public(&state, further), http::admin(&state));
        tokio::task::spawn_blocking(elsewhere::user_agent::load);
        let stop = signals.stop(config, state.shutdown());
        tokio::select! {
            result = server::serve(listeners, public, admin, acceptors, stop) => Ok(result?),
            never = maintenance::run(&service, config, &clock) => match never {},
            never = service.keep_activity_flushed() => match never {},
            never = service.keep_events_in_order() => match never {},
            never = service.keep_coherent() => match never {},
            never = service.keep_refusals_noted() => match never {},
            never = files => match never {},
        }
    };
    let served: Result<(), CliError> = serving.await;
    // Both end, because each database call has a timeout.
    state.shutdown().writes_completed().await;
    webhooks.stop().await;
    service.close().await;
    served?;
    tracing::info!("stopped");
    Ok(())
}

/// Each connection is an open file, and many systems allow few of them by default.
fn raise_open_files_limit() {
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "failed to raise the limit of open files");
    }
}

/// The signals that stop the process.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// From now on, signals do not end the process by themselves.
    pub(super) fn new() -> Result<Self, CliError> {
        let terminate = signal(SignalKind::terminate())?;
        Ok(Self { terminate, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Completes at the first signal.
    async fn any(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    /// Completes when the service is to stop: `server.shutdown_delay` after SIGTERM, or at once
    /// on Ctrl-C or a second SIGTERM. During the delay, the service reports that it is not ready.
    async fn stop(mut self, config: &Config, shutdown: &Shutdown) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {
                shutdown.begin();
                tracing::info!("received SIGTERM, no longer ready");
                tokio::select! {
                    () = sleep(config.server.shutdown_delay.unwrap_or_default()) => {}
                    _ = self.interrupt.recv() => {}
                    _ = self.terminate.recv() => {}
                }
            }
        }
        shutdown.begin();
        tracing::info!("stopping, requests in flight may finish");
    }
}
