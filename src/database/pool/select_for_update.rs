//! Transactions that read and lock rows before they write to them.

use sqlx::database::HasStatementCache;
use sqlx::{Connection as _, Database, Executor, IntoArguments};
use tokio::time::timeout_at;

use crate::database::driver::Claimed;
use crate::database::pool::retry::Call;
use crate::database::pool::{BoundQuery, Pool};
use crate::repository::{RepositoryError, SessionRef};

/// A claim as the queries of one database.
pub(in crate::database) struct BoundClaim<First, Select, Read, Then> {
    pub first: First,
    pub select: Select,
    pub read: Read,
    pub then: Then,
}

/// The progress of one attempt.
#[derive(Default)]
struct Attempt {
    found: Vec<SessionRef>,
    /// From here on, only the database's response tells whether its writes have happened.
    is_committing: bool,
}

type Bound<T> = Result<T, RepositoryError>;

impl<DB: Database + HasStatementCache> Pool<DB>
where
    DB::Arguments: IntoArguments<DB>,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    /// See [`crate::database::driver::Driver::claim`]. The caller must poll this to its end.
    pub(in crate::database) async fn claim<First, Select, Read, Then>(
        &self,
        claim: BoundClaim<First, Select, Read, Then>,
    ) -> Result<Claimed, RepositoryError>
    where
        First: Fn() -> Bound<Vec<BoundQuery<DB>>>,
        Select: Fn() -> Bound<BoundQuery<DB>>,
        Read: Fn(&[DB::Row]) -> Bound<Vec<SessionRef>>,
        Then: Fn(&[SessionRef]) -> Bound<Vec<BoundQuery<DB>>>,
    {
        let claiming = async {
            let mut call = Call::begin();
            // Sessions that were claimed by attempts whose outcome is unknown. If such an
            // attempt was committed, they are not found again.
            let (mut sessions, mut tried_before) = (Vec::new(), false);
            loop {
                call.was_cut_off = false;
                let mut attempt = Attempt::default();
                let mut lease = self.acquire(&mut call).await?;
                let trying = self.try_claim(lease.connection()?, &claim, &mut attempt);
                let tried = timeout_at(call.deadline, trying).await;
                lease.settle(&tried, call.deadline).await;
                let done = self.settle(&mut call, tried).await?;
                let is_unknown = attempt.is_committing && call.was_cut_off;
                if done.is_some() || is_unknown {
                    attempt.found.retain(|one| !sessions.contains(one));
                    sessions.append(&mut attempt.found);
                }
                match done {
                    Some(first) => return Ok(Claimed { first, sessions, tried_before }),
                    None => tried_before |= is_unknown,
                }
            }
        };
        self.meter.measure(claiming).await
    }

    async fn try_claim<First, Select, Read, Then>(
        &self,
        connection: &mut DB::Connection,
        claim: &BoundClaim<First, Select, Read, Then>,
        attempt: &mut Attempt,
    ) -> sqlx::Result<Vec<u64>>
    where
        First: Fn() -> Bound<Vec<BoundQuery<DB>>>,
        Select: Fn() -> Bound<BoundQuery<DB>>,
        Read: Fn(&[DB::Row]) -> Bound<Vec<SessionRef>>,
        Then: Fn(&[SessionRef]) -> Bound<Vec<BoundQuery<DB>>>,
    {
        let connector = self.connections.manager();
        let mut transaction = connection.begin_with(connector.begin.clone()).await?;
        let steps = async {
            let mut first = Vec::new();
            for query in (claim.first)().map_err(as_sqlx)? {
                first.push((connector.written)(&query.execute(&mut *transaction).await?));
            }
            let select = (claim.select)().map_err(as_sqlx)?;
            let rows = select.fetch_all(&mut *transaction).await?;
            let found = (claim.read)(&rows).map_err(as_sqlx)?;
            for query in (claim.then)(&found).map_err(as_sqlx)? {
                query.execute(&mut *transaction).await?;
            }
            Ok((first, found))
        };
        match steps.await {
            Ok((first, found)) => {
                let wrote_nothing = found.is_empty() && first.iter().all(|rows| *rows == 0);
                *attempt = Attempt { found, is_committing: !wrote_nothing };
                transaction.commit().await?;
                if wrote_nothing {
                    self.confirm(connection).await?;
                }
                Ok(first)
            }
            Err(error) => {
                // Now, not at the connection's next use: until then, it would hold locks.
                let _ = transaction.rollback().await;
                Err(error)
            }
        }
    }
}

fn as_sqlx(error: RepositoryError) -> sqlx::Error {
    sqlx::Error::Decode(error.into())
}
