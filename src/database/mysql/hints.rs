//! Index hints for a planner that often prefers other indexes.
//!
//! Statements mark a table with one of two comments. Without a hint, the planner walks all
//! sessions, newest first, for a page of one identity's sessions, if the identity has many; and
//! it sorts all sessions for a page of them that is read backwards. The names of the indexes
//! differ between the service's own tables and Kratos's, so they are looked up.

use std::sync::{PoisonError, RwLock};

use sqlx::Row as _;
use sqlx::mysql::MySqlRow;

const OF_ONE_IDENTITY: &str = "/* of one identity */";
const IN_ORDER: &str = "/* in order */";

/// Reads the indexes that begin with the network, and whether the creation time is next. There
/// is no join, because for a table that is joined, the server reads the indexes of all databases.
pub(super) const INDEXES: &str = "
SELECT CAST(i.index_name AS CHAR(64)),
       CAST(MAX(i.seq_in_index = 2 AND i.column_name = 'created_at') AS SIGNED)
FROM information_schema.statistics i
WHERE i.table_schema = DATABASE() AND i.table_name = 'sessions' AND i.seq_in_index <= 2
GROUP BY i.index_name
HAVING MAX(i.seq_in_index = 1 AND i.column_name = 'nid')";

/// The replacement for each of the comments.
#[derive(Default)]
pub(super) struct Hints(RwLock<Clauses>);

#[derive(Default)]
struct Clauses {
    of_one_identity: String,
    in_order: String,
}

impl Hints {
    /// Makes the hints from the rows of [`INDEXES`].
    pub(super) fn load(&self, rows: &[MySqlRow]) {
        let name = |row: &MySqlRow| row.try_get_unchecked::<Option<String>, _>(0).ok()?;
        let is_in_order =
            |row: &&MySqlRow| matches!(row.try_get_unchecked::<Option<i64>, _>(1), Ok(Some(1)));
        let names: Vec<_> = rows.iter().filter_map(name).map(|name| format!("`{name}`")).collect();
        let in_order = rows.iter().find(is_in_order).and_then(name);
        let mut clauses = self.0.write().unwrap_or_else(PoisonError::into_inner);
        clauses.of_one_identity = if names.is_empty() {
            String::new()
        } else {
            format!("IGNORE INDEX ({})", names.join(", "))
        };
        clauses.in_order =
            in_order.map_or_else(String::new, |name| format!("FORCE INDEX (`{name}`)"));
    }

    pub(super) fn apply(&self, text: &str) -> String {
        let clauses = self.0.read().unwrap_or_else(PoisonError::into_inner);
        text.replace(OF_ONE_IDENTITY, &clauses.of_one_identity).replace(IN_ORDER, &clauses.in_order)
    }
}
