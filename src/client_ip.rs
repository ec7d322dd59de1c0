//! The network address of a client, and the state of its connections.

mod connection;
mod peer;

pub use connection::{ClientUsage, Connection, Generation};
pub use peer::{Client, Peer};
