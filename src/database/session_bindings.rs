//! Bindings of sessions to devices, over any driver.

use futures_util::FutureExt as _;
use uuid::Uuid;

use crate::bound_key::BoundKey;
use crate::database::decode;
use crate::database::driver::{Column, Driver};
use crate::database::sessions::SqlSessionRepository;
use crate::database::statements::bound_key as statements;
use crate::database::statements::events;
use crate::event::Change;
use crate::repository::{Answer, SessionBindings, SessionRef};

impl<D: Driver> SessionBindings for SqlSessionRepository<D> {
    fn bound_key(&self, session: Uuid) -> Answer<'_, Option<BoundKey>> {
        let read = |rows: &[D::Row<'_>]| match rows.first() {
            Some(row) => Ok(decode::parsed(row, Column(0, "sessions.bound_key"))?),
            None => Ok(None),
        };
        self.driver.fetch(statements::bound_key(self.network, session), read).boxed()
    }

    fn note_refusal<'a>(
        &'a self,
        session: SessionRef,
        user_agent: Option<&'a str>,
        change: &'a Change,
    ) -> Answer<'a, ()> {
        async move {
            if !self.writes_events {
                return Ok(());
            }
            let event = events::of_refused_session(self.network, session, user_agent, change);
            self.driver.execute(vec![event.into()]).await.map(drop)
        }
        .boxed()
    }
}
