//! Operations on the caller's own sessions, over any driver.

use std::borrow::Cow;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::config::{Config, TokenStorage};
use crate::database::assemble;
use crate::database::assemble::ReadPage;
use crate::database::decode;
use crate::database::description;
use crate::database::driver::{Driver, SelectForUpdate, Statement};
use crate::database::second_factors;
use crate::database::statements::{
    count, end_and_delete, events, list_others, lock_and_write, session_with_identity,
};
use crate::database::table_layout::{CurrentLayout, TableLayout};
use crate::database::unreadable::UnreadableRows;
use crate::event::{Change, ChangeKind};
use crate::identity::SessionWithIdentity;
use crate::metrics::PoolState;
use crate::pagination::{Cursor, Page, PageRequest, PageSize};
use crate::repository::{
    Answer, BATCH_SIZE, BatchOutcome, Description, Listing, RepositoryError, SessionRef,
    SessionRepository,
};
use crate::second_factor::SecondFactor;
use crate::session::{Session, SessionToken};
use crate::stored_session::{Stored, StoredSession};

/// The sessions of one network in one database.
pub(super) struct SqlSessionRepository<D> {
    pub(super) driver: D,
    pub(super) network: Uuid,
    pub(super) layout: Arc<CurrentLayout>,
    token_storage: TokenStorage,
    second_factors: Vec<SecondFactor>,
    pub(super) unreadable: UnreadableRows,
    /// True if changes are written to the log of events.
    pub(super) writes_events: bool,
}

impl<D: Driver> SqlSessionRepository<D> {
    pub(super) fn new(
        driver: D,
        network: Uuid,
        layout: Arc<CurrentLayout>,
        config: &Config,
    ) -> Self {
        let token_storage = config.token_storage();
        let second_factors = config.session.second_factors.clone();
        let unreadable = UnreadableRows::new(config);
        Self {
            driver,
            network,
            layout,
            token_storage,
            second_factors,
            unreadable,
            writes_events: config.has_events(),
        }
    }

    pub(super) fn stored<'a>(&self, token: &'a SessionToken) -> Cow<'a, str> {
        match self.token_storage {
            TokenStorage::Plain => Cow::Borrowed(token.expose()),
            TokenStorage::Sha256 => Cow::Owned(hex(token.sha256())),
        }
    }

    pub(super) async fn read_by_id(
        &self,
        session: Uuid,
    ) -> Result<Option<StoredSession>, RepositoryError> {
        let statement = |layout| {
            let key = session_with_identity::Key::Id(session);
            session_with_identity::statement(layout, self.network, key)
        };
        let read =
            |rows: &[D::Row<'_>]| Ok(assemble::session_with_identity(rows, &self.unreadable)?);
        let found = self.fetch_by_layout(statement, read).await?;
        // A collation may take another id for the same one.
        Ok(found.filter(|found| found.id() == session))
    }

    async fn read_others(
        &self,
        stored_token: &str,
        page: PageRequest,
        now: OffsetDateTime,
    ) -> Result<Option<(SessionWithIdentity, ReadPage<Session>)>, RepositoryError> {
        let statement = |layout| {
            let token = Cow::Borrowed(stored_token);
            list_others::statement(layout, self.network, token, page, now)
        };
        let log = &self.unreadable;
        let read = |rows: &[D::Row<'_>]| Ok(assemble::list_others(rows, stored_token, log)?);
        self.fetch_by_layout(statement, read).await
    }

    /// Reads by a statement that depends on the layout of the tables. If the layout has changed
    /// since the statement was built, another one is built.
    pub(super) async fn fetch_by_layout<'s, T: Send>(
        &self,
        statement: impl Fn(TableLayout) -> Statement<'s> + Send + Sync,
        read: impl Fn(&[D::Row<'_>]) -> Result<T, RepositoryError> + Send + Sync,
    ) -> Result<T, RepositoryError> {
        let layout = self.layout.get();
        match self.driver.fetch(statement(layout), &read).await {
            Err(_) if self.layout.get() != layout => {
                self.driver.fetch(statement(self.layout.get()), &read).await
            }
            answer => answer,
        }
    }

    pub(super) async fn read_count(
        &self,
        statement: Statement<'_>,
    ) -> Result<u64, RepositoryError> {
        let read = |rows: &[D::Row<'_>]| rows.first().map_or(Ok(0), |row| Ok(decode::count(row)?));
        self.driver.fetch(statement, read).await
    }

    /// Ends the sessions that a statement selects.
    pub(super) async fn end_selected(
        &self,
        select: Statement<'_>,
        change: &Change,
    ) -> Result<Vec<SessionRef>, RepositoryError> {
        let end = |sessions: &[Uuid]| {
            end_and_delete::end(self.layout.schema(), self.network, sessions, change.at)
        };
        self.write_to_selected(select, end, change).await
    }

    /// Writes to the sessions that a statement selects, at most [`BATCH_SIZE`], and writes their
    /// events.
    pub(super) async fn write_to_selected(
        &self,
        select: Statement<'_>,
        write: impl Fn(&[Uuid]) -> Statement<'static> + Sync,
        change: &Change,
    ) -> Result<Vec<SessionRef>, RepositoryError> {
        let then = |affected: &[SessionRef]| {
            let ids: Vec<_> = affected.iter().map(|one| one.session).collect();
            if ids.is_empty() {
                return Vec::new();
            }
            let (mut statements, events) = (vec![write(&ids)], self.events_of(change, affected));
            // An event has the new expiry of a session, but the state in which it was deleted.
            let place = usize::from(change.kind == ChangeKind::Extended);
            statements.splice(place..place, events);
            statements
        };
        let at_once = change.kind != ChangeKind::Extended;
        let work = SelectForUpdate { first: Vec::new(), select, then: &then, at_once };
        Ok(self.driver.select_for_update(work).await?.selected)
    }

    /// The statements that write the events of these sessions, which exist and are locked. None if
    /// events are off.
    pub(super) fn events_of(
        &self,
        change: &Change,
        sessions: &[SessionRef],
    ) -> Vec<Statement<'static>> {
        if !self.writes_events {
            return Vec::new();
        }
        let ids: Vec<_> = sessions.iter().map(|one| one.session).collect();
        let events = match change.kind {
            ChangeKind::Deleted => events::of_sessions,
            _ => events::of_ending_sessions,
        };
        ids.chunks(BATCH_SIZE).map(|ids| events(change, ids)).collect()
    }
}

impl<D: Driver> SessionRepository for SqlSessionRepository<D> {
    fn others<'a>(
        &'a self,
        token: &'a SessionToken,
        page: PageRequest,
        now: OffsetDateTime,
    ) -> Answer<'a, Option<Listing>> {
        async move {
            let stored = self.stored(token);
            let Some((caller, read)) = self.read_others(&stored, page, now).await? else {
                return Ok(None);
            };
            if let Some(page) = read.page(page) {
                return Ok(Some(assemble::listing(caller, page)));
            }
            let wider = PageRequest { size: PageSize::MAX, ..page };
            let found = self.read_others(&stored, wider, now).await?;
            Ok(found.map(|(caller, read)| assemble::listing(caller, read.unplaced_page(page))))
        }
        .boxed()
    }

    fn first_others(
        &self,
        caller: SessionRef,
        size: PageSize,
        now: OffsetDateTime,
    ) -> Answer<'_, Option<Page<Session>>> {
        async move {
            let statement =
                |layout| list_others::first_of_known(layout, self.network, caller, size, now);
            let read = |rows: &[D::Row<'_>]| Ok(assemble::others(rows, &self.unreadable)?);
            let read = self.fetch_by_layout(statement, read).await?;
            let page = read.page(PageRequest { size, start: Cursor::Beginning });
            Ok(page.map(|page| page.filter_map(Stored::readable)))
        }
        .boxed()
    }

    fn count_others(&self, caller: SessionRef, now: OffsetDateTime) -> Answer<'_, u64> {
        self.read_count(count::others(self.network, caller, now)).boxed()
    }

    fn whoami<'a>(&'a self, token: &'a SessionToken) -> Answer<'a, Option<SessionWithIdentity>> {
        async move {
            let stored = self.stored(token);
            let statement = |layout| {
                let key = session_with_identity::Key::StoredToken(Cow::Borrowed(&stored));
                session_with_identity::statement(layout, self.network, key)
            };
            let read = |rows: &[D::Row<'_>]| {
                // The rows with a session come first.
                if !rows.first().map_or(Ok(false), |row| decode::has_token(row, &stored))? {
                    return Ok(None);
                }
                Ok(assemble::session_with_identity(rows, &self.unreadable)?
                    .and_then(Stored::readable))
            };
            self.fetch_by_layout(statement, read).await
        }
        .boxed()
    }

    fn has_second_factor(&self, identity: Uuid) -> Answer<'_, bool> {
        let enabled = &self.second_factors;
        second_factors::is_enrolled(&self.driver, self.network, identity, enabled).boxed()
    }

    fn end_others<'a>(
        &'a self,
        caller: &'a SessionWithIdentity,
        change: &'a Change,
    ) -> Answer<'a, BatchOutcome> {
        async move {
            let (identity, own) = (caller.identity.id, caller.session.id);
            let others = lock_and_write::live_others(self.network, identity, own, change.at);
            let sessions = self.end_selected(others, change).await?;
            let more = sessions.len() >= BATCH_SIZE;
            Ok(BatchOutcome { sessions, more })
        }
        .boxed()
    }

    fn end_other<'a>(
        &'a self,
        caller: &'a SessionWithIdentity,
        session: Uuid,
        change: &'a Change,
    ) -> Answer<'a, bool> {
        async move {
            let identity = caller.identity.id;
            let other = lock_and_write::live_other(self.network, identity, session, change.at);
            Ok(!self.end_selected(other, change).await?.is_empty())
        }
        .boxed()
    }

    fn describe(&self) -> Answer<'_, Description> {
        description::read(&self.driver, self.layout.get()).boxed()
    }

    fn ready(&self) -> Answer<'_, ()> {
        self.driver.is_ready().boxed()
    }

    fn look_for_migration(&self) -> Answer<'_, ()> {
        self.driver.look_for_migration().boxed()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.driver.close().boxed()
    }

    fn pools(&self) -> Vec<PoolState> {
        self.driver.pools()
    }
}

/// The bytes in hexadecimal digits, by a table: `format!` costs a twentieth of a `whoami`.
fn hex(bytes: &[u8]) -> String {
    const DIGITS: [u8; 16] = *b"0123456789abcdef";
    let digit = |half: u8| char::from(DIGITS[usize::from(half & 0xf)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}
