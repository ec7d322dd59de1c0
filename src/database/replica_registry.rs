//! The replicas that answer from memory, over any driver.

use std::time::Duration;

use futures_util::FutureExt as _;
use uuid::Uuid;

use crate::database::decode;
use crate::database::driver::{Column, Driver, Row};
use crate::database::event_log::position;
use crate::database::inconsistent_row::InconsistentRow;
use crate::database::pool::slots::urgently;
use crate::database::sessions::SqlSessionRepository;
use crate::database::statements::replicas;
use crate::database::statements::replicas::MAX_CHANGES;
use crate::event::EventId;
use crate::repository::{
    Answer, Changed, Look, Renewal, ReplicaRegistry, ReplicaState, RepositoryError,
};

impl<D: Driver> ReplicaRegistry for SqlSessionRepository<D> {
    fn look(&self, after: EventId) -> Answer<'_, Look> {
        let read = |rows: &[D::Row<'_>]| look(rows);
        urgently(self.driver.fetch(replicas::look(D::LOOK, self.network, after), read)).boxed()
    }

    fn register_replica(&self, replica: Uuid, lease: Duration, beat: i64) -> Answer<'_, ()> {
        let register = replicas::register(self.network, replica, lease, beat);
        async move {
            match self.write_one(register).await {
                // An earlier attempt whose answer was lost has added it.
                Ok(_) | Err(RepositoryError::Conflict(_)) => Ok(()),
                Err(error) => Err(error),
            }
        }
        .boxed()
    }

    fn renew_replica<'a>(&'a self, renewal: Renewal<'a>) -> Answer<'a, bool> {
        async move { Ok(self.write_one(replicas::renew(D::RENEW, &renewal)).await? > 0) }.boxed()
    }

    fn remove_replica(&self, replica: Uuid) -> Answer<'_, ()> {
        async move { self.write_one(replicas::remove(replica)).await.map(drop) }.boxed()
    }

    fn remove_silent_replica(&self, replica: Uuid, beat: i64) -> Answer<'_, ()> {
        async move { self.write_one(replicas::remove_silent(replica, beat)).await.map(drop) }
            .boxed()
    }
}

fn look<R: Row>(rows: &[R]) -> Result<Look, RepositoryError> {
    let (mut log, mut are_readable) = (None, true);
    let (mut changes, mut replicas, mut positioned) = (Vec::new(), Vec::new(), 0);
    for row in rows {
        match row.text(Column(0, "kind"))? {
            Some("change") => match changed(row) {
                Ok(change) => {
                    positioned += usize::from(change.has_position);
                    changes.push(change);
                }
                // Kratos may have ids that are none.
                Err(_) => are_readable = false,
            },
            Some("replica") => replicas.push(replica(row)?),
            _ => log = Some(row),
        }
    }
    let Some(log) = log else {
        return Err(RepositoryError::Unexpected("elsewhere_event_log has no row".into()));
    };
    let Some(server) = log.text(Column(6, "server"))? else {
        return Err(RepositoryError::Unavailable("this server is read-only".into()));
    };
    Ok(Look {
        server: server.to_owned(),
        head: position(log, Column(1, "elsewhere_event_log.head"))?,
        pruned: position(log, Column(4, "elsewhere_event_log.pruned"))?,
        is_complete: are_readable && positioned.max(changes.len() - positioned) < MAX_CHANGES,
        changes,
        replicas,
    })
}

fn changed(row: &impl Row) -> Result<Changed, InconsistentRow> {
    let name = row.text(Column(6, "elsewhere_events.type"))?;
    let row_id = Column(1, "elsewhere_events.id");
    Ok(Changed {
        row: decode::required(row, row_id, decode::number)?,
        has_position: row.text(Column(4, "elsewhere_events.position"))?.is_some(),
        event_type: name.and_then(|name| name.parse().ok()),
        session: row.id(Column(2, "elsewhere_events.session_id"))?,
        identity: decode::required(row, Column(3, "elsewhere_events.identity_id"), Row::id)?,
    })
}

fn replica(row: &impl Row) -> Result<ReplicaState, InconsistentRow> {
    let number = |place, name| decode::required(row, Column(place, name), decode::number::<i64>);
    let lease = number(5, "elsewhere_replicas.lease")?;
    Ok(ReplicaState {
        id: decode::required(row, Column(2, "elsewhere_replicas.id"), Row::id)?,
        beat: number(4, "elsewhere_replicas.beat")?,
        acknowledged: position(row, Column(1, "elsewhere_replicas.acknowledged"))?,
        lease: Duration::from_millis(u64::try_from(lease).unwrap_or_default()),
    })
}
