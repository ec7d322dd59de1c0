//! Texts for each layout of the tables, because some tables lack columns that others have.

use std::sync::OnceLock;

use crate::database::table_layout::TableLayout;

/// A value for each layout. Built on first use.
pub(super) struct ByLayout<T> {
    make: fn(TableLayout) -> T,
    values: [OnceLock<T>; TableLayout::COUNT],
}

impl<T> ByLayout<T> {
    pub(super) const fn new(make: fn(TableLayout) -> T) -> Self {
        Self { make, values: [const { OnceLock::new() }; TableLayout::COUNT] }
    }

    pub(super) fn get(&self, layout: TableLayout) -> &T {
        self.values[layout.index()].get_or_init(|| (self.make)(layout))
    }
}
