//! The trusted proxies.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::Deserialize;

/// The networks of proxies whose `X-Forwarded-For` is trusted.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns true if one of the networks contains this address.
    #[must_use]
    pub fn contain(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

impl TryFrom<Vec<String>> for TrustedProxies {
    type Error = String;

    fn try_from(texts: Vec<String>) -> Result<Self, String> {
        texts.iter().map(|text| network(text)).collect::<Result<_, _>>().map(Self)
    }
}

/// A network without bits of a host: in `10.1.2.3/8`, either the address or the length is wrong.
fn network(text: &str) -> Result<IpNet, String> {
    let network = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    let network =
        network.map_err(|_| format!("expected a network such as `10.0.0.0/8`, got `{text}`"))?;
    if network.addr() == network.network() {
        return Ok(network);
    }
    let (whole, single) = (network.trunc(), network.addr());
    Err(format!("expected the network `{whole}` or the address `{single}`, got `{text}`"))
}
