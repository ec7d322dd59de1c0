//! The URLs of identity schemas.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::config::{BaseUrl, Config, Schema};

/// The URLs at which a Kratos serves the schemas of its identities. The service's own identities
/// have no schemas. Their URLs are empty, because clients require the key.
pub(in crate::http) struct SchemaUrls(Option<BaseUrl>);

impl SchemaUrls {
    /// For lists in which Kratos leaves the URLs empty.
    pub(in crate::http) const NONE: Self = Self(None);

    pub(in crate::http) fn new(config: &Config) -> Self {
        let has_schemas = config.database.schema == Schema::Kratos;
        Self(has_schemas.then(|| config.server.base_url.clone()))
    }

    pub(super) fn of(&self, schema_id: &str) -> String {
        let url = |base_url: &BaseUrl| {
            base_url.at(&format!("schemas/{}", URL_SAFE_NO_PAD.encode(schema_id)))
        };
        self.0.as_ref().map_or_else(String::new, url)
    }
}
