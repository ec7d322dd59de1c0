//! The log of events, over any driver.

use futures_util::FutureExt as _;
use time::OffsetDateTime;

use crate::database::decode;
use crate::database::driver::{Column, Driver, Row, SelectForUpdate, Selected, Step};
use crate::database::inconsistent_row::InconsistentRow;
use crate::database::sessions::SqlSessionRepository;
use crate::database::statements::event_log;
use crate::event::{Event, EventActor, EventId, EventType};
use crate::repository::{Answer, BatchSize, EventFilter, EventLog, LogState, RepositoryError};

/// An event without a position, and the position of the log's last event.
#[derive(Clone, Copy, PartialEq)]
struct Unsequenced {
    id: i64,
    head: EventId,
}

impl Selected for Unsequenced {
    fn read(row: &impl Row) -> Result<Self, InconsistentRow> {
        let id = decode::required(row, Column(0, "elsewhere_events.id"), decode::number)?;
        Ok(Self { id, head: position(row, Column(1, "elsewhere_event_log.head"))? })
    }
}

impl<D: Driver> EventLog for SqlSessionRepository<D> {
    fn event_log(&self) -> Answer<'_, LogState> {
        let read = |rows: &[D::Row<'_>]| match rows.first() {
            Some(row) => Ok(log_state(row)?),
            None => Err(RepositoryError::Unexpected("elsewhere_event_log has no row".into())),
        };
        self.driver.fetch(event_log::state(), read).boxed()
    }

    fn sequence_events(&self) -> Answer<'_, bool> {
        async move {
            let sequence = |rows: &[Unsequenced]| {
                let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
                rows.first().map_or_else(Vec::new, |row| event_log::sequence(&ids, row.head))
            };
            let work = SelectForUpdate {
                first: vec![event_log::lock_log().into()],
                select: event_log::without_position(),
                then: &sequence,
                at_once: true,
            };
            let sequenced = self.driver.select_for_update(work).await?.selected.len();
            Ok(sequenced >= event_log::SEQUENCE_SIZE)
        }
        .boxed()
    }

    fn events<'a>(
        &'a self,
        after: EventId,
        until: EventId,
        filter: &'a EventFilter,
        limit: BatchSize,
    ) -> Answer<'a, Vec<Event>> {
        let types = if filter.types.is_empty() { EventType::ALL } else { &filter.types };
        let between = [after, until];
        let statement = event_log::read(
            self.layout.schema(),
            self.network,
            between,
            types,
            filter.identity,
            limit,
        );
        let read = |rows: &[D::Row<'_>]| Ok(rows.iter().map(event).collect::<Result<_, _>>()?);
        self.driver.fetch(statement, read).boxed()
    }

    fn prune_events(
        &self,
        before: OffsetDateTime,
        until: EventId,
        limit: BatchSize,
    ) -> Answer<'_, bool> {
        async move {
            let pruned = self.event_log().await?.pruned;
            let read = |rows: &[D::Row<'_>]| {
                Ok(rows.iter().map(position_and_time).collect::<Result<Vec<_>, _>>()?)
            };
            let oldest = self.driver.fetch(event_log::oldest([pruned, until], limit), read).await?;
            let old: Vec<_> = oldest.iter().take_while(|(_, at)| *at < before).collect();
            let Some((last, _)) = old.last() else {
                return Ok(false);
            };
            self.driver.execute(event_log::prune(*last).map(Step::from).into()).await?;
            Ok(old.len() >= limit.get())
        }
        .boxed()
    }
}

fn log_state(row: &impl Row) -> Result<LogState, InconsistentRow> {
    let unsequenced: Option<i64> = decode::number(row, Column(2, "elsewhere_events.id"))?;
    Ok(LogState {
        head: position(row, Column(0, "elsewhere_event_log.head"))?,
        pruned: position(row, Column(1, "elsewhere_event_log.pruned"))?,
        has_unsequenced: unsequenced.is_some(),
    })
}

pub(super) fn position(row: &impl Row, column: Column) -> Result<EventId, InconsistentRow> {
    let number = decode::required(row, column, decode::number)?;
    EventId::new(number).ok_or(InconsistentRow::other(column.1, "a position"))
}

fn position_and_time(row: &impl Row) -> Result<(EventId, OffsetDateTime), InconsistentRow> {
    let at = decode::required(row, Column(1, "elsewhere_events.occurred_at"), Row::time)?;
    Ok((position(row, Column(0, "elsewhere_events.position"))?, at))
}

fn event(row: &impl Row) -> Result<Event, InconsistentRow> {
    let event_type = decode::parsed(row, Column(1, "elsewhere_events.type"))?;
    let actor = decode::parsed(row, Column(6, "elsewhere_events.actor"))?;
    // An identity whose id Kratos stores in another form is no reason to lose the event.
    let identity = row.id(Column(3, "elsewhere_events.identity_id")).ok().flatten();
    Ok(Event {
        id: position(row, Column(0, "elsewhere_events.position"))?,
        event_type: event_type.ok_or(InconsistentRow::other("elsewhere_events.type", "set"))?,
        at: decode::required(row, Column(2, "elsewhere_events.occurred_at"), Row::time)?,
        identity: identity.unwrap_or_default(),
        session: row.id(Column(4, "elsewhere_events.session_id"))?,
        cause: decode::parsed(row, Column(5, "elsewhere_events.cause"))?,
        actor: EventActor {
            kind: actor.ok_or(InconsistentRow::other("elsewhere_events.actor", "set"))?,
            session: row.id(Column(7, "elsewhere_events.actor_session_id"))?,
            address: decode::parsed(row, Column(8, "elsewhere_events.actor_address"))?,
        },
        expires_at: row.time(Column(9, "elsewhere_events.expires_at"))?,
        level: decode::parsed(row, Column(10, "elsewhere_events.aal"))?,
        previous_level: decode::parsed(row, Column(11, "elsewhere_events.previous_aal"))?,
        user_agent: row.text(Column(12, "elsewhere_events.user_agent"))?.map(str::to_owned),
    })
}
