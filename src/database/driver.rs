//! What a driver gives: statements run, rows read through five getters.

use std::borrow::Cow;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::database::error::{InconsistentRow, OpenError};
use crate::database::migrations::Version;
use crate::metrics::PoolState;
use crate::repository::{RepositoryError, SessionRef};
use crate::session::Json;

/// One SQL text with its arguments. The text names them `$1`, `$2` and so on,
/// in any order and as often as it likes.
pub(super) struct Statement<'a> {
    pub text: &'static str,
    /// How many columns it reads; none where it writes.
    pub columns: usize,
    pub arguments: Vec<Argument<'a>>,
}

/// A typed argument; how it is bound is the driver's to know.
pub(super) enum Argument<'a> {
    Id(Uuid),
    OptionalId(Option<Uuid>),
    Text(Cow<'a, str>),
    OptionalText(Option<Cow<'a, str>>),
    Json(&'a str),
    OptionalJson(Option<&'a str>),
    Number(i64),
    Flag(bool),
    /// To be stored. To be compared with, an instant comes in one of the two
    /// forms below.
    Time(OffsetDateTime),
    /// Not greater than any form in which this instant may be stored.
    EarliestForm(OffsetDateTime),
    /// Not less than any form in which this instant may be stored.
    LatestForm(OffsetDateTime),
}

impl<'a> Argument<'a> {
    pub(super) fn optional_text(text: Option<&'a str>) -> Self {
        Self::OptionalText(text.map(Cow::Borrowed))
    }
}

/// What statements have written.
pub(super) struct Written {
    /// How many rows, for each, in the last try. What has to know of all tries is a
    /// [`Claim`].
    pub rows: Vec<u64>,
}

/// Sessions to be found and written to, in one transaction.
pub(super) struct Claim<'a> {
    /// What is written before that.
    pub first: Vec<Statement<'a>>,
    /// Reads the ids of sessions, and of their identities, [`FOR_UPDATE`].
    pub select: Statement<'a>,
    /// What is written to those.
    pub then: &'a (dyn Fn(&[SessionRef]) -> Vec<Statement<'static>> + Sync),
}

/// What a claim has come to.
pub(super) struct Claimed {
    /// How many rows each of the first statements has written.
    pub first: Vec<u64>,
    /// None of them has another call, but where the database took a commit back whose
    /// answer was lost, and another call did the same in that instant.
    pub sessions: Vec<SessionRef>,
    /// Whether an earlier try, of which nobody knows, may have written already what this
    /// one did not.
    pub tried_before: bool,
}

/// Has others wait who would write to the rows that are read, and who would read them
/// in this way. In SQLite one transaction at a time writes in any case.
pub(super) const FOR_UPDATE: &str = "\nFOR UPDATE";

/// One row of an answer, its columns by their place.
pub(super) trait Row {
    fn id(&self, column: Column) -> Result<Option<Uuid>, InconsistentRow>;
    fn text(&self, column: Column) -> Result<Option<&str>, InconsistentRow>;
    fn time(&self, column: Column) -> Result<Option<OffsetDateTime>, InconsistentRow>;
    fn flag(&self, column: Column) -> Result<Option<bool>, InconsistentRow>;
    fn json(&self, column: Column) -> Result<Option<Json>, InconsistentRow>;
}

/// Where a column stands in its statement, and its name for errors.
#[derive(Clone, Copy)]
pub(super) struct Column(pub usize, pub &'static str);

/// A connected database.
pub(super) trait Driver: Send + Sync + 'static {
    type Row<'a>: Row;

    /// Reads the identities of the network `$1` whose traits have the e-mail address `$2`: their
    /// ids and addresses.
    const BY_EMAIL: &'static str;

    /// Reads a row where the server takes what is written, and none where it does not.
    /// (Of an SQLite file that is found out at the start.)
    const READY: &'static str;

    /// Reads the names of all tables, and with each the name of one of its columns.
    const COLUMNS: &'static str;

    /// Reads the user to whom rights are granted, and what stands before a table's name in
    /// a grant. `None` where there are no grants.
    const GRANTEE: Option<&'static str>;

    /// Reads the names of schemas whose tables this user does not see.
    const HIDDEN_SCHEMAS: Option<&'static str> = None;

    /// Makes the table of when sessions were last used, where there is none.
    const MAKE_ACTIVITY: &'static str;

    /// Runs a statement that reads, and gives its rows to `read`. All rows are
    /// of one moment.
    fn fetch<T: Send>(
        &self,
        statement: Statement<'_>,
        read: impl FnOnce(&[Self::Row<'_>]) -> Result<T, RepositoryError> + Send,
    ) -> impl Future<Output = Result<T, RepositoryError>> + Send;

    /// Runs statements that write, all or nothing; durable once it gives `Ok`.
    /// They must be such that they may be run twice, as a commit whose answer is
    /// lost is tried again: what they add has its ids from here.
    fn execute(
        &self,
        statements: Vec<Statement<'_>>,
    ) -> impl Future<Output = Result<Written, RepositoryError>> + Send;

    /// Writes to the sessions that it finds, all or nothing, and gives those: none of
    /// them to two callers. Durable, and perhaps run twice, like [`Driver::execute`].
    fn claim(
        &self,
        claim: Claim<'_>,
    ) -> impl Future<Output = Result<Claimed, RepositoryError>> + Send;

    /// What the pools of connections are like.
    fn pools(&self) -> Vec<PoolState>;

    /// Connects anew, as what is connected to now does not do.
    fn forget_connections(&self) {}

    /// Closes all connections. Nothing is asked of it after that.
    fn close(&self) -> impl Future<Output = ()> + Send;

    /// Whether the database answers, and takes what is written.
    fn is_ready(&self) -> impl Future<Output = Result<(), RepositoryError>> + Send {
        async move {
            let statement = Statement { text: Self::READY, columns: 1, arguments: Vec::new() };
            if self.fetch(statement, |rows| Ok(!rows.is_empty())).await? {
                return Ok(());
            }
            self.forget_connections();
            Err(RepositoryError::Unavailable("this server only reads".into()))
        }
    }

    /// Brings the service's own tables to the newest of these versions, once, however
    /// many processes try at one time.
    fn migrate(&self, versions: &[Version]) -> impl Future<Output = Result<(), OpenError>> + Send;

    /// Looks at what the tables are like, once they are as they should be, and
    /// before the first statement of [`crate::database::statements`].
    fn load_metadata(&self) -> impl Future<Output = Result<(), OpenError>> + Send {
        std::future::ready(Ok(()))
    }
}
