//! The use cases of the program: what people, operators and the service itself do to sessions.
//!
//! HTTP, the page and the command line all call [`SessionService`]. It decides who may do what
//! ([`crate::authentication::AccessPolicy`]), divides work into batches, and is the only place
//! that writes audit records and counts changes.

mod activity;
mod administration;
mod admission;
mod audit;
mod batches;
mod binding_refusals;
mod caller_sessions;
mod coherence;
mod device_binding;
mod error;
mod event_feed;
mod events;
mod expire_and_prune;
mod identities;
mod issue;
mod refusal_queue;
mod session_cache;
mod session_changes;
mod session_service;
mod sign_out;
mod whoami;

pub use activity::ActivityTracker;
pub use caller_sessions::{Caller, Matches, OtherSessions, Overview};
pub use device_binding::BindingError;
pub use error::{CallerError, OperatorError};
pub use events::{EventPage, EventsError};
pub use expire_and_prune::{ActivityWalk, ExpiryWalk, PruneWalk};
pub use issue::{Issued, SignIn};
pub use refusal_queue::Client;
pub use session_cache::{CurrentSession, RenderedSession};
pub use session_changes::{SessionUpdate, Updated};
pub use session_service::{Include, SessionService};
