//! Session activity (the time of last use), over any driver.

use std::collections::HashMap;

use futures_util::FutureExt as _;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::database::decode;
use crate::database::driver::Driver;
use crate::database::sessions::SqlSessionRepository;
use crate::database::statements::{activity, idle};
use crate::repository::{ActivityLog, Answer, BatchSize, RepositoryError};

/// Maximum number of attempts to write activity. An attempt reads which sessions to update and
/// which to insert, and fails if another replica inserts the same ones meanwhile.
const MAX_ATTEMPTS: u32 = 3;

impl<D: Driver> ActivityLog for SqlSessionRepository<D> {
    fn note_activity<'a>(&'a self, sessions: &'a [Uuid], at: OffsetDateTime) -> Answer<'a, u64> {
        async move {
            let mut attempts = 1;
            loop {
                match self.renew_or_add(sessions, at).await {
                    Err(RepositoryError::Conflict(_)) if attempts < MAX_ATTEMPTS => attempts += 1,
                    done => return done,
                }
            }
        }
        .boxed()
    }

    fn defer_idle_end<'a>(
        &'a self,
        sessions: &'a [Uuid],
        used: OffsetDateTime,
        until: OffsetDateTime,
    ) -> Answer<'a, ()> {
        let statement = idle::defer(sessions, used, until);
        async move { self.driver.execute(vec![statement.into()]).await.map(drop) }.boxed()
    }

    fn last_activity<'a>(
        &'a self,
        sessions: &'a [Uuid],
    ) -> Answer<'a, HashMap<Uuid, OffsetDateTime>> {
        let read = |rows: &[D::Row<'_>]| {
            Ok(rows.iter().filter_map(|row| decode::last_activity(row).ok()).collect())
        };
        self.driver.fetch(activity::read(sessions), read).boxed()
    }

    fn forget_deleted(&self, from: Uuid, limit: BatchSize) -> Answer<'_, Option<Uuid>> {
        async move {
            let read = |rows: &[D::Row<'_>]| {
                Ok(rows.iter().map(decode::activity_entry).collect::<Result<Vec<_>, _>>()?)
            };
            let noted = self.driver.fetch(activity::walk(from, limit), read).await?;
            let deleted: Vec<_> =
                noted.iter().filter(|(_, exists)| !exists).map(|(id, _)| *id).collect();
            if !deleted.is_empty() {
                self.driver.execute(vec![activity::delete(&deleted).into()]).await?;
            }
            Ok(noted.last().filter(|_| noted.len() >= limit.get()).map(|(id, _)| *id))
        }
        .boxed()
    }
}

impl<D: Driver> SqlSessionRepository<D> {
    async fn renew_or_add(
        &self,
        sessions: &[Uuid],
        at: OffsetDateTime,
    ) -> Result<u64, RepositoryError> {
        let read = |rows: &[D::Row<'_>]| {
            Ok(rows.iter().map(decode::last_activity).collect::<Result<HashMap<_, _>, _>>()?)
        };
        let known = self.driver.fetch(activity::read(sessions), read).await?;
        let (known, missing): (Vec<_>, Vec<_>) =
            sessions.iter().partition(|session| known.contains_key(session));
        let mut steps = Vec::new();
        if !known.is_empty() {
            steps.push(activity::renew(&known, at).into());
        }
        if !missing.is_empty() {
            steps.push(activity::add(&missing, at).into());
        }
        Ok(self.driver.execute(steps).await?.rows.into_iter().sum())
    }
}
