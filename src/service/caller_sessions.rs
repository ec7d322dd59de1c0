//! Use cases of people, on their own sessions: list the others, see the current one, sign out
//! elsewhere.

use std::net::IpAddr;
use std::sync::Arc;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::authentication::{Bound, Credential};
use crate::event::{Actor, Cause, Change};
use crate::identity::SessionWithIdentity;
use crate::pagination::{Cursor, Page, PageRequest, PageSize};
use crate::repository::{Listing, SessionRef};
use crate::service::error::CallerError;
use crate::service::session_cache::{CurrentSession, Key};
use crate::service::session_service::{Include, SessionService, Subjects};
use crate::session::Session;

/// A page of the caller's other sessions.
#[derive(Debug)]
pub struct OtherSessions {
    pub caller: Caller,
    pub others: Page<Session>,
}

/// The caller of a list.
#[derive(Debug)]
pub enum Caller {
    Read(Box<SessionWithIdentity>),
    /// In memory. The identity in its body is as lists have it.
    Known(Arc<CurrentSession>),
}

impl Caller {
    /// The facts that decide about its cookie.
    #[must_use]
    pub fn bound(&self) -> Bound {
        match self {
            Self::Read(caller) => Bound::of(caller),
            Self::Known(current) => current.bound(),
        }
    }
}

/// The reason in audit records.
const SIGNED_OUT: &str = "signed out from elsewhere";

/// The current session, and a page of the others.
#[derive(Debug, Clone)]
pub struct Overview {
    pub current: SessionWithIdentity,
    pub others: Page<Session>,
    /// The start of this page.
    pub start: Cursor,
}

/// The sessions that a search has found among the caller's others.
#[derive(Debug, Clone)]
pub struct Matches {
    pub caller: SessionWithIdentity,
    /// The newest ones, with their activity.
    pub sessions: Vec<Session>,
    /// The number of all.
    pub total: usize,
    /// The caller has more sessions than were searched.
    pub has_more: bool,
}

impl SessionService {
    /// A page of the caller's other live sessions.
    pub async fn list_others(
        &self,
        credential: &Credential,
        page: PageRequest,
        include: Include,
        now: OffsetDateTime,
    ) -> Result<OtherSessions, CallerError> {
        let known = self.list_of_known_caller(credential, page, now).await?;
        let OtherSessions { caller, mut others } = if let Some(found) = known {
            found
        } else {
            let Listing { caller, others } = self.read_others(credential, page, now).await?;
            OtherSessions { caller: Caller::Read(Box::new(caller)), others }
        };
        if include.total && others.total.is_none() {
            let Bound { session, identity, .. } = caller.bound();
            let total = self.repository.count_others(SessionRef { session, identity }, now).await?;
            others.total = Some(total);
        }
        self.include(include, &mut others.items).await?;
        Ok(OtherSessions { caller, others })
    }

    /// The first page, if the caller's session is in memory: the database need not look for it.
    async fn list_of_known_caller(
        &self,
        credential: &Credential,
        page: PageRequest,
        now: OffsetDateTime,
    ) -> Result<Option<OtherSessions>, CallerError> {
        let known = self.cache.as_ref().filter(|_| page.start.is_beginning());
        let known = known.and_then(|cache| cache.get(&Key::new(&credential.token), now));
        let Some(current) = known.filter(|current| current.has_identity_of_lists) else {
            return Ok(None);
        };
        // A refused cookie costs no statement.
        self.admit_again(credential, &current, now)?;
        let caller = SessionRef { session: current.session, identity: current.identity };
        let Some(others) = self.repository.first_others(caller, page.size, now).await? else {
            return Ok(None);
        };
        Ok(Some(OtherSessions { caller: Caller::Known(current), others }))
    }

    /// The caller, and a page of the other live sessions.
    pub async fn read_others(
        &self,
        credential: &Credential,
        page: PageRequest,
        now: OffsetDateTime,
    ) -> Result<Listing, CallerError> {
        let found = self.repository.others(&credential.token, page, now).await?;
        let listing = self.known(credential, found)?;
        self.admit(credential, &listing.caller, now).await?;
        Ok(listing)
    }

    /// The caller's current session, and a page of the others with their activity. If all
    /// sessions of the page have ended, it is an adjacent page.
    pub async fn overview(
        &self,
        credential: &Credential,
        page: PageRequest,
        now: OffsetDateTime,
    ) -> Result<Overview, CallerError> {
        let mut current = self.find(credential).await?;
        self.admit(credential, &current, now).await?;
        let mut start = page.start;
        let mut others = self.others(credential, page, now).await?;
        if others.items.is_empty()
            && let Some(adjacent) = others.previous.or(others.next)
        {
            start = adjacent;
            others = self.others(credential, PageRequest { start, ..page }, now).await?;
        }
        self.places.locate(std::iter::once(&mut current.session));
        let include = Include { activity: true, places: true, ..Include::default() };
        self.include(include, &mut others.items).await?;
        Ok(Overview { current, others, start })
    }

    /// Searches the caller's other sessions: the newest ones, as many as the largest page holds.
    /// Returns at most `max` of those that `matches` accepts. One statement finds all of them.
    pub async fn search_others(
        &self,
        credential: &Credential,
        matches: impl FnMut(&Session) -> bool + Send,
        max: usize,
        now: OffsetDateTime,
    ) -> Result<Matches, CallerError> {
        let page = PageRequest { size: PageSize::MAX, start: Cursor::Beginning };
        let Listing { caller, others } = self.read_others(credential, page, now).await?;
        let has_more = others.next.is_some();
        let mut sessions = others.items;
        self.places.locate(&mut sessions);
        sessions.retain(matches);
        let total = sessions.len();
        sessions.truncate(max);
        self.activity.load_into(&mut sessions).await?;
        Ok(Matches { caller, sessions, total, has_more })
    }

    async fn others(
        &self,
        credential: &Credential,
        page: PageRequest,
        now: OffsetDateTime,
    ) -> Result<Page<Session>, CallerError> {
        let found = self.repository.others(&credential.token, page, now).await?;
        self.known(credential, found).map(|Listing { others, .. }| others)
    }

    /// Revokes all of the caller's other sessions, and returns their number. One factor is
    /// enough to sign out elsewhere.
    pub async fn revoke_others(
        &self,
        credential: &Credential,
        address: Option<IpAddr>,
        now: OffsetDateTime,
    ) -> Result<usize, CallerError> {
        let caller = self.find(credential).await?;
        self.admit_at_any_level(credential, &caller, now)?;
        let actor = Actor::Person { session: caller.session.id, address };
        let change = Change::end(actor, Cause::User, SIGNED_OUT, now);
        let mut count = 0;
        loop {
            let ended = self.repository.end_others(&caller, &change).await?;
            self.record(&change, &ended.sessions);
            count += ended.sessions.len();
            if !ended.more {
                break;
            }
        }
        self.settle(Subjects::These(&[caller.identity.id])).await;
        Ok(count)
    }

    /// Revokes one of the caller's other sessions. Does nothing, and returns false, if the session
    /// does not exist, has ended or belongs to somebody else. One factor is enough to sign out
    /// elsewhere.
    pub async fn revoke_other(
        &self,
        credential: &Credential,
        session: Uuid,
        address: Option<IpAddr>,
        now: OffsetDateTime,
    ) -> Result<bool, CallerError> {
        let caller = self.find(credential).await?;
        self.admit_at_any_level(credential, &caller, now)?;
        if session == caller.session.id {
            return Err(CallerError::CurrentSession);
        }
        let actor = Actor::Person { session: caller.session.id, address };
        let change = Change::end(actor, Cause::User, SIGNED_OUT, now);
        let is_ended = self.repository.end_other(&caller, session, &change).await?;
        if is_ended {
            self.record(&change, &[SessionRef { session, identity: caller.identity.id }]);
        }
        // The answer says that it has ended, also if another call has ended it.
        self.settle(Subjects::These(&[session])).await;
        Ok(is_ended)
    }
}
