//! Refused uses of bound sessions, as events.

use std::convert::Infallible;
use std::time::Duration;

use time::OffsetDateTime;
use tokio::time::timeout;

use crate::authentication::Refusal;
use crate::event::{Actor, Cause, Change};
use crate::repository::SessionRef;
use crate::service::refusal_queue::{Client, Refused};
use crate::service::session_service::SessionService;

/// The time that a shutdown has for this.
const TIME_TO_WRITE: Duration = Duration::from_secs(2);

impl SessionService {
    /// Notes that a request was refused, if it was because it did not come from the device of its
    /// session.
    pub fn note_refusal(&self, refusal: Refusal, client: Client, at: OffsetDateTime) {
        if let Refusal::NotProven { session, identity, was_proven } = refusal {
            let cause = if was_proven { Cause::BindingExpired } else { Cause::BindingMissing };
            let session = SessionRef { session, identity };
            self.refusals.note(Refused { session, cause, client, at });
        }
    }

    /// Writes the events of refusals.
    pub async fn keep_refusals_noted(&self) -> Infallible {
        loop {
            if let Some(refused) = self.refusals.next().await {
                self.write_refusal(refused).await;
            }
        }
    }

    /// Writes the refusals so far, at the end. Those that take too long are lost.
    pub(super) async fn write_refusals(&self) {
        let all = async {
            while let Some(refused) = self.refusals.waiting().await {
                self.write_refusal(refused).await;
            }
        };
        if timeout(TIME_TO_WRITE, all).await.is_err() {
            tracing::warn!("some refused uses of bound sessions have no event");
        }
    }

    async fn write_refusal(&self, refused: Refused) {
        let Refused { session, cause, client, at } = refused;
        let Client { address, user_agent } = client;
        let actor = Actor::Person { session: session.session, address };
        let change = Change::refuse_binding(actor, cause, at);
        match self.repository.note_refusal(session, user_agent.as_deref(), &change).await {
            Ok(()) => self.record(&change, &[session]),
            Err(error) => {
                self.refusals.forget(session.session, cause);
                tracing::warn!(%error, "a refused use of a bound session has no event");
            }
        }
    }
}
