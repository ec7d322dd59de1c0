//! The verbs over any driver.

use std::borrow::Cow;
use std::fmt::Write as _;

use futures_util::FutureExt as _;
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use uuid::Uuid;

use super::driver::{Claim, Driver, Row, Statement};
use super::rows;
use super::statements::{claim, count, others, whole, write};
use crate::config::{Config, Schema, TokenStorage};
use crate::identity::SessionOfIdentity;
use crate::metrics::PoolState;
use crate::pagination::{Page, PageRequest, Position};
use crate::repository::{
    AT_ONCE, Administration as _, Affected, Answer, Listing, Processed, RepositoryError,
    SessionRepository,
};
use crate::session::{Device, Session, SessionToken};

/// The sessions of one network in one database.
pub(super) struct Sessions<D> {
    pub(super) driver: D,
    pub(super) network: Uuid,
    pub(super) schema: Schema,
    token_storage: TokenStorage,
}

impl<D: Driver> Sessions<D> {
    pub(super) fn new(driver: D, network: Uuid, config: &Config) -> Self {
        let (schema, token_storage) = (config.database.schema, config.token_storage());
        Self { driver, network, schema, token_storage }
    }

    pub(super) fn stored<'a>(&self, token: &'a SessionToken) -> Cow<'a, str> {
        match self.token_storage {
            TokenStorage::Plain => Cow::Borrowed(token.expose()),
            TokenStorage::Sha256 => {
                let digest = Sha256::digest(token.expose());
                Cow::Owned(digest.iter().fold(String::with_capacity(64), |mut hex, byte| {
                    // Writing to a String cannot fail.
                    let _ = write!(hex, "{byte:02x}");
                    hex
                }))
            }
        }
    }

    pub(super) async fn read_whole(
        &self,
        key: whole::Key<'_>,
    ) -> Result<Option<SessionOfIdentity>, RepositoryError> {
        let statement = whole::statement(self.schema, self.network, key);
        self.driver.fetch(statement, |rows| whole_session(rows)).await
    }

    pub(super) async fn read_count(
        &self,
        statement: Statement<'_>,
    ) -> Result<u64, RepositoryError> {
        let read = |rows: &[D::Row<'_>]| rows.first().map_or(Ok(0), |row| Ok(rows::count(row)?));
        self.driver.fetch(statement, read).await
    }

    /// Reads what [`select`] selects.
    pub(super) async fn read_positions(
        &self,
        statement: Statement<'_>,
    ) -> Result<Vec<Position>, RepositoryError> {
        let read =
            |rows: &[D::Row<'_>]| Ok(rows.iter().map(rows::position).collect::<Result<_, _>>()?);
        self.driver.fetch(statement, read).await
    }

    /// Ends the sessions that a statement selects.
    pub(super) async fn end_selected(
        &self,
        select: Statement<'_>,
        now: OffsetDateTime,
    ) -> Result<Vec<Affected>, RepositoryError> {
        let end = |sessions: &[Uuid]| write::end(self.schema, self.network, sessions, now);
        self.write_to_selected(select, end).await
    }

    /// Writes to the sessions that a statement selects, [`AT_ONCE`] at most.
    pub(super) async fn write_to_selected(
        &self,
        select: Statement<'_>,
        write: impl Fn(&[Uuid]) -> Statement<'static> + Sync,
    ) -> Result<Vec<Affected>, RepositoryError> {
        let then = |affected: &[Affected]| {
            let ids: Vec<_> = affected.iter().map(|one| one.session).collect();
            if ids.is_empty() { Vec::new() } else { vec![write(&ids)] }
        };
        let claimed = self.driver.claim(Claim { first: Vec::new(), select, then: &then }).await?;
        Ok(claimed.sessions)
    }
}

impl<D: Driver> SessionRepository for Sessions<D> {
    fn others<'a>(
        &'a self,
        token: &'a SessionToken,
        page: PageRequest,
        now: OffsetDateTime,
    ) -> Answer<'a, Option<Listing>> {
        async move {
            let statement = others::statement(self.stored(token), self.network, page, now);
            self.driver.fetch(statement, |rows| listing(rows, page)).await
        }
        .boxed()
    }

    fn count_others<'a>(
        &'a self,
        caller: &'a SessionOfIdentity,
        now: OffsetDateTime,
    ) -> Answer<'a, u64> {
        self.read_count(count::others(self.network, caller, now)).boxed()
    }

    fn whoami<'a>(&'a self, token: &'a SessionToken) -> Answer<'a, Option<SessionOfIdentity>> {
        self.read_whole(whole::Key::StoredToken(self.stored(token))).boxed()
    }

    fn end_others<'a>(
        &'a self,
        caller: &'a SessionOfIdentity,
        now: OffsetDateTime,
    ) -> Answer<'a, Processed> {
        async move {
            let (identity, own) = (caller.identity.id, caller.session.id);
            let others = claim::live_others(self.network, identity, own, now);
            let sessions = self.end_selected(others, now).await?;
            let more = sessions.len() >= AT_ONCE;
            Ok(Processed { sessions, more })
        }
        .boxed()
    }

    fn end_other<'a>(
        &'a self,
        caller: &'a SessionOfIdentity,
        session: Uuid,
        now: OffsetDateTime,
    ) -> Answer<'a, bool> {
        async move {
            let identity = caller.identity.id;
            let statement = write::end_other(self.schema, self.network, identity, session, now);
            let written = self.driver.execute(vec![statement]).await?;
            if written.rows.first().is_some_and(|rows| *rows > 0) {
                return Ok(true);
            }
            if !written.tried_before {
                return Ok(false);
            }
            // Perhaps by a try whose answer was lost.
            let found = self.get(session).await?;
            Ok(found.is_some_and(|one| one.identity.id == identity && !one.session.active))
        }
        .boxed()
    }

    fn ready(&self) -> Answer<'_, ()> {
        self.driver.is_ready().boxed()
    }

    fn pools(&self) -> Vec<PoolState> {
        self.driver.pools()
    }
}

/// Reads the rows of [`others`]. `None` where the caller's is not among them.
fn listing(rows: &[impl Row], page: PageRequest) -> Result<Option<Listing>, RepositoryError> {
    let mut caller = None;
    let mut sessions = Vec::with_capacity(rows.len());
    for row in rows {
        let session = rows::session(row)?;
        if rows::has_identity(row)? {
            let identity = rows::identity(row)?;
            caller = Some((SessionOfIdentity { session, identity }, rows::behind(row)?));
        } else {
            sessions.push(session);
        }
    }
    let sessions = one_row_each(sessions, page.start.is_backward());
    Ok(caller.map(|(caller, behind)| Listing {
        caller,
        others: Page::new(page, sessions, behind, position),
    }))
}

/// Reads the rows of [`whole`]: those with a session differ in their device alone.
fn whole_session(rows: &[impl Row]) -> Result<Option<SessionOfIdentity>, RepositoryError> {
    let mut whole: Option<SessionOfIdentity> = None;
    for row in rows {
        let Some(known) = &mut whole else {
            // The rows with a session come first.
            if rows::has_identity(row)? {
                let (session, identity) = (rows::session(row)?, rows::identity_for_operators(row)?);
                whole = Some(SessionOfIdentity { session, identity });
            }
            continue;
        };
        if rows::has_identity(row)? {
            known.session.devices.extend(rows::device(row)?);
        } else {
            rows::address(row, &mut known.identity)?;
        }
    }
    if let Some(known) = &mut whole {
        in_order(&mut known.session.devices);
    }
    Ok(whole)
}

/// Puts a session's devices together, the most recent one first.
///
/// No database promises to keep a subquery's order through a join, so the rows
/// are sorted here; where they came in order, which is always seen, that costs
/// one comparison each.
pub(super) fn one_row_each<T: AsMut<Session> + AsRef<Session>>(
    mut rows: Vec<T>,
    backward: bool,
) -> Vec<T> {
    rows.sort_by(|a, b| {
        let order = position(a.as_ref()).order(&position(b.as_ref()));
        if backward { order.reverse() } else { order }
    });
    rows.dedup_by(|next, kept| {
        let same = next.as_ref().id == kept.as_ref().id;
        if same {
            kept.as_mut().devices.append(&mut next.as_mut().devices);
        }
        same
    });
    for row in &mut rows {
        in_order(&mut row.as_mut().devices);
    }
    rows
}

fn in_order(devices: &mut [Device]) {
    devices.sort_by_key(|device| (std::cmp::Reverse(device.created_at), device.id));
}

pub(super) fn position(session: &Session) -> Position {
    Position { created_at: session.created_at, id: session.id }
}
