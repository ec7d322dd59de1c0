//! Refused uses of bound sessions, until they are written as events.
//!
//! Nobody waits for these events, and whoever holds a copied cookie can cause any number of
//! refusals. So there is one event for a session and a cause in ten minutes, from each replica and
//! as long as few sessions are concerned, and what comes faster than it is written is dropped.

use std::net::IpAddr;

use quick_cache::sync::Cache;
use time::{Duration, OffsetDateTime};
use tokio::sync::{Mutex, mpsc};
use uuid::Uuid;

use crate::event::Cause;
use crate::repository::SessionRef;

const INTERVAL: Duration = Duration::minutes(10);
/// The number of sessions whose last event is known.
const MAX_KNOWN: usize = 1000;
const MAX_PENDING: usize = 256;

/// The client of a request, as far as it is known.
#[derive(Debug, Clone)]
pub struct Client {
    pub address: Option<IpAddr>,
    /// Its name for itself, in printable characters.
    pub user_agent: Option<String>,
}

/// A use of a bound session that was refused.
#[derive(Debug)]
pub(super) struct Refused {
    pub session: SessionRef,
    pub cause: Cause,
    pub client: Client,
    pub at: OffsetDateTime,
}

/// The refusals that are to be written.
pub(super) struct RefusalQueue {
    /// When there was an event of this cause for this session.
    last: Cache<(Uuid, Cause), OffsetDateTime>,
    sender: mpsc::Sender<Refused>,
    pending: Mutex<mpsc::Receiver<Refused>>,
}

impl Default for RefusalQueue {
    fn default() -> Self {
        let (sender, pending) = mpsc::channel(MAX_PENDING);
        Self { last: Cache::new(MAX_KNOWN), sender, pending: Mutex::new(pending) }
    }
}

impl RefusalQueue {
    /// Has an event written soon, unless there was the same one a short time ago.
    pub(super) fn note(&self, refused: Refused) {
        let (key, at) = ((refused.session.session, refused.cause), refused.at);
        if self.last.get(&key).is_some_and(|last| at - last < INTERVAL) {
            return;
        }
        // If there is no room, the next refusal tries again.
        if self.sender.try_send(refused).is_ok() {
            self.last.insert(key, at);
        }
    }

    /// Lets the next refusal of this session and cause have an event, because this one has none.
    pub(super) fn forget(&self, session: Uuid, cause: Cause) {
        self.last.remove(&(session, cause));
    }

    /// The next refusal. Only one caller at a time receives any.
    pub(super) async fn next(&self) -> Option<Refused> {
        self.pending.lock().await.recv().await
    }

    /// A refusal that is waiting, if there is one.
    pub(super) async fn waiting(&self) -> Option<Refused> {
        self.pending.lock().await.try_recv().ok()
    }
}
