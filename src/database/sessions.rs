//! The verbs over any driver.

use std::borrow::Cow;
use std::fmt::Write as _;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use uuid::Uuid;

use super::driver::{Driver, Row, Statement};
use super::rows;
use super::statements::{count_others, end_expired, issue, others};
use crate::config::TokenStorage;
use crate::identity::{Caller, Identity};
use crate::pagination::{Page, PageRequest, Position};
use crate::repository::{Issue, Listing, RepositoryError, SessionRepository};
use crate::session::{Session, SessionToken};

/// Reads a row, as a statement that reads none would not ask the database for anything.
const READY: &str = "SELECT id FROM networks LIMIT 1";

/// The sessions of one network in one database.
pub(super) struct Sessions<D> {
    driver: D,
    network: Uuid,
    token_storage: TokenStorage,
}

impl<D: Driver> Sessions<D> {
    pub(super) fn new(driver: D, network: Uuid, token_storage: TokenStorage) -> Self {
        Self { driver, network, token_storage }
    }

    fn stored<'a>(&self, token: &'a SessionToken) -> Cow<'a, str> {
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
}

impl<D: Driver> SessionRepository for Sessions<D> {
    fn others<'a>(
        &'a self,
        token: &'a SessionToken,
        page: PageRequest,
        now: OffsetDateTime,
    ) -> BoxFuture<'a, Result<Option<Listing>, RepositoryError>> {
        async move {
            let statement = others::statement(self.stored(token), self.network, page, now);
            self.driver.fetch(statement, |rows| listing(rows, page)).await
        }
        .boxed()
    }

    fn count_others<'a>(
        &'a self,
        caller: &'a Caller,
        now: OffsetDateTime,
    ) -> BoxFuture<'a, Result<u64, RepositoryError>> {
        async move {
            let statement = count_others::statement(self.network, caller, now);
            let read =
                |rows: &[D::Row<'_>]| rows.first().map_or(Ok(0), |row| Ok(rows::count(row)?));
            self.driver.fetch(statement, read).await
        }
        .boxed()
    }

    fn issue<'a>(
        &'a self,
        identity: &'a Identity,
        sessions: &'a [Issue],
    ) -> BoxFuture<'a, Result<(), RepositoryError>> {
        async move {
            let mut statements = vec![issue::identity(self.network, identity)];
            for Issue { session, token } in sessions {
                let stored = self.stored(token);
                statements.push(issue::session(self.network, identity.id, session, stored));
                statements.extend(
                    session
                        .devices
                        .iter()
                        .map(|device| issue::device(self.network, identity.id, session.id, device)),
                );
            }
            self.driver.execute(statements).await.map(drop)
        }
        .boxed()
    }

    fn end_expired(&self, now: OffsetDateTime) -> BoxFuture<'_, Result<u64, RepositoryError>> {
        async move {
            let written = self.driver.execute(vec![end_expired::statement(self.network, now)]);
            Ok(written.await?.into_iter().sum())
        }
        .boxed()
    }

    fn ready(&self) -> BoxFuture<'_, Result<(), RepositoryError>> {
        async move {
            let statement = Statement { text: READY, columns: 1, arguments: Vec::new() };
            self.driver.fetch(statement, |_| Ok(())).await
        }
        .boxed()
    }
}

/// Reads the rows of [`others`]. `None` where the caller's is not among them.
fn listing(rows: &[impl Row], page: PageRequest) -> Result<Option<Listing>, RepositoryError> {
    let mut caller = None;
    let mut sessions = Vec::with_capacity(rows.len());
    for row in rows {
        let session = rows::session(row)?;
        if rows::is_caller(row)? {
            let identity = rows::identity(row)?;
            caller = Some((Caller { session, identity }, rows::behind(row)?));
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

/// Puts a session's devices together, the most recent one first.
///
/// No database promises to keep a subquery's order through a join, so the rows
/// are sorted here; where they came in order, which is always seen, that costs
/// one comparison each.
fn one_row_each(mut sessions: Vec<Session>, backward: bool) -> Vec<Session> {
    sessions.sort_by(|a, b| {
        let order = position(a).order(&position(b));
        if backward { order.reverse() } else { order }
    });
    sessions.dedup_by(|next, kept| {
        let same = next.id == kept.id;
        if same {
            kept.devices.append(&mut next.devices);
        }
        same
    });
    for session in &mut sessions {
        session.devices.sort_by_key(|device| (std::cmp::Reverse(device.created_at), device.id));
    }
    sessions
}

fn position(session: &Session) -> Position {
    Position { created_at: session.created_at, id: session.id }
}
