//! Use cases of operators and login systems, on everyone's sessions.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::event::{Actor, Cause, Change};
use crate::identity::SessionWithIdentity;
use crate::pagination::{Cursor, Page, PageRequest, PageSize};
use crate::repository::{
    BatchOutcome, EmailSearch, Filter, IdBatch, RepositoryError, Selection, SessionRef,
};
use crate::service::error::OperatorError;
use crate::service::session_service::{Include, SessionService, Subjects};
use crate::stored_session::StoredSession;

impl SessionService {
    /// A page of sessions, including those that cannot be read.
    pub async fn list(
        &self,
        filter: Filter,
        page: PageRequest,
        include: Include,
        now: OffsetDateTime,
    ) -> Result<Page<StoredSession>, RepositoryError> {
        let mut sessions = self.repository.list(filter, page, now).await?;
        if include.total && sessions.total.is_none() {
            sessions.total = Some(self.count_sessions(filter, now).await?);
        }
        let readable = sessions.items.iter_mut().filter_map(StoredSession::readable_mut);
        self.include(include, &mut readable.collect::<Vec<_>>()).await?;
        Ok(sessions)
    }

    /// All sessions that match a filter, with their activity.
    pub async fn list_all(
        &self,
        filter: Filter,
        now: OffsetDateTime,
    ) -> Result<Vec<StoredSession>, RepositoryError> {
        let include = Include { activity: true, ..Include::default() };
        let (mut found, mut next) = (Vec::new(), Some(Cursor::Beginning));
        while let Some(start) = next {
            let page = PageRequest { size: PageSize::MAX, start };
            let page = self.list(filter, page, include, now).await?;
            found.extend(page.items);
            next = page.next;
        }
        Ok(found)
    }

    /// The number of sessions that match a filter.
    pub async fn count_sessions(
        &self,
        filter: Filter,
        now: OffsetDateTime,
    ) -> Result<u64, RepositoryError> {
        self.repository.count(filter, now).await
    }

    pub async fn identity_exists(&self, identity: Uuid) -> Result<bool, RepositoryError> {
        self.repository.identity_exists(identity).await
    }

    /// Searches for the identities that have this e-mail address, in any case.
    pub async fn search_email(&self, email: &str) -> Result<EmailSearch, RepositoryError> {
        self.repository.search_email(email).await
    }

    /// One session, whether it can be read or not.
    pub async fn get(
        &self,
        session: Uuid,
        include: Include,
    ) -> Result<StoredSession, OperatorError> {
        let found = self.repository.get(session).await?;
        let mut found = found.ok_or(OperatorError::NotFound)?;
        if let Some(readable) = found.readable_mut() {
            self.include(include, std::slice::from_mut(&mut readable.session)).await?;
        }
        Ok(found)
    }

    pub(super) async fn get_readable(
        &self,
        session: Uuid,
    ) -> Result<SessionWithIdentity, OperatorError> {
        self.get(session, Include::default()).await?.readable().ok_or(OperatorError::Unreadable)
    }

    /// Revokes a session. One that has ended stays as it is.
    pub async fn revoke(
        &self,
        actor: Actor,
        session: Uuid,
        now: OffsetDateTime,
    ) -> Result<(), OperatorError> {
        let selection = Selection::Sessions(IdBatch::one(&session));
        let ended = self.revoke_batch(actor, "ended", selection, now).await?;
        if ended.sessions.is_empty() {
            self.get(session, Include::default()).await?;
        }
        Ok(())
    }

    /// Revokes these sessions, and returns those that had not ended.
    pub async fn revoke_each(
        &self,
        actor: Actor,
        reason: &'static str,
        sessions: &[Uuid],
        now: OffsetDateTime,
    ) -> Result<Vec<SessionRef>, RepositoryError> {
        let mut revoked = Vec::new();
        for ids in sessions.chunks(IdBatch::MAX) {
            if let Some(ids) = IdBatch::new(ids) {
                let selection = Selection::Sessions(ids);
                revoked.extend(self.end_batch(actor, reason, selection, now).await?.sessions);
            }
        }
        self.settle(Subjects::These(sessions)).await;
        Ok(revoked)
    }

    /// Revokes all sessions of an identity, and returns them.
    pub async fn revoke_all_of(
        &self,
        actor: Actor,
        reason: &'static str,
        identity: Uuid,
        now: OffsetDateTime,
    ) -> Result<Vec<SessionRef>, RepositoryError> {
        let selection = Selection::OfIdentities(IdBatch::one(&identity));
        let mut revoked = Vec::new();
        loop {
            let ended = self.end_batch(actor, reason, selection, now).await?;
            revoked.extend(ended.sessions);
            if !ended.more {
                break;
            }
        }
        self.settle(selection.into()).await;
        Ok(revoked)
    }

    /// Revokes one batch of the selected sessions.
    pub async fn revoke_batch(
        &self,
        actor: Actor,
        reason: &'static str,
        selection: Selection<'_>,
        now: OffsetDateTime,
    ) -> Result<BatchOutcome, RepositoryError> {
        let ended = self.end_batch(actor, reason, selection, now).await?;
        self.settle(selection.into()).await;
        Ok(ended)
    }

    /// Revokes one batch. The change is not settled yet.
    async fn end_batch(
        &self,
        actor: Actor,
        reason: &'static str,
        selection: Selection<'_>,
        now: OffsetDateTime,
    ) -> Result<BatchOutcome, RepositoryError> {
        let change = Change::end(actor, Cause::Operator, reason, now);
        let ended = self.repository.end(selection, &change).await?;
        self.record(&change, &ended.sessions);
        Ok(ended)
    }

    /// Deletes one batch of the selected sessions.
    pub async fn delete_batch(
        &self,
        actor: Actor,
        reason: &'static str,
        selection: Selection<'_>,
        now: OffsetDateTime,
    ) -> Result<BatchOutcome, RepositoryError> {
        let deleted = self.remove_batch(actor, reason, selection, now).await?;
        self.settle(selection.into()).await;
        Ok(deleted)
    }

    /// Deletes one batch. The change is not settled yet.
    async fn remove_batch(
        &self,
        actor: Actor,
        reason: &'static str,
        selection: Selection<'_>,
        now: OffsetDateTime,
    ) -> Result<BatchOutcome, RepositoryError> {
        let change = Change::delete(actor, Cause::Operator, reason, now);
        let deleted = self.repository.delete(selection, &change).await?;
        self.record(&change, &deleted.sessions);
        Ok(deleted)
    }

    /// Deletes all sessions of an identity. An error if it has none.
    pub async fn delete_all_of(
        &self,
        actor: Actor,
        identity: Uuid,
        now: OffsetDateTime,
    ) -> Result<(), OperatorError> {
        const REASON: &str = "all sessions of the identity";
        let selection = Selection::OfIdentities(IdBatch::one(&identity));
        let mut found = false;
        loop {
            let deleted = self.remove_batch(actor, REASON, selection, now).await?;
            found |= !deleted.sessions.is_empty();
            if !deleted.more {
                break;
            }
        }
        self.settle(selection.into()).await;
        if found { Ok(()) } else { Err(OperatorError::NotFound) }
    }

    /// Extends a live session, unless it is too early, and returns it.
    pub async fn extend(
        &self,
        actor: Actor,
        session: Uuid,
        now: OffsetDateTime,
    ) -> Result<SessionWithIdentity, OperatorError> {
        let mut found = self.get_readable(session).await?;
        if let Some(until) = self.lifespan.extension(&found.session, now) {
            let change = Change::extend(actor, now);
            if self.repository.extend(session, until, &change).await? {
                self.record(&change, &[SessionRef { session, identity: found.identity.id }]);
            }
            // The session is read again, because other calls may have written to it.
            found = self.get_readable(session).await?;
        }
        // The answer says when it expires, also if another call has extended it.
        self.settle(Subjects::These(&[session])).await;
        if found.session.is_live(now) { Ok(found) } else { Err(OperatorError::HasEnded) }
    }
}
