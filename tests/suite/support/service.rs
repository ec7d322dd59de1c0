//! A service within the test process, on free ports, stopped on drop.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use axum::Router;
use elsewhere::clock::Clock;
use elsewhere::config::{Config, Listen};
use elsewhere::database;
use elsewhere::database::Version;
use elsewhere::event::{Actor, Change};
use elsewhere::http;
use elsewhere::http::{AppState, Signers};
use elsewhere::identity::{Identity, IdentityPatch};
use elsewhere::metrics::Metrics;
use elsewhere::places::Places;
use elsewhere::reload;
use elsewhere::repository::{NewSession, RepositoryError, SessionRepository};
use elsewhere::security_event::SecurityEvents;
use elsewhere::server;
use elsewhere::server::{Acceptors, Listeners};
use elsewhere::service::{PruneWalk, SessionService};
use elsewhere::tokenizer::Tokenizer;
use time::OffsetDateTime;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use crate::support::people::NOW;
use crate::support::wait::{BlockOnInTime as _, LIMIT, poll};

pub struct Service {
    pub public: SocketAddr,
    pub admin: SocketAddr,
    pub state: AppState,
    pub metrics: Arc<Metrics>,
    pub sessions: Arc<SessionService>,
    pub repository: Arc<dyn SessionRepository>,
    runtime: Arc<Runtime>,
    stop: Option<oneshot::Sender<()>>,
    thread: JoinHandle<()>,
}

/// Settings by their names in the settings file, such as `database.url`.
pub fn config<'a>(settings: impl IntoIterator<Item = (&'a str, &'a str)>) -> Config {
    let environment: BTreeMap<_, _> =
        settings.into_iter().map(|(key, value)| (variable(key), value.to_owned())).collect();
    Config::load(None, &environment).unwrap()
}

/// The environment variable of a setting.
pub fn variable(key: &str) -> String {
    format!("ELSEWHERE_{}", key.replace('.', "__").to_uppercase())
}

impl Service {
    pub fn start(config: &Config, clock: Clock) -> Self {
        Self::start_as_next_release(config, clock, &[])
    }

    /// Starts as a program that knows these further versions of the schema.
    pub fn start_as_next_release(config: &Config, clock: Clock, further: &[Version]) -> Self {
        config.check_serving().unwrap();
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let listeners = Listeners::bind(&Listen::Tcp(any), &Listen::Tcp(any)).unwrap();
        let public = listeners.public.to_string().parse().unwrap();
        let admin = listeners.admin.to_string().parse().unwrap();
        let runtime = Arc::new(Runtime::new().unwrap());
        let repository =
            runtime.block_on_in_time(database::open_as_next_release(config, further)).unwrap();
        let pools = Arc::clone(&repository);
        let metrics = Arc::new(Metrics::new(move || pools.pools()));
        let sessions = SessionService::new(config, Arc::clone(&repository), Arc::clone(&metrics));
        let places = Arc::new(Places::new(config).unwrap());
        let sessions = Arc::new(sessions.with_places(Arc::clone(&places)));
        let templates = &config.session.tokenizer;
        let program = Path::new(env!("CARGO_BIN_EXE_elsewhere"));
        let tokenizer = Tokenizer::new(templates, &config.server.base_url, program).unwrap();
        let tokenizer = Arc::new(tokenizer);
        let security_events = SecurityEvents::new(&config.events, &config.server.base_url).unwrap();
        let signers = Signers {
            tokenizer: Arc::clone(&tokenizer),
            security_events: Arc::new(security_events),
        };
        let acceptors = Acceptors::new(config, &metrics).unwrap();
        let files = [acceptors.files(), tokenizer.files(), places.files()].concat();
        let state =
            AppState::new(config, Arc::clone(&sessions), signers, Arc::clone(&metrics), clock);
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn({
            let (runtime, state) = (Arc::clone(&runtime), state.clone());
            let sessions = Arc::clone(&sessions);
            move || {
                let shutdown = async {
                    let _ = stopped.await;
                };
                let (public, admin) = (http::public(&state, Router::new()), http::admin(&state));
                runtime.block_on(async {
                    tokio::select! {
                        served = server::serve(listeners, public, admin, acceptors, shutdown) => {
                            served.unwrap();
                        }
                        never = reload::keep_fresh(files).unwrap() => match never {},
                        never = sessions.keep_events_in_order() => match never {},
                        never = sessions.keep_coherent() => match never {},
                        never = sessions.keep_refusals_noted() => match never {},
                    }
                });
                runtime.block_on(state.shutdown().writes_completed());
                runtime.block_on(sessions.close());
            }
        });
        let stop = Some(stop);
        Self { public, admin, state, metrics, sessions, repository, runtime, stop, thread }
    }

    /// Issues sessions, and creates their identity.
    pub fn issue(&self, identity: &Identity, sessions: &[NewSession]) {
        let patch = IdentityPatch {
            external_id: identity.external_id.clone(),
            schema_id: Some(identity.schema_id.clone()),
            state: None,
            traits: Some(identity.traits.clone()),
            metadata_public: identity.metadata_public.clone(),
            metadata_admin: identity.metadata_admin.clone(),
            available_level: identity.available_level,
            organization_id: identity.organization_id,
        };
        // In parts, because each call has a time limit, also on a busy machine.
        let parts = sessions.chunks(20);
        let parts: Vec<_> = if sessions.is_empty() { vec![sessions] } else { parts.collect() };
        for sessions in parts {
            let issued = Change::issue(Actor::CommandLine, NOW);
            let issued = self.repository.issue(identity.id, &patch, sessions, &issued);
            assert!(self.wait(issued).unwrap(), "the identity is inactive");
        }
    }

    /// Prunes all sessions that ended before `before`, and returns their number.
    pub fn prune(&self, before: OffsetDateTime, dry_run: bool) -> Result<u64, RepositoryError> {
        let mut walk = PruneWalk::default();
        self.wait(self.sessions.prune(&mut walk, before, NOW, dry_run, |_| ()))
    }

    /// Waits for a future, such as one of the repository's.
    pub fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on_in_time(future)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.stop.take());
        // Not with a panic, which would abort a test that panics already.
        if poll(LIMIT, || self.thread.is_finished().then_some(()).ok_or(())).is_err() {
            eprintln!("not within {LIMIT:?}: the end of a service");
        }
    }
}
