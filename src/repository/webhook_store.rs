//! The state of webhooks: operations on tables that are always the service's own.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::event::EventId;
use crate::repository::error::Answer;

/// The state of one webhook, which all replicas share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookState {
    pub name: String,
    /// Each event up to here was delivered, given up, or is stored as undelivered.
    pub position: EventId,
    /// The replica that delivers.
    pub holder: Option<Uuid>,
    /// Increases while the holder lives, and when another replica takes over.
    pub beat: i64,
    /// The receiver wants no more messages.
    pub is_off: bool,
    /// False for a webhook of another network, which shares the log.
    pub is_of_this_network: bool,
    /// The first event that is stored as undelivered and not given up.
    pub first_undelivered: Option<EventId>,
}

/// An event that was not delivered so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undelivered {
    pub id: EventId,
    /// Failed tries.
    pub tries: u32,
    pub next_try: OffsetDateTime,
    /// No longer sent, unless an operator asks for it.
    pub is_given_up: bool,
    /// The reason why the last try failed. Empty if there was none.
    pub problem: String,
}

/// The progress of a replica with a webhook since it last stored it.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    /// `None` leaves the stored one.
    pub position: Option<EventId>,
    /// Replaces what is stored about these events.
    pub undelivered: Vec<Undelivered>,
    /// Stored events that were delivered.
    pub delivered: Vec<EventId>,
}

/// Operations on webhooks. None is called if there is no log of events.
///
/// At most one replica holds a webhook's claim. It increases `beat` again and again; another one
/// that sees no increase for long enough may take over. No clock of the database is involved.
pub trait WebhookStore {
    /// The states of all webhooks that any replica of any network has ever had, by their names.
    fn webhooks(&self) -> Answer<'_, Vec<WebhookState>>;

    /// Adds a webhook that is not stored yet. Its position is the end of the log.
    fn add_webhook<'a>(&'a self, name: &'a str) -> Answer<'a, ()>;

    /// Makes `replica` the holder if `beat` is still the current one. Returns whether it is.
    fn claim_webhook<'a>(&'a self, name: &'a str, replica: Uuid, beat: i64) -> Answer<'a, bool>;

    /// Increases the beat. Returns false if `replica` is no longer the holder, or if the webhook is
    /// off.
    fn renew_webhook<'a>(&'a self, name: &'a str, replica: Uuid) -> Answer<'a, bool>;

    /// Gives up the claim, so that another replica takes over at once.
    fn release_webhook<'a>(&'a self, name: &'a str, replica: Uuid) -> Answer<'a, ()>;

    /// Stores progress, all or nothing. Returns false, and stores nothing, if `replica` is no longer
    /// the holder.
    fn store_progress<'a>(
        &'a self,
        name: &'a str,
        replica: Uuid,
        progress: &'a Progress,
    ) -> Answer<'a, bool>;

    /// The first events that are stored as undelivered, in order: at most 1000.
    fn undelivered<'a>(&'a self, name: &'a str, is_given_up: bool) -> Answer<'a, Vec<Undelivered>>;

    /// Switches a webhook off, or on again.
    fn switch_webhook<'a>(&'a self, name: &'a str, is_off: bool) -> Answer<'a, ()>;

    /// Forgets events that were given up, up to this one.
    fn forget_given_up<'a>(&'a self, name: &'a str, until: EventId) -> Answer<'a, ()>;

    /// Makes events that were given up due again, all or one. Returns their number.
    fn retry_webhook<'a>(
        &'a self,
        name: &'a str,
        event: Option<EventId>,
        now: OffsetDateTime,
    ) -> Answer<'a, u64>;
}
