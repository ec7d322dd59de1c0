//! Where certificates and their keys lie.

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

/// The same for the admin side, which may ask clients for certificates, too.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "AdminKeys")]
pub struct AdminTls {
    pub own: Option<Tls>,
    /// Who has to have signed a client's certificate: a PEM file of authorities.
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
            _ => Err("expected both `certificate` and `key`, or none of them".to_owned()),
        }
    }
}

impl TryFrom<AdminKeys> for AdminTls {
    type Error = String;

    fn try_from(keys: AdminKeys) -> Result<Self, String> {
        let AdminKeys { certificate, key, client_ca } = keys;
        let own = Tls::of(Keys { certificate, key })?;
        if own.is_none() && client_ca.is_some() {
            return Err("expected `certificate` and `key` beside `client_ca`".to_owned());
        }
        Ok(Self { own, client_ca })
    }
}
