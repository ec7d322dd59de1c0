//! The use cases of the program: what people, operators and the service itself do to sessions.
//!
//! HTTP, the page and the command line all call [`SessionService`]. It decides who may do what
//! ([`crate::authentication::AccessPolicy`]), divides work into batches, and is the only place
//! that writes audit records and counts changes.

mod activity;
mod actor;
mod administration;
mod admission;
mod audit;
mod batches;
mod error;
mod identities;
mod issue;
mod own_sessions;
mod session_service;
mod walks;

pub use activity::ActivityTracker;
pub use actor::Actor;
pub use audit::Change;
pub use error::{CallerError, OperatorError};
pub use issue::{Issued, SignIn};
pub use own_sessions::Overview;
pub use session_service::{Include, SessionService};
pub use walks::{ActivityWalk, ExpiryWalk, PruneWalk};
