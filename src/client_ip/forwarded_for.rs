//! The address of a client, behind proxies or not.

use std::net::{IpAddr, Ipv6Addr};

use http::HeaderMap;

use crate::client_ip::address;
use crate::config::TrustedProxies;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The address at the other end of a connection. `None` for a Unix socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub Option<IpAddr>);

/// One client, as far as addresses can identify it: an IPv4 address, or the IPv6 network with
/// a 64-bit prefix that a household or a server has at least (RFC 6177 §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Client(IpAddr);

impl Client {
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        const MASK: u128 = !0 << 64;
        Self(match address.to_canonical() {
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & MASK)),
            address @ IpAddr::V4(_) => address,
        })
    }
}

impl Peer {
    #[must_use]
    pub fn is_unix_socket(self) -> bool {
        self.0.is_none()
    }

    /// The address of the client.
    ///
    /// This is the peer's own address, unless the peer is a trusted proxy or a Unix socket. In
    /// that case `X-Forwarded-For` is read from right to left, up to the first address that is
    /// not trusted: each proxy appends the address of its own caller, and a client can forge
    /// everything to the left of that. `None` if neither source has an address.
    #[must_use]
    pub fn client_address(self, headers: &HeaderMap, trusted: &TrustedProxies) -> Option<IpAddr> {
        if self.0.is_some_and(|peer| !trusted.contain(peer.to_canonical())) {
            return self.0;
        }
        let mut nearest = self.0;
        for entry in headers
            .get_all(FORWARDED_FOR)
            .iter()
            .rev()
            .flat_map(|header| header.as_bytes().rsplit(|byte| *byte == b','))
        {
            let text = std::str::from_utf8(entry).ok();
            let Some(address) = text.and_then(|text| address::parse(text.trim())) else { break };
            nearest = Some(address);
            if !trusted.contain(address) {
                break;
            }
        }
        nearest
    }
}
