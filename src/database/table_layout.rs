//! The layout of the tables: whose they are, and which columns this version of Kratos lacks.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU8, Ordering};

use crate::config::Schema;

/// The columns of each table.
pub(super) type Tables = HashMap<String, HashSet<String>>;

/// Columns that older versions of Kratos lack. They read as null there: no external id, no
/// organization, and no level beyond the one that the credentials say.
const OPTIONAL: [(&str, &str); 3] = [
    // Since 25.x.
    ("identities", "external_id"),
    // Since 1.1.
    ("identities", "available_aal"),
    ("identities", "organization_id"),
];

/// The set of columns that the tables have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TableLayout {
    pub schema: Schema,
    /// A bit for each of the [`OPTIONAL`] columns.
    missing: u8,
}

impl TableLayout {
    /// The number of layouts.
    pub(super) const COUNT: usize = 2 << OPTIONAL.len();

    /// Tables that have all columns.
    pub(super) const fn complete(schema: Schema) -> Self {
        Self { schema, missing: 0 }
    }

    /// The layout of a Kratos's tables. Without its table, a column does not count as missing: the
    /// table's absence is an error of its own.
    pub(super) fn of_kratos(tables: &Tables) -> Self {
        let is_missing = |(table, column): &(&str, &str)| {
            tables.get(*table).is_some_and(|columns| !columns.contains(*column))
        };
        let missing = OPTIONAL.iter().enumerate().filter(|(_, column)| is_missing(column));
        let missing = missing.fold(0, |bits, (nth, _)| bits | 1 << nth);
        Self { schema: Schema::Kratos, missing }
    }

    pub(super) fn lacks(self, table: &str, column: &str) -> bool {
        let nth = OPTIONAL.iter().position(|optional| *optional == (table, column));
        nth.is_some_and(|nth| self.missing & (1 << nth) != 0)
    }

    /// A number below [`TableLayout::COUNT`].
    pub(super) fn index(self) -> usize {
        let schema = match self.schema {
            Schema::Own => 0,
            Schema::Kratos => 1,
        };
        usize::from(self.missing) << 1 | schema
    }

    /// Returns whether a migration of Kratos may still add columns that the service reads.
    pub(super) fn is_incomplete(self) -> bool {
        self.missing != 0
    }

    /// The optional columns that these tables lack, as `table.column`.
    pub(super) fn lacking(self) -> Vec<String> {
        let lacking = OPTIONAL.iter().filter(|(table, column)| self.lacks(table, column));
        lacking.map(|(table, column)| format!("{table}.{column}")).collect()
    }

    /// The columns that these tables lack and `others` have, as `table.column`.
    pub(super) fn missing_beside(self, others: Self) -> Vec<String> {
        Self { missing: self.missing & !others.missing, ..self }.lacking()
    }
}

/// The layout in use. It changes if Kratos migrates while the service runs. Every request reads it.
#[derive(Debug)]
pub(super) struct CurrentLayout {
    schema: Schema,
    missing: AtomicU8,
}

impl CurrentLayout {
    pub(super) fn new(layout: TableLayout) -> Self {
        Self { schema: layout.schema, missing: AtomicU8::new(layout.missing) }
    }

    pub(super) fn get(&self) -> TableLayout {
        TableLayout { schema: self.schema, missing: self.missing.load(Ordering::Relaxed) }
    }

    pub(super) fn schema(&self) -> Schema {
        self.schema
    }

    /// Replaces the layout by another one of the same schema.
    pub(super) fn set(&self, layout: TableLayout) {
        self.missing.store(layout.missing, Ordering::Relaxed);
    }
}
