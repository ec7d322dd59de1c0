//! The issue of sessions, over any driver.

use futures_util::FutureExt as _;
use uuid::Uuid;

use crate::database::decode;
use crate::database::driver::{Driver, Row, SelectForUpdate, Selected, Statement, Step};
use crate::database::inconsistent_row::InconsistentRow;
use crate::database::sessions::SqlSessionRepository;
use crate::database::statements::{
    end_and_delete, events, identities, insert, sign_in as statements,
};
use crate::event::{Change, EventType};
use crate::identity::{IdentityPatch, SessionWithIdentity};
use crate::repository::{
    Answer, BatchOutcome, NewSession, RepositoryError, SessionRef, SignInOutcome, SignIns, SignedIn,
};
use crate::session_limit::{LimitPolicy, SessionLimit};

/// The steps that issue sessions, and the numbers of some of them.
pub(super) struct IssueSteps<'s> {
    pub steps: Vec<Step<'s>>,
    created: usize,
    /// Writes a row if the identity has room for the session, if a limit refuses sign-ins.
    room: Option<usize>,
    /// Writes the event of an identity that is created or changed, if there are events.
    identity_event: Option<usize>,
    issued: usize,
}

impl IssueSteps<'_> {
    pub(super) fn has_issued(&self, rows: &[u64]) -> bool {
        wrote(rows, self.issued)
    }

    fn has_room(&self, rows: &[u64]) -> bool {
        self.room.is_none_or(|room| wrote(rows, room))
    }

    /// Returns true if an identity that existed may be different now.
    pub(super) fn changed_identity(&self, rows: &[u64]) -> bool {
        self.identity_event.is_some_and(|event| wrote(rows, event)) && !wrote(rows, self.created)
    }
}

fn wrote(rows: &[u64], step: usize) -> bool {
    rows.get(step).is_some_and(|rows| *rows > 0)
}

/// A session that is locked, with its identity if both can be read.
#[derive(Clone)]
struct Locked {
    session: SessionRef,
    read: Option<Box<SessionWithIdentity>>,
}

/// A retry reads the same session again, in another state.
impl PartialEq for Locked {
    fn eq(&self, other: &Self) -> bool {
        self.session == other.session
    }
}

impl Selected for Locked {
    fn read(row: &impl Row) -> Result<Self, InconsistentRow> {
        let identity = decode::identity_id(row)?.unwrap_or_default();
        let session = SessionRef { session: decode::session_id(row)?, identity };
        Ok(Self { session, read: decode::issued_session(row).ok().map(Box::new) })
    }
}

impl<D: Driver> SignIns for SqlSessionRepository<D> {
    fn sign_in<'a>(
        &'a self,
        identity: Uuid,
        patch: &'a IdentityPatch,
        new: &'a NewSession,
        limit: Option<SessionLimit>,
        change: &'a Change,
    ) -> Answer<'a, SignInOutcome> {
        async move {
            let issued = SessionRef { session: new.session.id, identity };
            let refusing = limit.filter(|limit| limit.policy == LimitPolicy::Refuse);
            let sessions = std::slice::from_ref(new);
            let mut issue = self.issuing(identity, patch, sessions, refusing, change);
            let select = match limit.filter(|limit| limit.policy != LimitPolicy::Refuse) {
                None => statements::issued(self.network, issued.session),
                Some(limit) => {
                    statements::issued_and_surplus(self.network, issued, limit, change.at)
                }
            };
            let first = std::mem::take(&mut issue.steps);
            let (rows, locked) = self.end_surplus(first, select, issued, change).await?;
            let (new_one, surplus): (Vec<_>, Vec<_>) =
                locked.into_iter().partition(|one| one.session.session == issued.session);
            let Some(Locked { read, .. }) = new_one.into_iter().next() else {
                return Ok(if issue.has_room(&rows) {
                    SignInOutcome::IdentityInactive
                } else {
                    SignInOutcome::LimitReached
                });
            };
            let session = read.map(|mut read| {
                read.session.devices.clone_from(&new.session.devices);
                *read
            });
            // If it was issued before, by an attempt whose answer was lost, nothing is known.
            let changes_identity = issue.changed_identity(&rows) || !issue.has_issued(&rows);
            let evicted = batch(surplus);
            Ok(SignInOutcome::Issued(Box::new(SignedIn { session, changes_identity, evicted })))
        }
        .boxed()
    }

    fn evict<'a>(
        &'a self,
        keep: SessionRef,
        limit: SessionLimit,
        change: &'a Change,
    ) -> Answer<'a, BatchOutcome> {
        async move {
            let select = statements::issued_and_surplus(self.network, keep, limit, change.at);
            let first = vec![identities::lock(self.network, keep.identity).into()];
            let (_, mut locked) = self.end_surplus(first, select, keep, change).await?;
            locked.retain(|one| one.session.session != keep.session);
            Ok(batch(locked))
        }
        .boxed()
    }
}

fn batch(surplus: Vec<Locked>) -> BatchOutcome {
    let more = surplus.len() >= statements::SURPLUS;
    BatchOutcome { sessions: surplus.into_iter().map(|one| one.session).collect(), more }
}

impl<D: Driver> SqlSessionRepository<D> {
    /// Runs steps, and ends the selected sessions except `keep`. Returns the number of rows that
    /// each step wrote, and all selected sessions.
    async fn end_surplus(
        &self,
        first: Vec<Step<'_>>,
        select: Statement<'_>,
        keep: SessionRef,
        change: &Change,
    ) -> Result<(Vec<u64>, Vec<Locked>), RepositoryError> {
        let eviction = Change::evict(change.actor, change.at);
        let then = |locked: &[Locked]| {
            let surplus = locked.iter().map(|one| one.session);
            let surplus: Vec<_> = surplus.filter(|one| one.session != keep.session).collect();
            if surplus.is_empty() {
                return Vec::new();
            }
            let ids: Vec<_> = surplus.iter().map(|one| one.session).collect();
            let end = end_and_delete::end(self.layout.schema(), self.network, &ids, eviction.at);
            [end].into_iter().chain(self.events_of(&eviction, &surplus)).collect()
        };
        let work = SelectForUpdate { first, select, then: &then, at_once: true };
        let done = self.driver.select_for_update(work).await?;
        Ok((done.first, done.selected))
    }

    /// The steps that issue sessions to an identity, which they create or change. With a limit,
    /// nothing is written unless the identity has room for one more.
    pub(super) fn issuing<'s>(
        &self,
        identity: Uuid,
        patch: &'s IdentityPatch,
        sessions: &'s [NewSession],
        limit: Option<SessionLimit>,
        change: &Change,
    ) -> IssueSteps<'s> {
        let network = self.network;
        let mut steps = vec![identities::create(network, identity, change.at).into()];
        let created = 0;
        let room = limit.zip(sessions.first()).map(|(limit, NewSession { session, .. })| {
            steps.push(identities::lock(network, identity).into());
            let issued = SessionRef { session: session.id, identity };
            steps.push(statements::has_room(network, issued, limit, change.at).into());
            steps.len() - 1
        });
        let if_room = || room.into_iter().collect::<Vec<_>>();
        let identity_event = self.writes_events.then(|| {
            let (statement, mut if_wrote) = if patch.is_empty() {
                let event_type = EventType::IdentityChanged;
                (events::of_identity(network, identity, event_type, change), vec![created])
            } else {
                (events::of_changed_identity(network, identity, patch, change), Vec::new())
            };
            if_wrote.extend(room);
            steps.push(Step { statement, if_wrote });
            steps.len() - 1
        });
        let statement = identities::change(network, identity, patch, change.at);
        steps.push(Step { statement, if_wrote: if_room() });
        let issued = steps.len();
        for NewSession { session, token } in sessions {
            let (stored, issued) = (self.stored(token), steps.len());
            let statement = insert::session(network, identity, session, stored);
            steps.push(Step { statement, if_wrote: if_room() });
            let devices = session.devices.iter();
            let devices = devices.map(|device| insert::device(network, session.id, device));
            steps.extend(devices.map(Step::from));
            if self.writes_events {
                let (id, end) = (session.id, session.expires_at);
                let statement = events::of_new_session(network, identity, id, end, change);
                // Not if an earlier attempt whose answer was lost has issued the session.
                steps.push(Step { statement, if_wrote: vec![issued] });
            }
        }
        IssueSteps { steps, created, room, identity_event, issued }
    }
}
