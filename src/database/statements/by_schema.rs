//! Texts for each schema, because one schema's tables may have columns that the other's lack.

use std::sync::OnceLock;

use crate::config::Schema;

/// A value for each schema. Built on first use.
pub(super) struct BySchema<T> {
    make: fn(Schema) -> T,
    own: OnceLock<T>,
    kratos: OnceLock<T>,
}

impl<T> BySchema<T> {
    pub(super) const fn new(make: fn(Schema) -> T) -> Self {
        Self { make, own: OnceLock::new(), kratos: OnceLock::new() }
    }

    pub(super) fn get(&self, schema: Schema) -> &T {
        let value = match schema {
            Schema::Own => &self.own,
            Schema::Kratos => &self.kratos,
        };
        value.get_or_init(|| (self.make)(schema))
    }
}
