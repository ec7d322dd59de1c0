//! The hosts of a database URL. Several are separated by commas, as in libpq
//! (<https://www.postgresql.org/docs/current/libpq-connect.html>).

use std::fmt;
use std::net::Ipv6Addr;

use crate::config::database_url::kind::DatabaseKind;
use crate::config::database_url::parameters::Parameters;
use crate::config::database_url::percent::{ENCODE, decode, encode};

/// A host and its port, in the form that drivers accept.
pub(super) struct Host(String);

impl Host {
    pub(super) fn parse_all(
        kind: DatabaseKind,
        hosts: &str,
        parameters: &Parameters,
    ) -> Result<Vec<Self>, String> {
        // Drivers require a host even if a parameter names a socket.
        if hosts.is_empty() && parameters.name_a_host() {
            return Ok(vec![Self("localhost".to_owned())]);
        }
        hosts.split(',').map(|host| Self::parse(kind, host)).collect()
    }

    fn parse(kind: DatabaseKind, text: &str) -> Result<Self, String> {
        let problem = || format!("expected a host, or several separated by commas; {ENCODE}");
        let end = text.find(']').map_or_else(|| text.find(':'), |end| Some(end + 1));
        let (name, port) = text.split_at(end.unwrap_or(text.len()));
        let inner = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
        let name = match inner {
            Some(inner) if inner.parse::<Ipv6Addr>().is_ok() => name.to_owned(),
            Some(_) => return Err(problem()),
            None => {
                let name = decode(name).filter(|name| is_name(kind, name)).ok_or_else(problem)?;
                if name.starts_with('/') { encode(&name) } else { name }
            }
        };
        let is_port = |port: &str| port.parse::<u16>().is_ok_and(|port| port > 0);
        match port.strip_prefix(':') {
            Some(digits) if is_port(digits) => Ok(Self(format!("{name}{port}"))),
            None if port.is_empty() => Ok(Self(name)),
            _ => {
                Err(format!("expected a port from 1 to 65535 after the host and a colon; {ENCODE}"))
            }
        }
    }
}

/// Returns true if `name` is a host, or for PostgreSQL the directory of a socket.
fn is_name(kind: DatabaseKind, name: &str) -> bool {
    let is_socket = kind == DatabaseKind::Postgres && name.starts_with('/');
    let is_good = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    is_socket || (!name.is_empty() && name.bytes().all(is_good))
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
