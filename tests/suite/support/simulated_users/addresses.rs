//! The addresses of a replica.

use std::net::SocketAddr;

/// The addresses of a replica.
#[derive(Clone, Copy)]
pub struct Addresses {
    pub public: SocketAddr,
    pub admin: SocketAddr,
}
