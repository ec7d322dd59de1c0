//! Bounded reads: a page costs one page, regardless of its position and of the number of sessions.
//! The tests compare the numbers of rows that the servers report as read, on 100,000 sessions of
//! which one person has two fifths.

mod rows_read;

use elsewhere::clock::Clock;
use elsewhere::database;
use elsewhere::database::Additions;
use elsewhere::event::Change;
use elsewhere::pagination::{Cursor, PageRequest, PageSize, Position};
use elsewhere::repository::{BatchSize, Filter};
use elsewhere::stored_session::StoredSession;
use sqlx::{Connection as _, Row as _};
use time::macros::datetime;
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::database::plans::rows_read::{counted, rows_read};
use crate::support::databases::{Database, Kind};
use crate::support::http_client::get;
use crate::support::kratos;
use crate::support::people::NOW;
use crate::support::service::{Service, config};
use crate::support::sign_in::SignIn;
use crate::support::wait::BlockOnInTime as _;

/// Every second session belongs to the first person, and every fifth has ended.
const FILL_POSTGRES: &str = "
INSERT INTO identities (id, nid, schema_id, state, traits, available_aal, created_at, updated_at)
SELECT CAST('00000000-0000-4000-8000-' || lpad(CAST(i AS TEXT), 12, '0') AS UUID), n.id, 'person',
       'active', '{}', 'aal1', now(), now()
FROM generate_series(1, 1000) i, networks n;
INSERT INTO sessions (id, nid, identity_id, token, active, aal, authentication_methods, issued_at,
                      authenticated_at, expires_at, created_at, updated_at)
SELECT gen_random_uuid(), n.id,
       CAST('00000000-0000-4000-8000-'
            || lpad(CAST(CASE WHEN i % 2 = 0 THEN 1 ELSE 1 + i % 1000 END AS TEXT), 12, '0') AS UUID),
       'token' || i, i % 5 <> 0, 'aal1', '[]', now(), now(), TIMESTAMP '2126-01-01',
       TIMESTAMP '2026-01-01' + (i % 50000) * INTERVAL '1 second', now()
FROM generate_series(1, 100000) i, networks n;
ANALYZE;";

const FILL_MYSQL: &str = "
SET SESSION max_recursive_iterations = 200000;
INSERT INTO identities (id, nid, schema_id, state, traits, available_aal, created_at, updated_at)
WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 1000)
SELECT concat('00000000-0000-4000-8000-', lpad(i, 12, '0')), n.id, 'person', 'active', '{}', 'aal1',
       now(), now()
FROM c, networks n;
INSERT INTO sessions (id, nid, identity_id, token, active, aal, authentication_methods, issued_at,
                      authenticated_at, expires_at, created_at, updated_at)
WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 100000)
SELECT uuid(), n.id,
       concat('00000000-0000-4000-8000-', lpad(if(i % 2 = 0, 1, 1 + i % 1000), 12, '0')),
       concat('token', i), i % 5 <> 0, 'aal1', '[]', now(), now(), timestamp('2126-01-01 00:00:00'),
       timestamp('2026-01-01 00:00:00') + INTERVAL (i % 50000) SECOND, now()
FROM c, networks n;
ANALYZE TABLE sessions, session_devices, identities;";

/// Adds activity to all sessions that have none.
const ADD_ACTIVITY_POSTGRES: &str = "
INSERT INTO elsewhere_activity
SELECT s.id, TIMESTAMP '2026-01-01 00:00:00'
FROM sessions s
ON CONFLICT DO NOTHING";

const ADD_ACTIVITY_MYSQL: &str = "
INSERT IGNORE INTO elsewhere_activity
SELECT s.id, TIMESTAMP '2026-01-01 00:00:00'
FROM sessions s";

fn a_page_reads_one_page_at_any_position(kind: Kind, fill: &str) {
    let database = Database::empty(kind);
    let settings = [
        ("database.url", database.url.as_str()),
        ("database.max_connections", "1"),
        ("session.token_storage", "plain"),
    ];
    let service = Service::start(&config(settings), Clock::fixed(NOW));
    database.run(fill);

    let middle =
        Position { created_at: datetime!(2026-01-01 05:00 UTC), id: Uuid::from_u128(1 << 127) };
    let person = "/admin/identities/00000000-0000-4000-8000-000000000001/sessions?active=true";
    for start in [Cursor::Beginning, Cursor::After(middle), Cursor::Before(middle), Cursor::End] {
        for (listener, list) in [
            (service.public, "/sessions?"),
            (service.admin, "/admin/sessions?"),
            (service.admin, person),
        ] {
            let token = start.to_token().map(|token| format!("&page_token={token}"));
            let path = format!("{list}{}", token.unwrap_or_default());
            let before = rows_read(&database, "sessions");
            // Enough executions for a server to settle on a plan and to report its reads.
            let times = 12;
            for _ in 0..times {
                assert_eq!(get(listener, &path, "token2").ids().len(), 250);
            }
            let read = counted(&database, "sessions", before, times * 251);
            assert!(read < times * 400, "{list} {start:?}: {} rows a page", read / times);
        }
    }
}

/// People with 100 live sessions each sign in.
fn sign_in_beyond_the_limit_reads_few_sessions(kind: Kind, fill: &str) {
    for policy in ["evict_oldest", "evict_least_recent", "refuse"] {
        let database = Database::empty(kind);
        let settings = [
            ("database.url", database.url.as_str()),
            ("database.max_connections", "1"),
            ("session.max_per_identity", "90"),
            ("session.limit_policy", policy),
        ];
        let service = Service::start(&config(settings), Clock::fixed(NOW));
        database.run(fill);
        let before = rows_read(&database, "sessions");
        let people = ["02", "04", "08", "12", "14", "18", "22", "24", "28", "32", "34", "38"];
        for person in people {
            let person = format!("00000000-0000-4000-8000-0000000000{person}");
            let signed_in = SignIn::new(person.parse().unwrap()).send(service.admin);
            let expected = if policy == "refuse" { 409 } else { 201 };
            assert_eq!(signed_in.status, expected, "{signed_in:?}");
        }
        let read = counted(&database, "sessions", before, 12 * 90);
        assert!(read < 12 * 1000, "{policy}: {} rows a sign-in", read / 12);
    }
}

/// Beside Kratos, whose IDs have other types than ours. Also with cached plans from when the table
/// had few rows.
fn activity_of_few_sessions_reads_few_rows(kind: Kind, fill: &str, rest: &str) {
    const ACTIVITY: &str = "elsewhere_activity";
    let database = kratos::restore(kind);
    let settings = [
        ("database.url", database.url.as_str()),
        ("database.schema", "kratos"),
        ("session.cookies", "false"),
        ("database.max_connections", "1"),
    ];
    Runtime::new()
        .unwrap()
        .block_on_in_time(database::add_tables(
            &config(settings),
            Additions { activity: true, events: false },
        ))
        .unwrap();
    database.run(fill);
    // `rows_read` ends all connections, and with them their cached plans.
    let before = ["sessions", ACTIVITY].map(|table| rows_read(&database, table));

    let service = Service::start(&config(settings), Clock::fixed(NOW));
    let page = PageRequest { size: PageSize::MAX, start: Cursor::Beginning };
    let found = service.wait(service.repository.list(Filter::default(), page, NOW)).unwrap();
    let sessions: Vec<_> = found.items.iter().map(StoredSession::id).collect();
    let times = 12;
    let record_and_read = |first: i64| {
        for nth in first..first + times {
            for (few, second) in [(&sessions[..10], 0), (&sessions[..], 1)] {
                let at = NOW + time::Duration::seconds(2 * nth + second);
                let noted = service.wait(service.repository.note_activity(few, at)).unwrap();
                assert_eq!(noted, few.len() as u64);
                let known = service.wait(service.repository.last_activity(few)).unwrap();
                assert!(known.len() == few.len() && known.values().all(|time| *time == at));
            }
            service.wait(service.repository.forget_deleted(Uuid::nil(), BatchSize::MAX)).unwrap();
        }
    };
    record_and_read(0);
    database.run(rest);
    record_and_read(times);

    // The sessions are read twice, found and written, and a thousand are scanned. Filling the table
    // reads all of them once.
    let rows = 2 * times * (1010 * 4 + 1000);
    for (table, before) in ["sessions", ACTIVITY].into_iter().zip(before) {
        let read = counted(&database, table, before, times * 1000);
        assert!(read < rows + 110_000, "{table}: {read} rows");
    }

    // Each deleted row is looked up once more, and no other.
    database.run(
        "DELETE FROM sessions WHERE id IN (
             SELECT f.session_id
             FROM (SELECT a.session_id FROM elsewhere_activity a ORDER BY a.session_id LIMIT 500) f)",
    );
    let before = rows_read(&database, "sessions");
    let forgetting = service.repository.forget_deleted(Uuid::nil(), BatchSize::MAX);
    assert!(service.wait(forgetting).unwrap().is_some());
    // (PostgreSQL counts no rows for index-only scans.)
    let read = counted(&database, "sessions", before, 1);
    assert!(read < 3000, "{read} rows");
}

/// Expired sessions of another network. They are swept, too, and do not obstruct other work.
const ANOTHER_NETWORK: &str = "
INSERT INTO networks (id, created_at, updated_at)
VALUES ('00000000-0000-4000-8000-0000000000ff', '2026-01-01 00:00:00', '2026-01-01 00:00:00');
INSERT INTO identities (id, nid, schema_id, state, traits, created_at, updated_at)
VALUES ('00000000-0000-4000-9000-000000000001', '00000000-0000-4000-8000-0000000000ff', 'person',
        'active', '{}', '2026-01-01 00:00:00', '2026-01-01 00:00:00');
UPDATE sessions
SET nid = '00000000-0000-4000-8000-0000000000ff',
    identity_id = '00000000-0000-4000-9000-000000000001',
    expires_at = '2026-02-01 00:00:00'
WHERE identity_id IN (SELECT i.id FROM identities i
                      WHERE i.id <= '00000000-0000-4000-8000-000000000100'
                        AND i.id > '00000000-0000-4000-8000-000000000001')";

/// Each step reads a bounded number of rows, whatever it finds. Here it finds no sessions past
/// their retention, or sessions of another network.
fn background_work_reads_a_bounded_number_of_rows(kind: Kind, fill: &str) {
    let database = Database::empty(kind);
    let settings = [("database.url", database.url.as_str()), ("database.max_connections", "1")];
    let network = {
        let service = Service::start(&config(settings), Clock::fixed(NOW));
        database.run(fill);
        let found = get(service.admin, "/admin/sessions?page_size=1", "");
        assert_eq!(found.ids().len(), 1);
        text(&database, "SELECT CAST(n.id AS CHAR(36)) FROM networks n")
    };
    database.run(ANOTHER_NETWORK);
    let with_network = settings.into_iter().chain([("database.network", network.as_str())]);
    let service = Service::start(&config(with_network), Clock::fixed(NOW));
    let (times, at_once) = (12, 1000);
    let long_ago = NOW - time::Duration::days(30);
    let repository = &service.repository;
    let (change, expiry) = (Change::prune(NOW), Change::expire(NOW));

    let before = rows_read(&database, "sessions");
    let (mut from, mut steps) = (None, Vec::new());
    for _ in 0..times {
        let pruning = repository.prune(long_ago, from, BatchSize::MAX, &change, false);
        let pruned = service.wait(pruning).unwrap();
        assert_eq!(pruned.sessions, []);
        steps.push(pruned.next);
        from = pruned.next;
    }
    let read = counted(&database, "sessions", before, times * at_once);
    assert!(read < times * at_once * 2, "prune: {} rows", read / times);
    // Each step continues after the rows of the previous one.
    assert!(steps.windows(2).all(|two| two[0].is_some() && two[0] != two[1]), "{steps:?}");

    let before = rows_read(&database, "sessions");
    let mut marked = 0;
    for _ in 0..5 {
        marked +=
            service.wait(repository.end_expired(&expiry, BatchSize::MAX)).unwrap().sessions.len();
    }
    // Rows are found, locked and written. Rows that were marked before may be read once more.
    let read = counted(&database, "sessions", before, 0);
    assert!(read < 5 * at_once * 8, "sweep: {} rows a step", read / 5);
    assert!(marked >= 3000, "{marked}");
}

fn text(database: &Database, sql: &'static str) -> String {
    Runtime::new().unwrap().block_on_in_time(async {
        if database.kind == Kind::Postgres {
            let mut connection = sqlx::PgConnection::connect(&database.url).await.unwrap();
            sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
        } else {
            let mut connection = sqlx::MySqlConnection::connect(&database.url).await.unwrap();
            let row = sqlx::query(sql).fetch_one(&mut connection).await.unwrap();
            row.get_unchecked::<String, _>(0)
        }
    })
}

#[test]
fn postgres_reads_a_bounded_number_of_rows() {
    background_work_reads_a_bounded_number_of_rows(Kind::Postgres, FILL_POSTGRES);
    a_page_reads_one_page_at_any_position(Kind::Postgres, FILL_POSTGRES);
    sign_in_beyond_the_limit_reads_few_sessions(Kind::Postgres, FILL_POSTGRES);
    activity_of_few_sessions_reads_few_rows(Kind::Postgres, FILL_POSTGRES, ADD_ACTIVITY_POSTGRES);
}

#[test]
fn mysql_reads_a_bounded_number_of_rows() {
    background_work_reads_a_bounded_number_of_rows(Kind::MySql, FILL_MYSQL);
    a_page_reads_one_page_at_any_position(Kind::MySql, FILL_MYSQL);
    sign_in_beyond_the_limit_reads_few_sessions(Kind::MySql, FILL_MYSQL);
    activity_of_few_sessions_reads_few_rows(Kind::MySql, FILL_MYSQL, ADD_ACTIVITY_MYSQL);
}
