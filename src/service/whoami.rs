//! The use case of gateways: the caller's current session, from memory where possible.

use std::sync::Arc;

use bytes::Bytes;
use time::OffsetDateTime;

use crate::authentication::Credential;
use crate::identity::SessionWithIdentity;
use crate::service::error::CallerError;
use crate::service::session_cache::{CurrentSession, Key, RenderedSession};
use crate::service::session_service::{Include, SessionService};

impl SessionService {
    /// The caller's current session, at the level that it has reached, as `render` writes it. The
    /// text may only depend on the session and its identity.
    ///
    /// An answer from memory is never older than a change that was answered before the call.
    pub async fn whoami(
        &self,
        credential: &Credential,
        now: OffsetDateTime,
        render: impl Fn(&SessionWithIdentity) -> RenderedSession + Send,
    ) -> Result<Arc<CurrentSession>, CallerError> {
        let Some(cache) = &self.cache else {
            return Ok(Arc::new(self.read_current(credential, now, render).await?));
        };
        let key = Key::new(&credential.token);
        if let Some(current) = cache.get(&key, now) {
            self.admit_again(credential, &current, now)?;
            self.metrics.cache_hit();
            return Ok(current);
        }
        self.metrics.cache_missed();
        let start = cache.start_read();
        let current = Arc::new(self.read_current(credential, now, render).await?);
        cache.insert(key, Arc::clone(&current), start);
        Ok(current)
    }

    async fn read_current(
        &self,
        credential: &Credential,
        now: OffsetDateTime,
        render: impl Fn(&SessionWithIdentity) -> RenderedSession + Send,
    ) -> Result<CurrentSession, CallerError> {
        let caller = self.admitted_caller(credential, now).await?;
        Ok(CurrentSession::new(&caller, &render(&caller)))
    }

    /// As [`SessionService::whoami`], for other texts, which are not kept in memory.
    pub async fn whoami_expanded(
        &self,
        credential: &Credential,
        include: Include,
        now: OffsetDateTime,
        render: impl Fn(&SessionWithIdentity) -> RenderedSession + Send,
    ) -> Result<CurrentSession, CallerError> {
        let mut caller = self.admitted_caller(credential, now).await?;
        self.include(include, std::slice::from_mut(&mut caller.session)).await?;
        Ok(CurrentSession::new(&caller, &render(&caller)))
    }

    async fn admitted_caller(
        &self,
        credential: &Credential,
        now: OffsetDateTime,
    ) -> Result<SessionWithIdentity, CallerError> {
        let mut caller = self.find(credential).await?;
        self.admit(credential, &caller, now).await?;
        caller.session.assurance_level = self.access_policy.level(&caller.session);
        Ok(caller)
    }
}

impl CurrentSession {
    fn new(caller: &SessionWithIdentity, rendered: &RenderedSession) -> Self {
        let SessionWithIdentity { session, identity } = caller;
        Self {
            session: session.id,
            identity: identity.id,
            external_id: identity.external_id.as_deref().map(Box::from),
            bound_at: session.bound_at,
            issued_at: session.issued_at,
            expires_at: session.expires_at,
            ends_at: session.ends_at(),
            // A copy has exactly this length. A buffer that was cut to it would leave a hole behind.
            body: Bytes::copy_from_slice(&rendered.body),
            has_identity_of_lists: rendered.has_identity_of_lists,
        }
    }
}
