//! Schema detection: before the first request, the service finds out whether a database belongs to
//! Kratos or to the service itself.

use std::path::Path;

use elsewhere::clock::Clock;
use elsewhere::database;
use sqlx::Connection as _;
use tokio::runtime::Runtime;

use crate::support::databases::{Database, Kind, on_every_database};
use crate::support::http_client::{get, send};
use crate::support::kratos;
use crate::support::people::{NOW, TestService, person, session};
use crate::support::service::{Service, config};
use crate::support::wait::BlockOnInTime as _;

on_every_database! {
    many_replicas_can_start_at_once_on_an_empty_database,
    a_database_is_refused_under_the_wrong_schema_setting,
}

fn many_replicas_can_start_at_once_on_an_empty_database(kind: Kind) {
    let database = Database::empty(kind);
    let config =
        config([("database.url", database.url.as_str()), ("database.max_connections", "2")]);
    std::thread::scope(|scope| {
        let starts: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| Runtime::new().unwrap().block_on_in_time(database::open(&config)))
            })
            .collect();
        for start in starts {
            let opened = start.join().unwrap();
            assert!(opened.is_ok(), "{}", opened.err().unwrap());
        }
    });
}

/// The MySQL driver's hints name indexes, which a migration of another program can drop while the
/// service runs.
#[test]
fn a_dropped_index_causes_no_errors() {
    let test = TestService::start_on(Kind::MySql, &[]);
    let sessions = [session(1), session(2)];
    test.issue(&person(), &sessions);
    let token = sessions[0].token.expose();
    assert_eq!(get(test.service.public, "/sessions", token).ids().len(), 1);
    let sql = "CREATE INDEX another ON sessions (nid); DROP INDEX sessions_in_order ON sessions";
    test.database.run(sql);
    assert_eq!(get(test.service.public, "/sessions", token).ids().len(), 1);
    assert_eq!(send(test.service.admin, "GET", "/admin/sessions", &[]).ids().len(), 2);
}

fn a_database_is_refused_under_the_wrong_schema_setting(kind: Kind) {
    for (database, schema) in [(kratos::restore(kind), "own"), (Database::empty(kind), "kratos")] {
        let open = |schema| {
            let settings = [
                ("database.url", database.url.as_str()),
                ("database.schema", schema),
                ("database.start_timeout", "1s"),
            ];
            let opened =
                Runtime::new().unwrap().block_on_in_time(database::open(&config(settings)));
            opened.map(drop).map_err(|error| error.to_string())
        };
        if schema == "kratos" {
            assert_eq!(open("own"), Ok(()));
        }
        let error = open(schema).unwrap_err();
        assert!(error.starts_with("database.schema: "), "{error}");
    }
}

fn open(file: &Path, schema: &str, network: &str) -> Result<(), String> {
    let url = format!("sqlite://{}", file.display());
    let settings = [
        ("database.url", url.as_str()),
        ("database.schema", schema),
        ("database.network", network),
        ("database.start_timeout", "1s"),
    ];
    let config = config(settings);
    Runtime::new()
        .unwrap()
        .block_on_in_time(database::open(&config))
        .map(drop)
        .map_err(|e| e.to_string())
}

pub fn run(file: &Path, sql: &'static str) {
    Runtime::new().unwrap().block_on_in_time(async {
        let url = format!("sqlite://{}", file.display());
        let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    });
}

fn restored() -> (Database, std::path::PathBuf) {
    let database = kratos::restore(Kind::Sqlite);
    let file = database.folder.path().join("own.sqlite");
    (database, file)
}

#[test]
fn the_error_for_a_wrong_schema_names_the_right_one() {
    let (_folder, file) = restored();
    let error = open(&file, "own", "").unwrap_err();
    assert!(error.starts_with("database.schema: ") && error.contains("\"kratos\""), "{error}");
    assert_eq!(open(&file, "kratos", ""), Ok(()));

    let test = TestService::start(&[]);
    let file = test.database.folder.path().join("own.sqlite");
    let error = open(&file, "kratos", "").unwrap_err();
    assert!(error.starts_with("database.schema: ") && error.contains("\"own\""), "{error}");
}

#[test]
fn missing_tables_and_columns_are_named() {
    let (_folder, file) = restored();
    run(&file, "ALTER TABLE identities DROP COLUMN metadata_public; DROP TABLE session_devices;");
    let error = open(&file, "kratos", "").unwrap_err();
    assert!(error.starts_with("database.url: "), "{error}");
    assert!(error.contains("column identities.metadata_public, table session_devices"), "{error}");
}

#[test]
fn no_database_is_created_for_kratos() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("missing.sqlite");
    let error = open(&file, "kratos", "").unwrap_err();
    assert!(error.starts_with("database.url: cannot open "), "{error}");
    assert!(!file.exists());
}

#[test]
fn several_networks_require_the_network_setting() {
    let (_folder, file) = restored();
    run(
        &file,
        "INSERT INTO networks VALUES ('00000000-0000-4000-8000-000000000001', '2026', '2026')",
    );
    let error = open(&file, "kratos", "").unwrap_err();
    assert!(error.starts_with("database.network: "), "{error}");
    assert_eq!(open(&file, "kratos", "4c32c056-1249-4963-aef3-6090c9327e97"), Ok(()));
    let error = open(&file, "kratos", "00000000-0000-4000-8000-00000000dead").unwrap_err();
    assert!(error.starts_with("database.network: "), "{error}");
}

#[test]
fn sessions_of_another_network_are_not_visible() {
    let (_database, file) = restored();
    run(
        &file,
        "INSERT INTO networks VALUES ('00000000-0000-4000-8000-000000000001', '2026', '2026')",
    );
    let url = format!("sqlite://{}", file.display());
    let token = "ory_st_cIKeNG0dPhI9blxyIW930CH3otXqxlGa";
    for (network, status) in [
        ("4c32c056-1249-4963-aef3-6090c9327e97", 200),
        ("00000000-0000-4000-8000-000000000001", 401),
    ] {
        let config = config([
            ("database.url", url.as_str()),
            ("database.schema", "kratos"),
            ("database.network", network),
            ("session.cookies", "false"),
        ]);
        let service = Service::start(&config, Clock::fixed(NOW));
        assert_eq!(get(service.public, "/sessions", token).status, status);
    }
}

#[test]
fn reads_leave_a_kratos_database_unchanged() {
    let (database, file) = restored();
    let before = std::fs::read(&file).unwrap();
    {
        let service = kratos::service(&database, "aal1");
        for exchange in
            kratos::exchanges(Kind::Sqlite).iter().filter(|e| e.name.starts_with("list/"))
        {
            let headers: Vec<_> = exchange
                .request
                .headers
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str().unwrap().as_bytes()))
                .collect();
            send(service.public, "GET", "/sessions", &headers);
        }
    }
    assert_eq!(std::fs::read(&file).unwrap(), before);
    let files: Vec<_> = std::fs::read_dir(database.folder.path()).unwrap().collect();
    assert_eq!(files.len(), 1, "nothing beside it: {files:?}");
}

#[test]
fn tokens_are_stored_as_hashes_unless_plain_is_configured() {
    for (storage, readable) in [("", false), ("sha256", false), ("plain", true)] {
        let test = TestService::start(&[("session.token_storage", storage)]);
        let only = session(1);
        test.issue(&person(), std::slice::from_ref(&only));
        assert_eq!(get(test.service.public, "/sessions", only.token.expose()).status, 200);
        let bytes = std::fs::read(test.database.folder.path().join("own.sqlite-wal")).unwrap();
        let token = only.token.expose().as_bytes();
        let found = bytes.windows(token.len()).any(|window| window == token);
        assert_eq!(found, readable, "token_storage = {storage:?}");
    }
}

/// A manual repair of a Kratos database may write `08:00:00.000000`, where Kratos itself omits the
/// trailing zeros.
#[test]
fn pagination_tolerates_timestamps_in_other_formats() {
    let (database, file) = restored();
    run(
        &file,
        "UPDATE sessions SET created_at = '2026-11-20 08:00:00.000000+00:00'
         WHERE created_at = '2026-11-20 08:00:00.123456+00:00'",
    );
    let service = kratos::service(&database, "aal1");
    let token = "ory_st_cIKeNG0dPhI9blxyIW930CH3otXqxlGa";
    let whole = get(service.public, "/sessions", token).ids();
    assert_eq!(whole.len(), 9);
    for relation in ["next", "prev"] {
        let mut path = "/sessions?page_size=1".to_owned();
        if relation == "prev" {
            path = get(service.public, "/sessions?page=99&per_page=1", token).link("prev").unwrap();
        }
        let mut seen = Vec::new();
        loop {
            let page = get(service.public, &path, token);
            seen.extend(page.ids());
            assert!(seen.len() <= whole.len(), "the links do not end");
            match page.link(relation) {
                Some(next) => path = next,
                None => break,
            }
        }
        if relation == "prev" {
            seen.reverse();
        }
        assert_eq!(seen, whole, "{relation}");
    }
}

/// Text that is not UTF-8, numbers instead of JSON, an unchanged default: SQLite accepts these
/// values in a column, and they must not break a person's list.
#[test]
fn a_list_tolerates_malformed_values() {
    let (database, file) = restored();
    run(
        &file,
        "UPDATE session_devices SET user_agent = CAST(x'4d6f7aff696c6c61' AS TEXT),
             location = NULL;
         UPDATE identities SET metadata_public = '1.5';
         UPDATE sessions SET issued_at = '2026-11-23 09:35:05';
         UPDATE sessions SET active = 'false' WHERE token = 'ory_st_VCIUn20YpyOHCcRBkhb3UEdscEPrSZw8'",
    );
    let service = kratos::service(&database, "aal1");
    let answer = get(service.public, "/sessions", "ory_st_cIKeNG0dPhI9blxyIW930CH3otXqxlGa");
    assert_eq!(answer.status, 200, "{}", answer.body);
    let row = &answer.json()[0];
    assert_eq!(row["devices"][0]["user_agent"], "Moz\u{fffd}illa");
    assert_eq!(row["devices"][0]["location"], serde_json::Value::Null);
    assert_eq!(row["identity"]["metadata_public"], 1.5);
    assert_eq!(row["issued_at"], "2026-11-23T09:35:05Z");
    assert_eq!(answer.ids().len(), 8);
    let revoked = get(service.public, "/sessions", "ory_st_VCIUn20YpyOHCcRBkhb3UEdscEPrSZw8");
    assert_eq!(revoked.status, 401);
}
