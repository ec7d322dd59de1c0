//! Session events: the changes of sessions and identities, each with its reason and its author.
//!
//! A change writes its events in its own transaction, so that there is an event if and only if the
//! change has happened. A [`Change`] describes a change before it happens: the repository writes
//! its events, and audit records show it. An [`Event`] is what readers get.

mod actor;
mod change;
mod entry;
mod id;
mod kind;
mod wire;

pub use actor::{Actor, ActorKind};
pub use change::{Change, ChangeKind};
pub use entry::{Event, EventActor};
pub use id::EventId;
pub use kind::{Cause, EventType};
pub use wire::{WireEvent, WireEventPage};
