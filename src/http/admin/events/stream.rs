//! Events as a stream of server-sent events
//! (<https://html.spec.whatwg.org/multipage/server-sent-events.html>).
//!
//! A stream reads the log page by page, like any other reader, and only when its client has room
//! for more: a slow client holds one page, and its connection is closed once it takes nothing for
//! `limits.idle_timeout`.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::response::sse::{Event as Message, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;

use crate::event::{Event, EventId, WireEvent};
use crate::http::extract::stream::EventStream;
use crate::http::response::delivery::HeldBytes;
use crate::repository::{BatchSize, EventFilter};
use crate::service::{EventPage, EventsError, SessionService};

/// Interval of comments while there are no events, so that both ends notice a lost connection.
const COMMENT_INTERVAL: Duration = Duration::from_secs(15);
/// The number of events that a stream holds.
const PAGE_SIZE: usize = 100;
/// The memory that such a page takes, in both forms.
const PAGE_BYTES: u32 = 64 * 1024;

struct Reader {
    service: Arc<SessionService>,
    filter: EventFilter,
    pending: VecDeque<Event>,
    /// The position after the pending events.
    next: EventId,
    stream: EventStream,
}

/// Sends the first page, and all later events.
pub(super) fn answer(
    service: Arc<SessionService>,
    filter: EventFilter,
    first: EventPage,
    stream: EventStream,
) -> Response {
    let reader = Reader { service, filter, pending: first.events.into(), next: first.next, stream };
    let messages = stream::unfold(reader, async |mut reader| {
        let message = reader.next_message().await?;
        Some((Ok::<_, Infallible>(message), reader))
    });
    let mut response = Sse::new(messages).into_response();
    response.extensions_mut().insert(HeldBytes(PAGE_BYTES));
    response
}

impl Reader {
    /// The next event, or a comment. `None` ends the stream: its client continues from its last
    /// position, on another replica perhaps.
    async fn next_message(&mut self) -> Option<Message> {
        if self.pending.is_empty() {
            let limit = BatchSize::at_most(PAGE_SIZE);
            let page = self.service.events(Some(self.next), &self.filter, limit, COMMENT_INTERVAL);
            let page = match self.stream.until_shutdown(page).await? {
                Ok(page) => page,
                Err(EventsError::Repository(error)) => {
                    tracing::debug!(%error, "a stream of events ended");
                    return None;
                }
                Err(_) => return None,
            };
            self.pending = page.events.into();
            self.next = page.next;
        }
        match self.pending.pop_front() {
            Some(event) => message(&event),
            None => Some(Message::default().comment("")),
        }
    }
}

fn message(event: &Event) -> Option<Message> {
    let message = Message::default().id(event.id.to_string()).event(event.event_type.as_str());
    message.json_data(WireEvent::new(event)).ok()
}
