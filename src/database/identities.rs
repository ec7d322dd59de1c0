//! Operations on identities, over any driver.

use futures_util::FutureExt as _;
use uuid::Uuid;

use crate::database::decode;
use crate::database::driver::{Driver, Row, SelectForUpdate, Selected};
use crate::database::inconsistent_row::InconsistentRow;
use crate::database::sessions::SqlSessionRepository;
use crate::database::statements::{events, identities, identity as statements, lock_and_write};
use crate::event::{Change, EventType};
use crate::identity::{Identity, State};
use crate::identity_edit::IdentityEdit;
use crate::repository::{Answer, IdentityRepository, SessionRef};

/// An identity that is locked.
#[derive(Clone)]
struct Locked(Identity);

/// A retry reads the same identity again, in another state.
impl PartialEq for Locked {
    fn eq(&self, other: &Self) -> bool {
        self.0.id == other.0.id
    }
}

impl Selected for Locked {
    fn read(row: &impl Row) -> Result<Self, InconsistentRow> {
        decode::identity_for_operators(row).map(Self)
    }
}

impl<D: Driver> IdentityRepository for SqlSessionRepository<D> {
    fn identity(&self, identity: Uuid) -> Answer<'_, Option<Identity>> {
        let read = |rows: &[D::Row<'_>]| {
            Ok(rows.first().map(decode::identity_for_operators).transpose()?)
        };
        self.driver.fetch(statements::read(self.network, identity), read).boxed()
    }

    fn edit_identity<'a>(
        &'a self,
        identity: Uuid,
        edit: &'a IdentityEdit,
        change: &'a Change,
    ) -> Answer<'a, Option<State>> {
        async move {
            let write = |locked: &[Locked]| {
                let Some(Locked(before)) = locked.first() else {
                    return Vec::new();
                };
                let Some(after) = edit.apply(before, change.at) else {
                    return Vec::new();
                };
                let is_deactivated = before.state != after.state && after.state == State::Inactive;
                let event = if is_deactivated {
                    EventType::IdentityDeactivated
                } else {
                    EventType::IdentityChanged
                };
                let event = || events::of_identity(self.network, identity, event, change);
                let event = self.writes_events.then(event);
                let write = statements::write(self.network, &after);
                [write].into_iter().chain(event).collect()
            };
            let work = SelectForUpdate {
                first: Vec::new(),
                select: statements::lock(self.network, identity),
                then: &write,
                at_once: false,
            };
            // The first one: an attempt whose answer was lost may have changed it.
            let locked = self.driver.select_for_update(work).await?.selected.into_iter().next();
            Ok(locked.map(|Locked(before)| edit.state.unwrap_or(before.state)))
        }
        .boxed()
    }

    fn delete_identity<'a>(
        &'a self,
        identity: Uuid,
        change: &'a Change,
    ) -> Answer<'a, Option<Vec<SessionRef>>> {
        async move {
            let delete = |deleted: &[SessionRef]| {
                let mut statements = self.events_of(change, deleted);
                if self.writes_events {
                    let event = EventType::IdentityDeleted;
                    statements.push(events::of_identity(self.network, identity, event, change));
                }
                statements.push(identities::delete(self.network, identity));
                statements
            };
            let select = lock_and_write::all_of_identity(self.network, identity);
            let work = SelectForUpdate {
                // From here on, no session is issued for this identity.
                first: vec![identities::lock(self.network, identity).into()],
                select,
                then: &delete,
                // The event of the identity comes last.
                at_once: false,
            };
            let deleted = self.driver.select_for_update(work).await?;
            // An earlier attempt whose answer was lost may have deleted it.
            let existed = deleted.first.first().is_some_and(|rows| *rows > 0);
            Ok((existed || deleted.tried_before).then_some(deleted.selected))
        }
        .boxed()
    }

    fn identity_exists(&self, identity: Uuid) -> Answer<'_, bool> {
        let statement = identities::exists(self.network, identity);
        self.driver.fetch(statement, |rows| Ok(!rows.is_empty())).boxed()
    }
}
