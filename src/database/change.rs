//! Changes of one session's fields, over any driver.

use futures_util::FutureExt as _;
use uuid::Uuid;

use crate::bound_key::SessionBinding;
use crate::database::decode;
use crate::database::driver::{Column, Driver, Row, SelectForUpdate, Selected};
use crate::database::inconsistent_row::InconsistentRow;
use crate::database::sessions::SqlSessionRepository;
use crate::database::statements::{change as statements, events};
use crate::event::Change;
use crate::repository::{Answer, ChangedSession, SessionChanges, SessionRef};
use crate::session::Expiry;
use crate::session_patch::{SessionFields, SessionPatch};

/// A session that is locked, with all fields that a patch can change.
#[derive(Clone)]
struct Locked {
    session: SessionRef,
    stored_token: String,
    fields: SessionFields,
}

/// A retry reads the same session again, in another state.
impl PartialEq for Locked {
    fn eq(&self, other: &Self) -> bool {
        self.session == other.session
    }
}

impl Selected for Locked {
    fn read(row: &impl Row) -> Result<Self, InconsistentRow> {
        let level = decode::required(row, Column(3, "sessions.aal"), decode::parsed)?;
        Ok(Self {
            session: SessionRef::read(row)?,
            stored_token: decode::required(row, Column(2, "sessions.token"), Row::text)?.to_owned(),
            fields: SessionFields {
                level,
                methods: decode::required(row, Column(4, "sessions.methods"), Row::json)?,
                authenticated_at: decode::required(
                    row,
                    Column(5, "sessions.authenticated_at"),
                    Row::time,
                )?,
                expiry: Expiry {
                    expires_at: decode::required(row, Column(6, "sessions.expires_at"), Row::time)?,
                    absolute_expires_at: row.time(Column(7, "sessions.absolute_expires_at"))?,
                },
                metadata: row.json(Column(8, "sessions.metadata"))?,
                name: row.text(Column(9, "sessions.name"))?.map(str::to_owned),
                binding: binding(row)?,
            },
        })
    }
}

fn binding(row: &impl Row) -> Result<Option<SessionBinding>, InconsistentRow> {
    let at = row.time(Column(10, "sessions.bound_at"))?;
    let key = decode::parsed(row, Column(11, "sessions.bound_key"))?;
    Ok(key.zip(at).map(|(key, at)| SessionBinding { key, at, user_agent: None }))
}

impl<D: Driver> SessionChanges for SqlSessionRepository<D> {
    fn change_session<'a>(
        &'a self,
        session: Uuid,
        patch: &'a SessionPatch,
        change: &'a Change,
    ) -> Answer<'a, Option<ChangedSession>> {
        async move {
            let token = patch.token.as_ref().map(|token| self.stored(token).into_owned());
            let user_agent = patch.binding.as_ref().and_then(|one| one.user_agent.as_deref());
            let write = |locked: &[Locked]| {
                let Some(locked) = locked.first() else {
                    return Vec::new();
                };
                let after = patch.apply(&locked.fields);
                let stored_token = token.clone().unwrap_or_else(|| locked.stored_token.clone());
                if after.are_same(&locked.fields) && stored_token == locked.stored_token {
                    return Vec::new();
                }
                let write = statements::write(self.network, session, stored_token, &after);
                let event = || {
                    let (of, before) = (locked.session, &locked.fields);
                    events::of_changed_session(self.network, of, before, &after, user_agent, change)
                };
                let event = self.writes_events.then(event);
                [write].into_iter().chain(event).collect()
            };
            let work = SelectForUpdate {
                first: Vec::new(),
                select: statements::lock(self.network, session, change.at),
                then: &write,
                at_once: true,
            };
            // The first one: an attempt whose answer was lost may have changed it.
            let locked = self.driver.select_for_update(work).await?.selected.into_iter().next();
            Ok(locked.filter(|locked| locked.session.session == session).map(|locked| {
                let fields = patch.apply(&locked.fields);
                let is_different = token.is_some_and(|token| token != locked.stored_token)
                    || !fields.are_same(&locked.fields);
                ChangedSession { session: locked.session, fields, is_different }
            }))
        }
        .boxed()
    }
}
