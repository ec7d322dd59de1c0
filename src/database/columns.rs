//! The columns that statements read, and their positions: one table for all statements.
//!
//! A row consists of the groups of this table, in this order, so that a column has the same
//! position in every statement. A statement stops after the last group that it reads, and fills
//! a group that a row lacks with nulls. (Statements of two or three columns have positions of
//! their own, in [`crate::database::decode`].)
//!
//! To add a column, add a line here and read it in [`crate::database::decode`]. Select lists,
//! nulls, positions, numbers of columns, privileges and the check at startup follow from the line.
//! A column that the tables lack ([`crate::database::table_layout`]) reads as null.

use crate::config::Schema;
use crate::database::table_layout::TableLayout;

/// Columns that are read together.
#[derive(Clone, Copy)]
pub(super) struct ColumnGroup {
    /// The position of the first one.
    start: usize,
    definitions: &'static [Definition],
}

struct Definition {
    table: &'static str,
    name: &'static str,
    /// The only schema whose table has the column. `None` if both have it.
    only_in: Option<Schema>,
}

/// Makes a module of each group. It has a [`crate::database::driver::Column`] for each column, and
/// `COLUMNS` for all of them. The table in parentheses is for errors. A column that is marked
/// `in Own` exists only in the service's own tables, and is null beside Kratos.
macro_rules! columns {
    (@from $start:expr;) => {};
    (
        @from $start:expr;
        $(#[$attribute:meta])*
        $group:ident $table:tt {
            $($name:ident $column:literal $(in $schema:ident)?),* $(,)?
        }
        $($rest:tt)*
    ) => {
        $(#[$attribute])*
        pub(in crate::database) mod $group {
            use crate::database::columns::{ColumnGroup, Definition};
            use crate::database::driver::Column;

            /// Counts the columns of the group.
            #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
            enum Offset {
                $($name),*
            }

            const START: usize = $start;
            $(
                pub(in crate::database) const $name: Column =
                    Column(START + Offset::$name as usize, columns!(@label $table $column));
            )*
            pub(in crate::database) const COLUMNS: ColumnGroup = ColumnGroup {
                start: START,
                definitions: &[
                    $(Definition {
                        table: columns!(@name $table),
                        name: $column,
                        only_in: columns!(@schema $($schema)?),
                    }),*
                ],
            };
        }

        columns! { @from super::$group::COLUMNS.end(); $($rest)* }
    };
    (@label () $column:literal) => { $column };
    (@label ($table:literal) $column:literal) => { concat!($table, ".", $column) };
    (@name ()) => { "" };
    (@name ($table:literal)) => { $table };
    (@schema) => { None };
    (@schema $schema:ident) => { Some(crate::config::Schema::$schema) };
    ($($groups:tt)*) => {
        columns! { @from 0; $($groups)* }
    };
}

columns! {
    sessions ("sessions") {
        ID "id",
        ACTIVE "active",
        LEVEL "aal",
        METHODS "authentication_methods",
        ISSUED_AT "issued_at",
        AUTHENTICATED_AT "authenticated_at",
        EXPIRES_AT "expires_at",
        CREATED_AT "created_at",
        NAME "name" in Own,
        ABSOLUTE_EXPIRES_AT "absolute_expires_at" in Own,
        BOUND_AT "bound_at" in Own,
    }

    identities ("identities") {
        ID "id",
        EXTERNAL_ID "external_id",
        SCHEMA_ID "schema_id",
        STATE "state",
        STATE_CHANGED_AT "state_changed_at",
        TRAITS "traits",
        METADATA_PUBLIC "metadata_public",
        AVAILABLE_LEVEL "available_aal",
        ORGANIZATION_ID "organization_id",
        CREATED_AT "created_at",
        UPDATED_AT "updated_at",
    }

    /// Facts about the page, in a single row.
    page () {
        BEHIND "behind",
    }

    devices ("session_devices") {
        ID "id",
        IP_ADDRESS "ip_address",
        USER_AGENT "user_agent",
        LOCATION "location",
        CREATED_AT "created_at",
    }

    /// The stored token, for the comparison with the client's.
    tokens ("sessions") {
        TOKEN "token",
    }

    /// Fields of a session that no list for people has.
    details ("sessions") {
        METADATA "metadata" in Own,
    }

    /// Fields of the identity that only operators see.
    operators ("identities") {
        METADATA_ADMIN "metadata_admin",
    }

    /// An address of either kind, verifiable or for recovery.
    addresses ("identity_addresses") {
        ID "id",
        VALUE "value",
        VIA "via",
    }

    verification ("identity_verifiable_addresses") {
        STATUS "status",
        VERIFIED "verified",
        VERIFIED_AT "verified_at",
    }

    address_times ("identity_addresses") {
        CREATED_AT "created_at",
        UPDATED_AT "updated_at",
    }
}

impl ColumnGroup {
    /// The number of columns of a row that ends with this group.
    pub(super) const fn end(self) -> usize {
        self.start + self.definitions.len()
    }

    /// The select list, from a table with this alias.
    pub(super) fn of_table(self, alias: &str, layout: TableLayout) -> String {
        self.list(|column| {
            let name = column.name;
            if column.exists_in(layout) {
                format!("{alias}.{name}")
            } else {
                format!("NULL AS {name}")
            }
        })
    }

    /// The select list, from a subquery with this alias that selects the group from its table.
    pub(super) fn of_subquery(self, alias: &str) -> String {
        self.list(|column| format!("{alias}.{}", column.name))
    }

    /// As many nulls, for a row without this group.
    pub(super) fn nulls(self) -> String {
        self.list(|_| "NULL".to_owned())
    }

    /// The names of the columns that exist.
    pub(super) fn names(self, layout: TableLayout) -> impl Iterator<Item = &'static str> {
        let existing = self.definitions.iter().filter(move |column| column.exists_in(layout));
        existing.map(|column| column.name)
    }

    fn list(self, item: impl Fn(&Definition) -> String) -> String {
        self.definitions.iter().map(item).collect::<Vec<_>>().join(", ")
    }
}

impl Definition {
    fn exists_in(&self, layout: TableLayout) -> bool {
        self.only_in.is_none_or(|only| only == layout.schema)
            && !layout.lacks(self.table, self.name)
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Schema;
    use crate::database::table_layout::TableLayout;

    columns! {
        things ("things") {
            ID "id",
            NOTE "note" in Own,
        }
        answer () {
            COUNT "count",
        }
    }

    #[test]
    fn positions_continue_in_the_next_group() {
        let columns = [things::ID, things::NOTE, answer::COUNT].map(|column| (column.0, column.1));
        assert_eq!(columns, [(0, "things.id"), (1, "things.note"), (2, "count")]);
        assert_eq!([things::COLUMNS.end(), answer::COLUMNS.end()], [2, 3]);
    }

    #[test]
    fn a_column_of_the_own_table_is_null_beside_kratos() {
        let things = things::COLUMNS;
        assert_eq!(things.of_table("t", TableLayout::complete(Schema::Own)), "t.id, t.note");
        assert_eq!(
            things.of_table("t", TableLayout::complete(Schema::Kratos)),
            "t.id, NULL AS note"
        );
        assert_eq!(things.of_subquery("t"), "t.id, t.note");
        assert_eq!(things.nulls(), "NULL, NULL");
        assert_eq!(things.names(TableLayout::complete(Schema::Kratos)).collect::<Vec<_>>(), ["id"]);
    }
}
