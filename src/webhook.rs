//! Webhooks: delivers events to receivers over HTTP, at least once, and in order for each session.
//!
//! For each webhook, one replica has a claim ([`claim`]) and delivers. It reads the log of events
//! after a position, and holds the events that are not delivered yet in a queue ([`queue`]). Events
//! of one session, or of one identity, follow one another; those of others do not wait for them. The
//! position moves past an event once it is delivered, given up, or stored for a later try, so a
//! takeover repeats only what was delivered within the last second.

mod backoff;
mod claim;
mod client;
mod context;
mod deliverer;
mod delivery;
mod message;
mod queue;

pub use context::Parts;
pub use deliverer::Webhooks;
