//! The settings of places of addresses.

use std::path::PathBuf;

use serde::Deserialize;

/// The files that know where addresses are.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Geoip {
    pub database: Vec<PathBuf>,
}
