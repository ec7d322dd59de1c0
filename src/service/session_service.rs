//! The service that all use cases are methods of.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

use uuid::Uuid;

use crate::authentication::AccessPolicy;
use crate::config::{Config, Schema};
use crate::event::Change;
use crate::lifespan::Lifespan;
use crate::metrics::Metrics;
use crate::places::Places;
use crate::repository::{RepositoryError, Selection, SessionRef, SessionRepository};
use crate::service::activity::ActivityTracker;
use crate::service::audit::Audit;
use crate::service::coherence::Coherence;
use crate::service::event_feed::EventFeed;
use crate::service::refusal_queue::RefusalQueue;
use crate::service::session_cache::SessionCache;
use crate::session::Session;
use crate::session_limit::SessionLimit;

/// All use cases, on the sessions of one database. Created once.
pub struct SessionService {
    pub(super) repository: Arc<dyn SessionRepository>,
    pub(super) access_policy: AccessPolicy,
    pub(super) activity: ActivityTracker,
    pub(super) lifespan: Lifespan,
    pub(super) places: Arc<Places>,
    pub(super) session_limit: Option<SessionLimit>,
    pub(super) schema: Schema,
    audit: Audit,
    pub(super) events: Arc<EventFeed>,
    /// `None` if nothing is answered from memory.
    pub(super) cache: Option<Arc<SessionCache>>,
    pub(super) coherence: Coherence,
    pub(super) refusals: RefusalQueue,
    /// The names of the webhooks, which are to receive events before they are pruned.
    pub(super) webhooks: Vec<String>,
    pub(super) metrics: Arc<Metrics>,
}

/// Optional parts of a list, besides its page.
#[derive(Debug, Clone, Copy, Default)]
pub struct Include {
    /// The number of sessions on all pages. Costs a walk over all of them.
    pub total: bool,
    /// When each session was last used.
    pub activity: bool,
    /// The place of each address that has no location.
    pub places: bool,
}

/// The sessions and identities that a change is about.
#[derive(Debug, Clone, Copy)]
pub(super) enum Subjects<'a> {
    /// Their ids. An identity stands for all of its sessions.
    These(&'a [Uuid]),
    All,
}

impl<'a> From<Selection<'a>> for Subjects<'a> {
    fn from(selection: Selection<'a>) -> Self {
        match selection {
            Selection::Sessions(ids)
            | Selection::OfIdentities(ids)
            | Selection::OfIdentitiesExcept(ids, _) => Self::These(ids.ids()),
            Selection::All => Self::All,
        }
    }
}

impl SessionService {
    #[must_use]
    pub fn new(
        config: &Config,
        repository: Arc<dyn SessionRepository>,
        metrics: Arc<Metrics>,
    ) -> Self {
        let events = Arc::new(EventFeed::new(config, Arc::clone(&repository)));
        let cache = config
            .has_cache()
            .then(|| Arc::new(SessionCache::new(config.cache.max_bytes, config.max_staleness())));
        let coherence = Coherence::new(
            config,
            Arc::clone(&repository),
            Arc::clone(&events),
            cache.clone(),
            Arc::clone(&metrics),
        );
        Self {
            access_policy: AccessPolicy::new(config),
            activity: ActivityTracker::new(config, Arc::clone(&repository)),
            lifespan: Lifespan::new(config),
            places: Arc::default(),
            session_limit: config.session.limit(),
            schema: config.database.schema,
            audit: Audit::new(&config.audit),
            events,
            cache,
            coherence,
            refusals: RefusalQueue::default(),
            webhooks: config.webhooks.keys().cloned().collect(),
            metrics,
            repository,
        }
    }

    /// Looks up the places of addresses in these files.
    #[must_use]
    pub fn with_places(self, places: Arc<Places>) -> Self {
        Self { places, ..self }
    }

    /// Adds the optional parts of sessions that are read apart from them.
    pub(super) async fn include(
        &self,
        include: Include,
        sessions: &mut [impl AsRef<Session> + AsMut<Session>],
    ) -> Result<(), RepositoryError> {
        if include.places {
            self.places.locate(sessions.iter_mut().map(AsMut::as_mut));
        }
        if include.activity {
            self.activity.load_into(sessions).await?;
        }
        Ok(())
    }

    /// Flushes the activity recorded so far.
    pub async fn flush_activity(&self) -> Result<(), RepositoryError> {
        self.activity.flush().await
    }

    /// Flushes recorded activity, once per interval.
    pub async fn keep_activity_flushed(&self) -> Infallible {
        self.activity.keep_flushed().await
    }

    /// Keeps answers from memory coherent with the database. Without this, there are none.
    pub async fn keep_coherent(&self) -> Infallible {
        self.coherence.keep().await
    }

    /// Checks that the database answers, and accepts writes.
    pub async fn ready(&self) -> Result<(), RepositoryError> {
        self.repository.ready().await
    }

    /// Looks for a migration of Kratos since the last look.
    pub async fn look_for_migration(&self) -> Result<(), RepositoryError> {
        self.repository.look_for_migration().await
    }

    /// Flushes recorded activity, and closes all connections. Later calls fail.
    pub async fn close(&self) {
        if let Err(error) = self.activity.flush().await {
            tracing::warn!(%error, "failed to flush session activity at shutdown; it is lost");
        }
        self.write_refusals().await;
        self.coherence.leave().await;
        self.repository.close().await;
    }

    /// Counts a change, records it in the audit trail, and tells readers that there are events.
    /// Called once the database has confirmed the change and its events.
    pub(super) fn record(&self, change: &Change, sessions: &[SessionRef]) {
        self.metrics.sessions(change.kind.as_str(), sessions.len() as u64);
        self.audit.record(change, sessions);
        self.events.wake();
    }

    /// Makes a change take effect everywhere: from now on, no replica answers from memory as if it
    /// had not happened. To be called after a change of these sessions or identities was committed,
    /// by this call or by another one, and before the change is answered.
    pub(super) async fn settle(&self, subjects: Subjects<'_>) {
        if let Some(cache) = &self.cache {
            match subjects {
                Subjects::These(ids) => ids.iter().for_each(|id| cache.notice(*id)),
                Subjects::All => cache.notice_all(),
            }
        }
        self.coherence.await_others().await;
    }
}

impl fmt::Debug for SessionService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionService").field("schema", &self.schema).finish_non_exhaustive()
    }
}
