//! The state of webhooks, over any driver.

use futures_util::FutureExt as _;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::database::decode;
use crate::database::driver::{Column, Driver, Row, Statement, Step};
use crate::database::event_log::position;
use crate::database::inconsistent_row::InconsistentRow;
use crate::database::sessions::SqlSessionRepository;
use crate::database::statements::webhooks;
use crate::database::statements::webhooks::Name;
use crate::event::EventId;
use crate::repository::{
    Answer, Progress, RepositoryError, Undelivered, WebhookState, WebhookStore,
};

impl<D: Driver> WebhookStore for SqlSessionRepository<D> {
    fn webhooks(&self) -> Answer<'_, Vec<WebhookState>> {
        let read = |rows: &[D::Row<'_>]| Ok(rows.iter().map(state).collect::<Result<_, _>>()?);
        self.driver.fetch(webhooks::all(self.network), read).boxed()
    }

    fn add_webhook<'a>(&'a self, name: &'a str) -> Answer<'a, ()> {
        async move {
            match self.write_one(webhooks::add(self.webhook(name))).await {
                // Another replica has added it.
                Ok(_) | Err(RepositoryError::Conflict(_)) => Ok(()),
                Err(error) => Err(error),
            }
        }
        .boxed()
    }

    fn claim_webhook<'a>(&'a self, name: &'a str, replica: Uuid, beat: i64) -> Answer<'a, bool> {
        async move { Ok(self.write_one(webhooks::claim(self.webhook(name), replica, beat)).await? > 0) }.boxed()
    }

    fn renew_webhook<'a>(&'a self, name: &'a str, replica: Uuid) -> Answer<'a, bool> {
        async move { Ok(self.write_one(webhooks::renew(self.webhook(name), replica)).await? > 0) }
            .boxed()
    }

    fn release_webhook<'a>(&'a self, name: &'a str, replica: Uuid) -> Answer<'a, ()> {
        async move { self.write_one(webhooks::release(self.webhook(name), replica)).await.map(drop) }.boxed()
    }

    fn store_progress<'a>(
        &'a self,
        name: &'a str,
        replica: Uuid,
        progress: &'a Progress,
    ) -> Answer<'a, bool> {
        async move {
            const MOVED: usize = 0;
            let step = |statement| Step { statement, if_wrote: vec![MOVED] };
            let name = self.webhook(name);
            let first = match progress.position {
                Some(position) => webhooks::move_to(name, replica, position),
                None => webhooks::renew(name, replica),
            };
            let mut steps = vec![first.into()];
            for id in &progress.delivered {
                steps.push(step(webhooks::delete(name, *id)));
            }
            for event in &progress.undelivered {
                steps.push(step(webhooks::delete(name, event.id)));
                steps.push(step(webhooks::store(name, event)));
            }
            let written = self.driver.execute(steps).await?;
            Ok(written.rows.first().is_some_and(|rows| *rows > 0))
        }
        .boxed()
    }

    fn undelivered<'a>(&'a self, name: &'a str, is_given_up: bool) -> Answer<'a, Vec<Undelivered>> {
        let read =
            |rows: &[D::Row<'_>]| Ok(rows.iter().map(undelivered).collect::<Result<_, _>>()?);
        self.driver.fetch(webhooks::undelivered(self.webhook(name), is_given_up), read).boxed()
    }

    fn switch_webhook<'a>(&'a self, name: &'a str, is_off: bool) -> Answer<'a, ()> {
        async move { self.write_one(webhooks::switch(self.webhook(name), is_off)).await.map(drop) }
            .boxed()
    }

    fn forget_given_up<'a>(&'a self, name: &'a str, until: EventId) -> Answer<'a, ()> {
        let forget = webhooks::forget(self.webhook(name), until);
        async move { self.write_one(forget).await.map(drop) }.boxed()
    }

    fn retry_webhook<'a>(
        &'a self,
        name: &'a str,
        event: Option<EventId>,
        now: OffsetDateTime,
    ) -> Answer<'a, u64> {
        self.write_one(webhooks::retry(self.webhook(name), event, now)).boxed()
    }
}

impl<D: Driver> SqlSessionRepository<D> {
    fn webhook<'a>(&self, name: &'a str) -> Name<'a> {
        Name { network: self.network, name }
    }

    /// Returns the number of rows that the statement wrote.
    pub(super) async fn write_one(&self, statement: Statement<'_>) -> Result<u64, RepositoryError> {
        let written = self.driver.execute(vec![statement.into()]).await?;
        Ok(written.rows.first().copied().unwrap_or_default())
    }
}

fn state(row: &impl Row) -> Result<WebhookState, InconsistentRow> {
    let beat = Column(3, "elsewhere_webhooks.beat");
    Ok(WebhookState {
        name: decode::required(row, Column(0, "elsewhere_webhooks.name"), Row::text)?.to_owned(),
        position: position(row, Column(1, "elsewhere_webhooks.position"))?,
        holder: row.id(Column(2, "elsewhere_webhooks.holder"))?,
        beat: decode::required(row, beat, decode::number)?,
        is_off: decode::required(row, Column(4, "elsewhere_webhooks.is_off"), Row::flag)?,
        is_of_this_network: decode::required(row, Column(5, "elsewhere_webhooks.nid"), Row::flag)?,
        first_undelivered: decode::number(row, Column(6, "elsewhere_undelivered_events.position"))?
            .and_then(EventId::new),
    })
}

fn undelivered(row: &impl Row) -> Result<Undelivered, InconsistentRow> {
    let column = |place, name| Column(place, name);
    let (tries, next) =
        ("elsewhere_undelivered_events.tries", "elsewhere_undelivered_events.next_try");
    let given_up = column(3, "elsewhere_undelivered_events.is_given_up");
    let problem = row.text(column(4, "elsewhere_undelivered_events.problem"))?;
    let id: EventId = position(row, column(0, "elsewhere_undelivered_events.position"))?;
    Ok(Undelivered {
        id,
        tries: decode::required(row, column(1, tries), decode::number)?,
        next_try: decode::required(row, column(2, next), Row::time)?,
        is_given_up: decode::required(row, given_up, Row::flag)?,
        problem: problem.unwrap_or_default().to_owned(),
    })
}
