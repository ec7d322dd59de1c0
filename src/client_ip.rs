//! The network address of a client, and the state of its connections.

mod address;
mod connection;
mod forwarded_for;

pub use address::client_in;
pub use connection::{ClientUsage, Connection, Generation, StreamGuard};
pub use forwarded_for::{Client, Peer};
