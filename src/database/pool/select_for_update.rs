//! Transactions that read and lock rows before they write to them.

use sqlx::database::HasStatementCache;
use sqlx::{Connection as _, Database, Executor, IntoArguments};
use tokio::time::timeout_at;

use crate::database::driver::SelectedForUpdate;
use crate::database::pool::retry::Attempts;
use crate::database::pool::{BoundQuery, BoundStep, Pool};
use crate::repository::RepositoryError;

/// A [`crate::database::driver::SelectForUpdate`] as the queries of one database.
pub(in crate::database) struct BoundSelectForUpdate<First, Select, Read, Then> {
    pub first: First,
    pub select: Select,
    pub read: Read,
    pub then: Then,
}

/// The progress of one attempt.
struct Progress<T> {
    found: Vec<T>,
    /// From here on, only the database's response tells whether its writes have happened.
    is_committing: bool,
}

type Bound<T> = Result<T, RepositoryError>;

impl<DB: Database + HasStatementCache> Pool<DB>
where
    DB::Arguments: IntoArguments<DB>,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    /// See [`crate::database::driver::Driver::select_for_update`]. The caller must poll this to
    /// its end.
    pub(in crate::database) async fn select_for_update<T, First, Select, Read, Then>(
        &self,
        work: BoundSelectForUpdate<First, Select, Read, Then>,
    ) -> Result<SelectedForUpdate<T>, RepositoryError>
    where
        T: Clone + PartialEq,
        First: Fn() -> Bound<Vec<BoundStep<DB>>>,
        Select: Fn() -> Bound<BoundQuery<DB>>,
        Read: Fn(&[DB::Row]) -> Bound<Vec<T>>,
        Then: Fn(&[T]) -> Bound<Vec<BoundQuery<DB>>>,
    {
        let writing = async {
            let mut attempts = Attempts::begin();
            // The rows of attempts whose outcome is unknown. If such an attempt was committed, they
            // are not found again.
            let (mut selected, mut tried_before) = (Vec::new(), false);
            loop {
                attempts.was_cut_off = false;
                let mut progress = Progress { found: Vec::new(), is_committing: false };
                let mut pooled = self.acquire(&mut attempts).await?;
                let trying = self.try_once(pooled.connection()?, &work, &mut progress);
                let tried = timeout_at(attempts.deadline, trying).await;
                pooled.settle(&tried, attempts.deadline).await;
                let done = self.settle(&mut attempts, tried).await?;
                let is_unknown = progress.is_committing && attempts.was_cut_off;
                if done.is_some() || is_unknown {
                    progress.found.retain(|one| !selected.contains(one));
                    selected.append(&mut progress.found);
                }
                match done {
                    Some(first) => return Ok(SelectedForUpdate { first, selected, tried_before }),
                    None => tried_before |= is_unknown,
                }
            }
        };
        self.meter.measure(writing).await
    }

    async fn try_once<T, First, Select, Read, Then>(
        &self,
        connection: &mut DB::Connection,
        work: &BoundSelectForUpdate<First, Select, Read, Then>,
        progress: &mut Progress<T>,
    ) -> sqlx::Result<Vec<u64>>
    where
        First: Fn() -> Bound<Vec<BoundStep<DB>>>,
        Select: Fn() -> Bound<BoundQuery<DB>>,
        Read: Fn(&[DB::Row]) -> Bound<Vec<T>>,
        Then: Fn(&[T]) -> Bound<Vec<BoundQuery<DB>>>,
    {
        let begin = self.connections.manager().begin.clone();
        let mut transaction = connection.begin_with(begin).await?;
        let steps = async {
            let first = self.run(&mut transaction, (work.first)().map_err(as_sqlx)?).await?;
            let select = (work.select)().map_err(as_sqlx)?;
            let rows = select.fetch_all(&mut *transaction).await?;
            let found = (work.read)(&rows).map_err(as_sqlx)?;
            for query in (work.then)(&found).map_err(as_sqlx)? {
                query.execute(&mut *transaction).await?;
            }
            Ok((first, found))
        };
        match steps.await {
            Ok((first, found)) => {
                let wrote_nothing = found.is_empty() && first.iter().all(|rows| *rows == 0);
                *progress = Progress { found, is_committing: !wrote_nothing };
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
