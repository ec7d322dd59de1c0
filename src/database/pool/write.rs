//! Writes, all or nothing.

use sqlx::database::HasStatementCache;
use sqlx::{Connection as _, Database, Executor, IntoArguments};
use tokio::time::timeout_at;

use crate::database::driver::Written;
use crate::database::pool::retry::Attempts;
use crate::database::pool::{BoundStep, Pool};
use crate::repository::RepositoryError;

impl<DB: Database + HasStatementCache> Pool<DB>
where
    DB::Arguments: IntoArguments<DB>,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    /// Runs statements that write, all or nothing. They must be idempotent, because they may
    /// run twice. The caller must poll this to its end.
    pub(in crate::database) async fn execute(
        &self,
        steps: impl Fn() -> Result<Vec<BoundStep<DB>>, RepositoryError>,
    ) -> Result<Written, RepositoryError> {
        let writing = async {
            let mut attempts = Attempts::begin();
            loop {
                let steps = steps()?;
                if steps.is_empty() {
                    return Ok(Written { rows: Vec::new() });
                }
                let mut pooled = self.acquire(&mut attempts).await?;
                let writing = self.write(pooled.connection()?, steps);
                let written = timeout_at(attempts.deadline, writing).await;
                pooled.settle(&written, attempts.deadline).await;
                if let Some(rows) = self.settle(&mut attempts, written).await? {
                    return Ok(Written { rows });
                }
            }
        };
        self.meter.measure(writing).await
    }

    async fn write(
        &self,
        connection: &mut DB::Connection,
        steps: Vec<BoundStep<DB>>,
    ) -> sqlx::Result<Vec<u64>> {
        let written = if steps.len() == 1 {
            self.run(connection, steps).await?
        } else {
            let begin = self.connections.manager().begin.clone();
            let mut transaction = connection.begin_with(begin).await?;
            match self.run(&mut transaction, steps).await {
                Ok(written) => {
                    transaction.commit().await?;
                    written
                }
                Err(error) => {
                    // Now, not at the connection's next use: until then, it would hold locks.
                    let _ = transaction.rollback().await;
                    return Err(error);
                }
            }
        };
        if written.iter().all(|rows| *rows == 0) {
            self.confirm(connection).await?;
        }
        Ok(written)
    }

    /// Runs steps one after another, and returns the number of rows that each of them wrote.
    pub(super) async fn run(
        &self,
        connection: &mut DB::Connection,
        steps: Vec<BoundStep<DB>>,
    ) -> sqlx::Result<Vec<u64>> {
        let mut written: Vec<u64> = Vec::with_capacity(steps.len());
        for BoundStep { query, if_wrote } in steps {
            let is_due = if_wrote.iter().all(|nth| written.get(*nth).is_some_and(|rows| *rows > 0));
            written.push(if is_due {
                (self.connections.manager().written)(&query.execute(&mut *connection).await?)
            } else {
                0
            });
        }
        Ok(written)
    }

    /// Waits as a commit of our own would, after a call that found nothing left to write. The
    /// writes of another transaction can be visible before they are durable, or before a
    /// standby has them, if the server crashed while that transaction waited for this. Our
    /// response says that they have happened.
    pub(super) async fn confirm(&self, connection: &mut DB::Connection) -> sqlx::Result<()> {
        match self.connections.manager().barrier {
            Some(barrier) => sqlx::raw_sql(barrier).execute(connection).await.map(drop),
            None => Ok(()),
        }
    }
}
