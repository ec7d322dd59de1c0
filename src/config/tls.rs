//! The paths of TLS certificates and keys.

use std::path::PathBuf;

use serde::Deserialize;
use serde::de::{Deserializer, Error};

use crate::config::deserializers;

/// A certificate chain and its key, in PEM files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// TLS of the admin listener, which may require client certificates.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "AdminKeys")]
pub struct AdminTls {
    pub own: Option<Tls>,
    /// A PEM file of CA certificates. One of them has to have signed a client's certificate.
    pub client_ca: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    #[serde(deserialize_with = "deserializers::none_if_empty")]
    certificate: Option<PathBuf>,
    #[serde(deserialize_with = "deserializers::none_if_empty")]
    key: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AdminKeys {
    #[serde(deserialize_with = "deserializers::none_if_empty")]
    certificate: Option<PathBuf>,
    #[serde(deserialize_with = "deserializers::none_if_empty")]
    key: Option<PathBuf>,
    #[serde(deserialize_with = "deserializers::none_if_empty")]
    client_ca: Option<PathBuf>,
}

pub(super) fn both_or_none<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Tls>, D::Error> {
    Tls::of(Keys::deserialize(deserializer)?).map_err(D::Error::custom)
}

impl Tls {
    fn of(Keys { certificate, key }: Keys) -> Result<Option<Self>, String> {
        match (certificate, key) {
            (Some(certificate), Some(key)) => Ok(Some(Self { certificate, key })),
            (None, None) => Ok(None),
            _ => Err("expected both `certificate` and `key`, or neither".to_owned()),
        }
    }
}

impl TryFrom<AdminKeys> for AdminTls {
    type Error = String;

    fn try_from(keys: AdminKeys) -> Result<Self, String> {
        let AdminKeys { certificate, key, client_ca } = keys;
        let own = Tls::of(Keys { certificate, key })?;
        if own.is_none() && client_ca.is_some() {
            return Err("expected `certificate` and `key`, because `client_ca` is set".to_owned());
        }
        Ok(Self { own, client_ca })
    }
}
