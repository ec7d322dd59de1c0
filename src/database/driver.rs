//! The interface of a driver: it runs statements, and reads rows through five getters.

use std::borrow::Cow;

use serde_json::value::RawValue;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::database::error::OpenError;
use crate::database::inconsistent_row::InconsistentRow;
use crate::database::migrations::versions::{BesideKratos, Version};
use crate::metrics::PoolState;
use crate::repository::RepositoryError;
use crate::session::Json;

/// An SQL text with its arguments. The text refers to them as `$1`, `$2` and so on, in any order
/// and any number of times.
pub(super) struct Statement<'a> {
    pub text: &'static str,
    /// Number of columns that it reads; 0 if it writes.
    pub columns: usize,
    pub arguments: Vec<Argument<'a>>,
}

/// A typed argument. The driver knows how to bind it.
pub(super) enum Argument<'a> {
    Id(Uuid),
    OptionalId(Option<Uuid>),
    Text(Cow<'a, str>),
    OptionalText(Option<Cow<'a, str>>),
    Json(Cow<'a, str>),
    OptionalJson(Option<Cow<'a, str>>),
    Number(i64),
    Flag(bool),
    /// An instant to store. Comparisons use one of the two forms below.
    Time(OffsetDateTime),
    OptionalTime(Option<OffsetDateTime>),
    /// Not greater than any form in which this instant may be stored.
    EarliestForm(OffsetDateTime),
    /// Not less than any form in which this instant may be stored.
    LatestForm(OffsetDateTime),
}

impl<'a> Argument<'a> {
    pub(super) fn optional_text(text: Option<&'a str>) -> Self {
        Self::OptionalText(text.map(Cow::Borrowed))
    }

    pub(super) fn optional_json(json: Option<&'a RawValue>) -> Self {
        Self::OptionalJson(json.map(|json| Cow::Borrowed(json.get())))
    }
}

/// A statement of a transaction that writes.
pub(super) struct Step<'a> {
    pub statement: Statement<'a>,
    /// Earlier steps, by their numbers from 0, each of which has to have written a row. Otherwise,
    /// the statement is not run.
    pub if_wrote: Vec<usize>,
}

impl<'a> From<Statement<'a>> for Step<'a> {
    fn from(statement: Statement<'a>) -> Self {
        Self { statement, if_wrote: Vec::new() }
    }
}

/// The result of statements that write.
pub(super) struct Written {
    /// Number of rows that each statement wrote, in the last attempt. Callers that depend on
    /// all attempts use [`Driver::select_for_update`].
    pub rows: Vec<u64>,
}

/// A value that [`SelectForUpdate`] reads from each row that it selects.
pub(super) trait Selected: Clone + PartialEq + Send + Sync + 'static {
    fn read(row: &impl Row) -> Result<Self, InconsistentRow>;
}

/// A transaction that selects rows, such as those of sessions, locks them and writes to them.
pub(super) struct SelectForUpdate<'a, T> {
    /// Writes before the select.
    pub first: Vec<Step<'a>>,
    /// Reads rows [`FOR_UPDATE`], unless one of the first steps holds a lock for all of them.
    pub select: Statement<'a>,
    /// Returns the statements that write to the selected rows.
    pub then: &'a (dyn Fn(&[T]) -> Vec<Statement<'static>> + Sync),
    /// True if the order of these statements does not matter, so that a driver may run them as one.
    pub at_once: bool,
}

/// The result of [`Driver::select_for_update`].
pub(super) struct SelectedForUpdate<T> {
    /// Number of rows that each of the first steps wrote.
    pub first: Vec<u64>,
    /// No other call returns any of these. The one exception: the database took back a commit
    /// whose answer was lost, and another call did the same at that moment.
    pub selected: Vec<T>,
    /// True if an earlier attempt with an unknown outcome may already have written what this
    /// one did not.
    pub tried_before: bool,
}

/// Makes other transactions wait that write to the selected rows, or select them in this way.
/// SQLite does not need it: only one transaction at a time writes.
pub(super) const FOR_UPDATE: &str = "\nFOR UPDATE";

/// One row of an answer. Columns are addressed by position.
pub(super) trait Row {
    fn id(&self, column: Column) -> Result<Option<Uuid>, InconsistentRow>;
    fn text(&self, column: Column) -> Result<Option<&str>, InconsistentRow>;
    fn time(&self, column: Column) -> Result<Option<OffsetDateTime>, InconsistentRow>;
    fn flag(&self, column: Column) -> Result<Option<bool>, InconsistentRow>;
    fn json(&self, column: Column) -> Result<Option<Json>, InconsistentRow>;
}

/// A column's position in its statement, and its name for errors.
#[derive(Clone, Copy)]
pub(super) struct Column(pub usize, pub &'static str);

/// A connected database.
pub(super) trait Driver: Send + Sync + 'static {
    type Row<'a>: Row;

    /// Reads the ids and e-mail addresses of the identities in network `$1` whose traits have an
    /// e-mail address that matches the pattern `$2` in lower case.
    const BY_EMAIL: &'static str;

    /// Reads the name and the version of the database, in one column.
    const VERSION: &'static str;

    /// Reads a row if the server accepts writes, and none if it does not. (SQLite files are
    /// checked at startup.)
    const READY: &'static str;

    /// Reads what a replica has to notice: the text of
    /// `look_text!` of [`crate::database::statements::replicas`], with an expression for the server.
    const LOOK: &'static str;

    /// Writes a beat: the text of `renew_text!`, with the same expression.
    const RENEW: &'static str;

    /// Reads a row for each column of each table: the table's name and the column's name.
    const COLUMNS: &'static str;

    /// Reads the user that rights are granted to, and the prefix of a table's name in a grant.
    /// `None` if the database has no grants.
    const GRANTEE: Option<&'static str>;

    /// Reads the names of schemas whose tables this user cannot see.
    const HIDDEN_SCHEMAS: Option<&'static str> = None;

    /// Creates the service's own tables beside those of Kratos.
    const BESIDE_KRATOS: BesideKratos;

    /// Runs a statement that reads, and passes its rows to `read`. All rows are of one moment.
    fn fetch<T: Send>(
        &self,
        statement: Statement<'_>,
        read: impl FnOnce(&[Self::Row<'_>]) -> Result<T, RepositoryError> + Send,
    ) -> impl Future<Output = Result<T, RepositoryError>> + Send;

    /// Runs statements that write, all or nothing. The writes are durable once it returns `Ok`.
    /// The statements must be idempotent, because a commit whose answer is lost is retried: the
    /// service itself generates the ids of inserted rows.
    fn execute(
        &self,
        steps: Vec<Step<'_>>,
    ) -> impl Future<Output = Result<Written, RepositoryError>> + Send;

    /// Writes to the rows that it selects, all or nothing, and returns them. No row is returned to
    /// two callers. Durable, and possibly retried, like [`Driver::execute`].
    fn select_for_update<T: Selected>(
        &self,
        work: SelectForUpdate<'_, T>,
    ) -> impl Future<Output = Result<SelectedForUpdate<T>, RepositoryError>> + Send;

    /// The state of the connection pools.
    fn pools(&self) -> Vec<PoolState>;

    /// Makes later calls connect anew, because the current server is not usable.
    fn forget_connections(&self) {}

    /// Closes all connections. No calls follow.
    fn close(&self) -> impl Future<Output = ()> + Send;

    /// Checks that the database answers, and accepts writes.
    fn is_ready(&self) -> impl Future<Output = Result<(), RepositoryError>> + Send {
        async move {
            let statement = Statement { text: Self::READY, columns: 1, arguments: Vec::new() };
            if self.fetch(statement, |rows| Ok(!rows.is_empty())).await? {
                return Ok(());
            }
            self.forget_connections();
            Err(RepositoryError::Unavailable("this server is read-only".into()))
        }
    }

    /// Looks for columns that a migration of Kratos has added, and for tables that are back.
    fn look_for_migration(&self) -> impl Future<Output = Result<(), RepositoryError>> + Send {
        std::future::ready(Ok(()))
    }

    /// Migrates the service's own tables to the newest of these versions, once, however many
    /// processes try at the same time.
    fn migrate(&self, versions: &[Version]) -> impl Future<Output = Result<(), OpenError>> + Send;

    /// Reads metadata about the tables: before the first statement of
    /// [`crate::database::statements`], and again after Kratos has migrated.
    fn load_metadata(&self) -> impl Future<Output = Result<(), OpenError>> + Send {
        std::future::ready(Ok(()))
    }
}
