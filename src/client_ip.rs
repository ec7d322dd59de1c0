//! The network address of a client, and the state of its connections.

mod connection;
mod forwarded_for;

pub use connection::{ClientUsage, Connection, Generation};
pub use forwarded_for::{Client, Peer};
