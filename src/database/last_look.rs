//! The result of the last look at Kratos's tables, and the time of the next one.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::database::inconsistent_row::MistypedColumn;
use crate::database::table_layout::TableLayout;

/// Minimum time between two looks, however many calls fail.
const LOOK_INTERVAL: Duration = Duration::from_millis(250);

/// Time between two searches for columns that the tables of an older Kratos lack.
const SEARCH_INTERVAL: Duration = Duration::from_secs(9);

/// Time in which a column that has vanished is expected back, and searched for every second.
const RETURN_WINDOW: Duration = Duration::from_mins(1);

/// The result of the last look.
#[derive(Default)]
pub(super) struct LastLook {
    ended: Option<Instant>,
    /// The reason why the tables cannot be used.
    pub problem: Option<Arc<str>>,
    /// A layout that is not in use, because the database user lacks rights for it.
    pub without_rights: Option<TableLayout>,
    /// A column that a call could not read, because of its type.
    pub suspect: Option<MistypedColumn>,
    /// The time at which a column was last found to have vanished.
    vanished: Option<Instant>,
}

impl LastLook {
    /// Returns whether its result no longer counts.
    pub(super) fn is_over(&self) -> bool {
        self.ended.is_none_or(|ended| ended.elapsed() >= LOOK_INTERVAL)
    }

    pub(super) fn end(&mut self) {
        self.ended = Some(Instant::now());
    }

    /// A column has vanished, and may be back soon.
    pub(super) fn expect_return(&mut self) {
        self.vanished = Some(Instant::now());
    }

    /// Remembers a column that a call could not read. The next look tries to read it.
    pub(super) fn suspect(&mut self, column: MistypedColumn) {
        if self.suspect.is_none() {
            self.suspect = Some(column);
            self.ended = None;
        }
    }

    pub(super) fn is_search_due(&self, is_incomplete: bool) -> bool {
        let is_new = |vanished: Instant| vanished.elapsed() < RETURN_WINDOW;
        if self.problem.is_some() || self.vanished.is_some_and(is_new) {
            return true;
        }
        is_incomplete && self.ended.is_none_or(|ended| ended.elapsed() >= SEARCH_INTERVAL)
    }

    /// Logs when the tables become unusable, and when they can be used again.
    pub(super) fn record(&mut self, problem: Option<String>) {
        match &problem {
            Some(problem) if self.problem.as_deref() != Some(problem) => {
                tracing::warn!(problem, "tables cannot be used");
            }
            None if self.problem.is_some() => tracing::info!("tables can be used again"),
            _ => {}
        }
        self.problem = problem.map(Arc::from);
    }
}
