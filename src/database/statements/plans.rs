//! SQLite's query plans, on 100,000 sessions: each statement uses an index, in its order.
//!
//! `tests/suite/database/plans.rs` tests the servers by the number of rows that they read.

use std::borrow::Cow;
use std::num::NonZeroU32;

use sqlx::{AssertSqlSafe, Connection as _, Row as _, SqliteConnection};
use time::macros::datetime;
use uuid::Uuid;

use crate::config::Schema;
use crate::database::driver::{FOR_UPDATE, Statement};
use crate::database::migrations::versions::VERSIONS;
use crate::database::statements::{
    activity, change, end_and_delete, expired, extend, identity, idle, list, list_others,
    lock_and_write, session_with_identity, sign_in,
};
use crate::database::table_layout::TableLayout;
use crate::pagination::{Cursor, PageRequest, PageSize, Position};
use crate::repository::{BatchSize, Filter, KeptSessions, SessionRef};
use crate::session::Expiry;
use crate::session_limit::{LimitPolicy, SessionLimit};

const FILL: &str = "
WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 1000)
INSERT INTO identities (id, nid, schema_id, traits, created_at, updated_at)
SELECT 'identity' || i, n.id, 'person', '{}', '2026-01-01', '2026-01-01'
FROM c, networks n;
WITH RECURSIVE c (i, at) AS (
    SELECT 1, '2026-01-01 00:00:00+00:00'
    UNION ALL
    SELECT i + 1, datetime('2026-01-01', '+' || (i % 50000) || ' seconds') || '+00:00'
    FROM c
    WHERE i < 100000
)
INSERT INTO sessions (id, nid, identity_id, token, active, aal, authentication_methods, issued_at,
                      authenticated_at, expires_at, created_at, updated_at)
SELECT 'session' || i, n.id, 'identity' || (1 + i % 1000), 'token' || i, i % 5 <> 0, 'aal1', '[]',
       at, at, '2126-01-01 00:00:00+00:00', at, at
FROM c, networks n;";

async fn filled() -> SqliteConnection {
    let mut database = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    let versions = VERSIONS.iter().map(|version| version.sqlite);
    for sql in versions.chain([FILL, "ANALYZE"]) {
        sqlx::raw_sql(sql).execute(&mut database).await.unwrap();
    }
    database
}

async fn plan(database: &mut SqliteConnection, statement: Statement<'_>) -> Vec<String> {
    let text = statement.text.strip_suffix(FOR_UPDATE).unwrap_or(statement.text);
    let sql = format!("EXPLAIN QUERY PLAN {text}");
    let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(database).await.unwrap();
    rows.iter().map(|row| row.get(3)).collect()
}

#[tokio::test]
async fn every_page_is_a_range_of_an_index_in_its_order() {
    let mut database = filled().await;
    let (now, id) = (datetime!(2026-11-23 12:00 UTC), Uuid::nil());
    let layout = TableLayout::complete(Schema::Own);
    let position = Position { created_at: datetime!(2026-01-01 05:00 UTC), id };
    let token = || Cow::Borrowed("token2");
    let starts =
        [Cursor::Beginning, Cursor::After(position), Cursor::Before(position), Cursor::End];
    let kept = KeptSessions::new(&[]).unwrap();
    let until = Expiry { expires_at: now, absolute_expires_at: None };
    let issued = SessionRef { session: id, identity: id };
    let limit = SessionLimit { max: NonZeroU32::MIN, policy: LimitPolicy::EvictOldest };
    let ids: Vec<_> = (0..500).map(Uuid::from_u128).collect();
    let mut statements = vec![
        session_with_identity::statement(
            layout,
            id,
            session_with_identity::Key::StoredToken(token()),
        ),
        session_with_identity::statement(layout, id, session_with_identity::Key::Id(id)),
        expired::look_for_expired(now, BatchSize::MAX),
        expired::look_for_ended(Schema::Own, id, now, position, BatchSize::MAX),
        expired::expired(&ids, now),
        expired::ended(Schema::Own, id, &ids, now),
        extend::lock(Schema::Own, id, id, until, now),
        change::lock(id, id, now),
        idle::defer(&ids, now, now),
        lock_and_write::live_other(id, id, id, now),
        lock_and_write::live_others(id, id, id, now),
        lock_and_write::live_of_identities(id, &ids, now),
        lock_and_write::of_identities(id, &ids),
        lock_and_write::live_of_identities_except(id, &ids, kept, now),
        lock_and_write::of_identities_except(id, &ids, kept),
        lock_and_write::active(id, &ids),
        lock_and_write::by_ids(id, &[id]),
        list_others::first_of_known(layout, id, issued, PageSize::DEFAULT, now),
        identity::read(id, id),
        sign_in::issued(id, id),
        sign_in::issued_and_surplus(id, issued, limit, now),
        sign_in::has_room(id, issued, limit, now),
        lock_and_write::all_of_identity(id, id),
        end_and_delete::end(Schema::Own, id, &ids, now),
        end_and_delete::end(Schema::Own, id, &[id], now),
        end_and_delete::end_expired(&ids, now),
        extend::write(Schema::Own, id, id, until, now),
        end_and_delete::delete(id, &ids),
        activity::read(&ids),
        activity::walk(id, BatchSize::MAX),
        activity::delete(&ids),
        activity::renew(&ids, now),
        activity::add(&ids, now),
    ];
    for start in starts {
        let request = PageRequest { size: PageSize::DEFAULT, start };
        statements.push(list_others::statement(layout, id, token(), request, now));
        statements.push(list::statement(layout, id, Filter::default(), request, now));
        let live_of_one = Filter { identity: Some(id), live: Some(true) };
        statements.push(list::statement(layout, id, live_of_one, request, now));
    }
    for statement in statements {
        let text = statement.text;
        for step in plan(&mut database, statement).await {
            let scans =
                ["SCAN s", "SCAN i", "SCAN d", "SCAN elsewhere_activity"].iter().any(|scan| {
                    step == *scan
                        || step.starts_with(&format!("{scan} ")) && !step.contains("INDEX")
                });
            // Reading a whole network by an index is no better than a scan.
            let scans = scans || step.contains("(nid=?)");
            assert!(!scans && !step.contains("TEMP B-TREE"), "{step}:{text}");
        }
    }
}
