//! Sessions, pages and listings, built from rows. An unreadable row does not affect the others.

use std::cmp::Reverse;

use crate::database::decode;
use crate::database::driver::Row;
use crate::database::inconsistent_row::{InconsistentRow, MistypedColumn};
use crate::database::unreadable::UnreadableRows;
use crate::identity::SessionWithIdentity;
use crate::pagination::{Page, PageRequest};
use crate::repository::Listing;
use crate::session::{Device, Session};
use crate::stored_session::{Problem, Stored, StoredSession};

/// The sessions that were read for a page, in reading order.
pub(super) struct ReadPage<T> {
    sessions: Vec<Stored<T>>,
    /// Number of further rows that were read, but whose session ids are unreadable.
    nameless: usize,
    /// True if a row lies on the other side of the page's start.
    behind: bool,
}

impl<T: AsRef<Session> + AsMut<Session>> ReadPage<T> {
    fn with_capacity(capacity: usize) -> Self {
        Self { sessions: Vec::with_capacity(capacity), nameless: 0, behind: false }
    }

    fn add(
        &mut self,
        row: &impl Row,
        read: Result<T, InconsistentRow>,
        log: &UnreadableRows,
    ) -> Result<(), MistypedColumn> {
        match read {
            Ok(session) => self.sessions.push(Stored::Readable(session)),
            Err(problem) => {
                let problem = problem.of_row()?;
                match decode::unreadable(row, problem) {
                    Ok(session) => {
                        log.session(session.id, problem);
                        self.sessions.push(Stored::Unreadable(Box::new(session)));
                    }
                    Err(problem) => {
                        log.nameless(problem.of_row()?);
                        self.nameless += 1;
                    }
                }
            }
        }
        Ok(())
    }

    /// The page, or `None` if no row has a position that the next page could begin after.
    pub(super) fn page(self, request: PageRequest) -> Option<Page<Stored<T>>> {
        let Self { sessions, nameless, behind } = self;
        let sessions = group_devices(sessions, request.start.is_backward());
        Page::new(request, sessions, nameless, behind, Stored::position)
    }

    /// The page for the case that `page` returns `None`, built from a larger read.
    pub(super) fn unplaced_page(self, request: PageRequest) -> Page<Stored<T>> {
        let Self { sessions, behind, .. } = self;
        let sessions = group_devices(sessions, request.start.is_backward());
        Page::unplaced(request, sessions, behind, Stored::position)
    }
}

/// Reads the rows of [`crate::database::statements::list_others`]. `None` if none of them belongs
/// to a readable session with this token.
pub(super) fn list_others(
    rows: &[impl Row],
    stored_token: &str,
    log: &UnreadableRows,
) -> Result<Option<(SessionWithIdentity, ReadPage<Session>)>, MistypedColumn> {
    let mut caller = None;
    let mut others = ReadPage::with_capacity(rows.len());
    for row in rows {
        if !decode::has_identity(row) {
            others.add(row, decode::session(row, log), log)?;
        } else if decode::has_token(row, stored_token)? {
            others.behind = decode::behind(row);
            caller = readable_caller(row, decode::identity(row), log)?;
            if caller.is_none() {
                return Ok(None);
            }
        } else {
            return Ok(None);
        }
    }
    Ok(caller.map(|caller| (caller, others)))
}

/// Reads the rows of [`crate::database::statements::list_others::first_of_known`].
pub(super) fn others(
    rows: &[impl Row],
    log: &UnreadableRows,
) -> Result<ReadPage<Session>, MistypedColumn> {
    let mut others = ReadPage::with_capacity(rows.len());
    for row in rows {
        others.add(row, decode::session(row, log), log)?;
    }
    Ok(others)
}

/// A listing for the public API: without unreadable sessions.
pub(super) fn listing(caller: SessionWithIdentity, page: Page<Stored<Session>>) -> Listing {
    Listing { caller, others: page.filter_map(Stored::readable) }
}

fn readable_caller(
    row: &impl Row,
    identity: Result<crate::identity::Identity, InconsistentRow>,
    log: &UnreadableRows,
) -> Result<Option<SessionWithIdentity>, MistypedColumn> {
    let caller = decode::session(row, log)
        .and_then(|session| Ok(SessionWithIdentity { session, identity: identity? }));
    match caller {
        Ok(caller) => Ok(Some(caller)),
        Err(problem) => warn(row, problem.of_row()?, log).map(|()| None),
    }
}

fn warn(row: &impl Row, problem: Problem, log: &UnreadableRows) -> Result<(), MistypedColumn> {
    match decode::session_id(row) {
        Ok(session) => log.session(session, problem),
        Err(problem) => log.nameless(problem.of_row()?),
    }
    Ok(())
}

/// Reads the rows of [`crate::database::statements::list`]. A row without a session says whether
/// rows lie behind the page's start.
pub(super) fn list(
    rows: &[impl Row],
    log: &UnreadableRows,
) -> Result<ReadPage<SessionWithIdentity>, MistypedColumn> {
    let mut page = ReadPage::with_capacity(rows.len());
    for row in rows {
        if decode::has_session(row) {
            page.add(row, decode::session_for_operators(row, log), log)?;
        } else {
            page.behind = decode::behind(row);
        }
    }
    Ok(page)
}

/// Reads the rows of [`crate::database::statements::session_with_identity`]. Rows with a session
/// come first, and differ only in their device. `None` if there are none.
pub(super) fn session_with_identity(
    rows: &[impl Row],
    log: &UnreadableRows,
) -> Result<Option<StoredSession>, MistypedColumn> {
    let Some(first) = rows.first().filter(|row| decode::has_session(*row)) else {
        return Ok(None);
    };
    let mut stored = match decode::session_for_operators(first, log) {
        Ok(session) => Stored::Readable(session),
        Err(problem) => {
            let problem = problem.of_row()?;
            warn(first, problem, log)?;
            match decode::unreadable(first, problem) {
                Ok(session) => Stored::Unreadable(Box::new(session)),
                Err(problem) => return problem.of_row().map(|_| None),
            }
        }
    };
    for row in &rows[1..] {
        if decode::has_session(row) {
            let id = stored.id();
            stored.devices_mut().extend(decode::readable_device(row, id, log)?);
        } else if let Some(identity) = stored.identity_mut()
            && let Err(problem) = decode::address(row, identity)
        {
            log.address(identity.id, problem.of_row()?);
        }
    }
    sort_devices(stored.devices_mut());
    Ok(Some(stored))
}

/// Merges the rows of each session, its most recent device first.
///
/// No database guarantees that a subquery's order survives a join, so the rows are sorted here.
/// In practice they always arrive in order, and sorting costs one comparison per row. If a row
/// has no position in that order, the reading order is kept.
fn group_devices<T: AsRef<Session> + AsMut<Session>>(
    mut rows: Vec<Stored<T>>,
    backward: bool,
) -> Vec<Stored<T>> {
    if rows.iter().all(|row| row.position().is_some()) {
        rows.sort_by(|a, b| {
            let order = match (a.position(), b.position()) {
                (Some(a), Some(b)) => a.order(&b),
                _ => std::cmp::Ordering::Equal,
            };
            if backward { order.reverse() } else { order }
        });
    }
    rows.dedup_by(|next, kept| {
        let same = next.id() == kept.id();
        if same {
            kept.devices_mut().append(next.devices_mut());
        }
        same
    });
    for row in &mut rows {
        sort_devices(row.devices_mut());
    }
    rows
}

fn sort_devices(devices: &mut [Device]) {
    devices.sort_by_key(|device| (Reverse(device.created_at), device.id));
}
