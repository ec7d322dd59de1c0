//! Operations on everyone's sessions and identities, over any driver.

use futures_util::FutureExt as _;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::config::Schema;
use crate::database::assemble;
use crate::database::assemble::ReadPage;
use crate::database::decode;
use crate::database::driver::Driver;
use crate::database::email_search;
use crate::database::sessions::SqlSessionRepository;
use crate::database::statements::{
    count, end_and_delete, expired, extend, list, list_others, lock_and_write,
};
use crate::event::Change;
use crate::identity::{IdentityPatch, SessionWithIdentity};
use crate::pagination::{Page, PageRequest, PageSize, Position};
use crate::repository::{
    AdminRepository, Answer, BATCH_SIZE, BatchOutcome, BatchSize, EmailSearch, Expired, Filter,
    NewSession, Pruned, RepositoryError, Selection, SessionRef,
};
use crate::session::Expiry;
use crate::stored_session::StoredSession;

impl<D: Driver> AdminRepository for SqlSessionRepository<D> {
    fn list(
        &self,
        filter: Filter,
        page: PageRequest,
        now: OffsetDateTime,
    ) -> Answer<'_, Page<StoredSession>> {
        async move {
            if let Some(page) = self.read_page(filter, page, now).await?.page(page) {
                return Ok(page);
            }
            let wider = PageRequest { size: PageSize::MAX, ..page };
            Ok(self.read_page(filter, wider, now).await?.unplaced_page(page))
        }
        .boxed()
    }

    fn count(&self, filter: Filter, now: OffsetDateTime) -> Answer<'_, u64> {
        self.read_count(count::filtered(self.network, filter, now)).boxed()
    }

    fn get(&self, session: Uuid) -> Answer<'_, Option<StoredSession>> {
        self.read_by_id(session).boxed()
    }

    fn extend<'a>(&'a self, session: Uuid, until: Expiry, change: &'a Change) -> Answer<'a, bool> {
        async move {
            let (schema, network, now) = (self.layout.schema(), self.network, change.at);
            let select = extend::lock(schema, network, session, until, now);
            let extend = |_: &[Uuid]| extend::write(schema, network, session, until, now);
            Ok(!self.write_to_selected(select, extend, change).await?.is_empty())
        }
        .boxed()
    }

    fn end<'a>(&'a self, selection: Selection<'a>, change: &'a Change) -> Answer<'a, BatchOutcome> {
        let now = change.at;
        let select = match selection {
            Selection::Sessions(ids) => lock_and_write::active(self.network, ids.ids()),
            Selection::OfIdentities(ids) => {
                lock_and_write::live_of_identities(self.network, ids.ids(), now)
            }
            Selection::OfIdentitiesExcept(ids, kept) => {
                lock_and_write::live_of_identities_except(self.network, ids.ids(), kept, now)
            }
            Selection::All => lock_and_write::live(self.network, now),
        };
        async move { Ok(batch_outcome(selection, self.end_selected(select, change).await?)) }
            .boxed()
    }

    fn delete<'a>(
        &'a self,
        selection: Selection<'a>,
        change: &'a Change,
    ) -> Answer<'a, BatchOutcome> {
        let select = match selection {
            Selection::Sessions(ids) => lock_and_write::by_ids(self.network, ids.ids()),
            Selection::OfIdentities(ids) => lock_and_write::of_identities(self.network, ids.ids()),
            Selection::OfIdentitiesExcept(ids, kept) => {
                lock_and_write::of_identities_except(self.network, ids.ids(), kept)
            }
            Selection::All => lock_and_write::all(self.network),
        };
        let delete = |sessions: &[Uuid]| end_and_delete::delete(self.network, sessions);
        async move {
            let deleted = self.write_to_selected(select, delete, change).await?;
            Ok(batch_outcome(selection, deleted))
        }
        .boxed()
    }

    fn end_expired<'a>(&'a self, change: &'a Change, limit: BatchSize) -> Answer<'a, Expired> {
        async move {
            let now = change.at;
            if self.layout.schema() == Schema::Kratos {
                return Ok(Expired { sessions: Vec::new(), more: false });
            }
            let read = |rows: &[D::Row<'_>]| {
                Ok(rows.iter().map(decode::session_id).collect::<Result<Vec<_>, _>>()?)
            };
            let expired = self.driver.fetch(expired::look_for_expired(now, limit), read).await?;
            if expired.is_empty() {
                return Ok(Expired { sessions: Vec::new(), more: false });
            }
            let end = |sessions: &[Uuid]| end_and_delete::end_expired(sessions, now);
            let select = expired::expired(&expired, now);
            let sessions = self.write_to_selected(select, end, change).await?;
            // If none was left to mark, other replicas are marking them.
            let more = expired.len() >= limit.get() && !sessions.is_empty();
            Ok(Expired { sessions, more })
        }
        .boxed()
    }

    fn issue<'a>(
        &'a self,
        identity: Uuid,
        patch: &'a IdentityPatch,
        sessions: &'a [NewSession],
        change: &'a Change,
    ) -> Answer<'a, bool> {
        async move {
            let mut issue = self.issuing(identity, patch, sessions, None, change);
            let rows = self.driver.execute(std::mem::take(&mut issue.steps)).await?.rows;
            if !issue.has_issued(&rows)
                && let Some(NewSession { session, .. }) = sessions.first()
            {
                // Not inserted now: an earlier attempt whose answer was lost inserted it, or
                // nothing did.
                return Ok(self.get(session.id).await?.is_some());
            }
            Ok(true)
        }
        .boxed()
    }

    fn search_email<'a>(&'a self, email: &'a str) -> Answer<'a, EmailSearch> {
        email_search::run(&self.driver, self.layout.schema(), self.network, email).boxed()
    }

    fn prune<'a>(
        &'a self,
        before: OffsetDateTime,
        from: Option<Position>,
        limit: BatchSize,
        change: &'a Change,
        dry_run: bool,
    ) -> Answer<'a, Pruned> {
        async move {
            // Pruning reads in reverse order, so it begins at the end of the order.
            let from = from.unwrap_or(list_others::END);
            let walk =
                expired::look_for_ended(self.layout.schema(), self.network, before, from, limit);
            // An unreadable row is kept, and does not block the others.
            let read = |rows: &[D::Row<'_>]| {
                let readable = rows.iter().filter_map(|row| decode::prune_candidate(row).ok());
                Ok((readable.collect::<Vec<_>>(), rows.len()))
            };
            let (candidates, rows) = self.driver.fetch(walk, read).await?;
            let ended = candidates.iter().filter(|candidate| candidate.has_ended);
            let ended: Vec<_> = ended.map(|candidate| candidate.session).collect();
            let sessions = if dry_run || ended.is_empty() {
                ended
            } else {
                let ids: Vec<_> = ended.iter().map(|one| one.session).collect();
                let select = expired::ended(self.layout.schema(), self.network, &ids, before);
                let delete = |sessions: &[Uuid]| end_and_delete::delete(self.network, sessions);
                self.write_to_selected(select, delete, change).await?
            };
            let last = candidates.last().filter(|_| rows >= limit.get());
            Ok(Pruned { sessions, next: last.map(|candidate| candidate.position) })
        }
        .boxed()
    }
}

impl<D: Driver> SqlSessionRepository<D> {
    async fn read_page(
        &self,
        filter: Filter,
        page: PageRequest,
        now: OffsetDateTime,
    ) -> Result<ReadPage<SessionWithIdentity>, RepositoryError> {
        let statement = |layout| list::statement(layout, self.network, filter, page, now);
        let read = |rows: &[D::Row<'_>]| Ok(assemble::list(rows, &self.unreadable)?);
        self.fetch_by_layout(statement, read).await
    }
}

/// Sessions selected by their ids always fit into one batch.
fn batch_outcome(selection: Selection<'_>, sessions: Vec<SessionRef>) -> BatchOutcome {
    let more = !matches!(selection, Selection::Sessions(_)) && sessions.len() >= BATCH_SIZE;
    BatchOutcome { sessions, more }
}
