//! Unreadable rows: such a row hides nothing else, and operators see which column is wrong.

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::support::databases::{Database, Kind, on_every_database};
use crate::support::http_client::{get, send, send_json};
use crate::support::kratos;
use crate::support::people::{TestService, person, session};
use crate::support::process::{elsewhere, serve};

on_every_database! {
    unreadable_session_is_omitted_from_its_persons_list,
    operators_see_the_wrong_column,
    unreadable_session_can_be_revoked,
    warning_is_logged_once_and_can_be_pseudonymous,
    caller_with_an_unreadable_session_is_refused,
    unreadable_device_does_not_hide_its_session,
    unreadable_address_does_not_hide_its_identity,
    unreadable_session_in_our_own_tables_is_omitted_too,
}

/// Assignments that make a session unreadable, each with the column that is then wrong.
/// Every database's schema allows the first one.
fn damages(kind: Kind) -> Vec<(&'static str, &'static str)> {
    let mut damages = vec![("aal = ''", "sessions.aal"), ("aal = 'AAL1'", "sessions.aal")];
    damages.extend(match kind {
        Kind::Sqlite => [
            ("authentication_methods = '{'", "sessions.authentication_methods"),
            ("issued_at = 'yesterday'", "sessions.issued_at"),
            ("aal = x'00'", "sessions.aal"),
            ("created_at = 'someday'", "sessions.created_at"),
        ],
        Kind::Postgres => [
            ("authentication_methods = NULL", "sessions.authentication_methods"),
            ("issued_at = '-infinity'", "sessions.issued_at"),
            ("expires_at = 'infinity'", "sessions.expires_at"),
            ("created_at = '12026-11-20'", "sessions.created_at"),
        ],
        Kind::MySql => [
            ("authentication_methods = '{'", "sessions.authentication_methods"),
            ("issued_at = '0000-00-00'", "sessions.issued_at"),
            ("authenticated_at = '2026-00-01'", "sessions.authenticated_at"),
            ("created_at = NULL", "sessions.created_at"),
        ],
    });
    damages
}

/// Statements that remove the constraints against such rows.
fn lift_constraints(kind: Kind) -> &'static str {
    match kind {
        Kind::Sqlite => "PRAGMA foreign_keys = OFF",
        Kind::Postgres => {
            "ALTER TABLE sessions ALTER authentication_methods DROP NOT NULL,
                 ALTER created_at DROP NOT NULL, ALTER expires_at DROP NOT NULL"
        }
        Kind::MySql => {
            "SET sql_mode = ''; SET foreign_key_checks = 0;
             ALTER TABLE sessions MODIFY created_at datetime NULL,
                 MODIFY expires_at datetime NULL,
                 MODIFY authentication_methods longtext CHARACTER SET utf8mb4 NULL"
        }
    }
}

/// Ana's identity, the token of her calling session, and the ids of her other sessions.
struct Fixture {
    database: Database,
    token: String,
    identity: String,
    others: Vec<String>,
}

impl Fixture {
    fn new(kind: Kind) -> Self {
        let database = kratos::restore(kind);
        let settings = kratos::settings(kind);
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let sessions = settings["credentials"]["ana"].as_array().unwrap();
        let token = sessions.iter().find_map(|session| text(&session["token"])).unwrap();
        let identity = text(&settings["credentials"]["ids"]["ana"]).unwrap();
        let others = get(kratos::service(&database, "aal1").public, "/sessions", &token).ids();
        assert_eq!(others.len(), 9);
        Self { database, token, identity, others }
    }

    fn damage(&self, nth: usize, damage: &str) {
        let lift_constraints = lift_constraints(self.database.kind);
        let id = &self.others[nth];
        self.database
            .run(&format!("{lift_constraints}; UPDATE sessions SET {damage} WHERE id = '{id}'"));
    }

    /// Each damage in one session, beginning with the newest session.
    fn damaged(kind: Kind) -> Self {
        let fixture = Self::new(kind);
        for (nth, (damage, _)) in damages(kind).iter().enumerate() {
            fixture.damage(nth, damage);
        }
        fixture
    }

    fn readable(&self) -> &[String] {
        &self.others[damages(self.database.kind).len()..]
    }
}

/// Follows the links of one relation and returns the ids of each page.
fn follow_links(to: SocketAddr, from: &str, relation: &str, token: &str) -> Vec<Vec<String>> {
    let (mut pages, mut next) = (Vec::new(), Some(from.to_owned()));
    while let Some(path) = next {
        assert!(pages.len() < 60, "the links do not end");
        let page = get(to, &path, token);
        assert_eq!(page.status, 200, "{path}: {}", page.body);
        pages.push(page.ids());
        next = page.link(relation);
    }
    pages
}

fn unreadable_session_is_omitted_from_its_persons_list(kind: Kind) {
    let fixture = Fixture::damaged(kind);
    assert_pages(&fixture, fixture.readable());

    // Several adjacent rows, whose position in the order is unknown.
    let (first, middle) = match kind {
        Kind::Sqlite => ("created_at = 'someday'", "created_at = '2026-11-20 what'"),
        Kind::Postgres => ("created_at = NULL", "created_at = '-infinity'"),
        Kind::MySql => ("created_at = '2026-12-00'", "created_at = '0000-00-00'"),
    };
    let fixture = Fixture::new(kind);
    for nth in 0..4 {
        fixture.damage(nth, if nth < 2 { first } else { middle });
    }
    assert_pages(&fixture, &fixture.others[4..]);
    if kind != Kind::Postgres {
        // The ids can be unreadable as well.
        fixture.damage(4, "id = 'nobody'");
        fixture.damage(5, "id = 'nobody else'");
        assert_pages(&fixture, &fixture.others[6..]);
    }
}

fn assert_pages(fixture: &Fixture, readable: &[String]) {
    let service = kratos::service(&fixture.database, "aal1");
    let full_list = get(service.public, "/sessions", &fixture.token);
    assert_eq!(full_list.ids(), readable);
    for size in 1..=4 {
        let from = format!("/sessions?page_size={size}");
        let pages = follow_links(service.public, &from, "next", &fixture.token);
        assert_eq!(pages.concat(), readable, "page_size {size}: {pages:?}");
        let end = format!("/sessions?page=99&per_page={size}");
        let last = get(service.public, &end, &fixture.token).link("prev").unwrap();
        let mut pages = follow_links(service.public, &last, "prev", &fixture.token);
        pages.reverse();
        assert_eq!(pages.concat(), readable, "page_size {size}, backwards: {pages:?}");
    }
}

fn operators_see_the_wrong_column(kind: Kind) {
    let fixture = Fixture::damaged(kind);
    let service = kratos::service(&fixture.database, "aal1");
    let ana_path = format!("/admin/identities/{}/sessions", fixture.identity);
    let lists = ["/admin/sessions?expand=identity&expand=activity", &ana_path];
    for (nth, (damage, column)) in damages(kind).iter().enumerate() {
        let id = &fixture.others[nth];
        let path = format!("/admin/sessions/{id}?expand=identity&expand=devices");
        let alone = send(service.admin, "GET", &path, &[]);
        assert_eq!(alone.status, 200, "{damage}: {}", alone.body);
        let lists = lists.map(|path| {
            let list = send(service.admin, "GET", path, &[]);
            assert_eq!(list.status, 200, "{path}: {}", list.body);
            list.json().as_array().unwrap().iter().find(|row| row["id"] == **id).cloned()
        });
        for row in lists.into_iter().map(Option::unwrap).chain([alone.json()]) {
            assert_eq!(row["unreadable"][0]["column"], *column, "{damage}: {row}");
            assert_eq!(row["active"], true, "{damage}");
            assert_eq!(row["identity"]["id"], fixture.identity, "{damage}");
            assert!(row.get("authenticator_assurance_level").is_none(), "{row}");
        }
    }
    let pages = follow_links(service.admin, &format!("{ana_path}?page_size=3"), "next", "");
    for (nth, id) in fixture.others.iter().enumerate() {
        // Without a creation time, the row is shown only on a first page that is long enough.
        if damages(kind).get(nth).is_some_and(|(damage, _)| *damage == "created_at = NULL") {
            continue;
        }
        assert_eq!(pages.concat().iter().filter(|seen| *seen == id).count(), 1, "{pages:?}");
    }
    let listed = command(&fixture.database, &["list", "--identity", &fixture.identity, "--json"]);
    let rows: Vec<Value> = serde_json::from_str(&listed).unwrap();
    let broken = rows.iter().filter(|row| row.get("unreadable").is_some()).count();
    assert_eq!(broken, damages(kind).len());
    let table = command(&fixture.database, &["list", "--identity", &fixture.identity]);
    assert!(table.contains("broken  sessions.aal is not set"), "{table}");
    // A session without an expiry time is neither live nor ended, and listed with the ended ones.
    if kind != Kind::Sqlite {
        fixture.damage(8, "expires_at = NULL");
        let list = send(service.admin, "GET", &format!("{ana_path}?active=false"), &[]);
        assert!(list.ids().contains(&fixture.others[8]), "{}", list.body);
    }
}

fn command(database: &Database, arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let output = elsewhere(&folder, &["sessions"])
        .args(arguments)
        .env("ELSEWHERE_DATABASE__URL", &database.url)
        .env("ELSEWHERE_DATABASE__SCHEMA", "kratos")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn unreadable_session_can_be_revoked(kind: Kind) {
    type Revoke = fn(&Fixture, SocketAddr, SocketAddr, &str);
    let revocations: [(&str, Revoke); 5] = [
        ("by its person", |fixture, public, _, id| {
            let token = [("X-Session-Token", fixture.token.as_bytes())];
            let answer = send(public, "DELETE", &format!("/sessions/{id}"), &token);
            assert_eq!(answer.status, 204);
        }),
        ("with all others", |fixture, public, _, _| {
            let token = [("X-Session-Token", fixture.token.as_bytes())];
            assert_eq!(send(public, "DELETE", "/sessions", &token).json()["count"], 9);
        }),
        ("by an operator", |_, _, admin, id| {
            let answer = send(admin, "DELETE", &format!("/admin/sessions/{id}"), &[]);
            assert_eq!(answer.status, 204);
        }),
        ("in bulk", |_, _, admin, id| bulk(admin, &json!({"sessions": [id]}), 1)),
        ("with its identity", |fixture, _, admin, _| {
            bulk(admin, &json!({"identities": [fixture.identity]}), 10);
        }),
    ];
    let damages = damages(kind);
    let mut damages: Vec<_> = damages.iter().map(|(damage, _)| *damage).collect();
    if kind != Kind::Sqlite {
        damages.push("expires_at = NULL");
    }
    let fixture = Fixture::new(kind);
    let service = kratos::service(&fixture.database, "aal1");
    let is_active = |id: &str| {
        let path = format!("/admin/sessions/{id}");
        send(service.admin, "GET", &path, &[]).json()["active"].as_bool().unwrap()
    };
    for (nth, damage) in damages.iter().enumerate() {
        fixture.damage(nth, damage);
        let id = &fixture.others[nth];
        for (way, revoke) in &revocations {
            let ids = format!("'{}'", fixture.others.join("', '"));
            fixture.database.run(&format!("UPDATE sessions SET active = TRUE WHERE id IN ({ids})"));
            let caller =
                format!("UPDATE sessions SET active = TRUE WHERE token = '{}'", fixture.token);
            fixture.database.run(&caller);
            assert!(is_active(id), "{damage}");
            revoke(&fixture, service.public, service.admin, id);
            assert!(!is_active(id), "{damage}, {way}");
        }
    }
}

fn bulk(admin: SocketAddr, which: &Value, processed: usize) {
    let mut body = which.clone();
    body["action"] = "disable".into();
    let answer = send_json(admin, "POST", "/admin/sessions", &[], &body.to_string());
    assert_eq!(answer.json(), json!({"processed": processed, "more": false}), "{}", answer.body);
}

fn warning_is_logged_once_and_can_be_pseudonymous(kind: Kind) {
    let fixture = Fixture::damaged(kind);
    for pseudonym_key in ["", "a-salt-of-enough-length"] {
        let folder = tempfile::tempdir().unwrap();
        let (running, public, _, lines) = serve(
            &folder,
            &[
                ("ELSEWHERE_DATABASE__URL", &fixture.database.url),
                ("ELSEWHERE_DATABASE__SCHEMA", "kratos"),
                ("ELSEWHERE_AUDIT__PSEUDONYM_KEY", pseudonym_key),
            ],
        );
        for _ in 0..3 {
            assert_eq!(get(public, "/sessions", &fixture.token).ids(), fixture.readable());
        }
        running.signal("TERM");
        let lines: Vec<_> = lines.filter(|line| line["level"] == "WARN").collect();
        assert_eq!(lines.len(), damages(kind).len(), "{lines:?}");
        for ((id, (_, column)), nth) in fixture.others.iter().zip(damages(kind)).zip(0..) {
            let found: Vec<_> =
                lines.iter().filter(|line| line["session"] == id.as_str()).collect();
            if pseudonym_key.is_empty() {
                let problem = found[0]["problem"].as_str().unwrap();
                assert!(problem.starts_with(column), "{nth}: {problem}");
                assert_eq!(found.len(), 1);
            } else {
                assert!(!lines.iter().any(|line| line.to_string().contains(id)), "{lines:?}");
            }
        }
    }
}

fn caller_with_an_unreadable_session_is_refused(kind: Kind) {
    let fixture = Fixture::new(kind);
    let columns =
        "aal, authentication_methods, issued_at, authenticated_at, expires_at, created_at";
    let owner = format!("id = '{}'", fixture.identity);
    let token = format!("token = '{}'", fixture.token);
    let mut broken: Vec<_> =
        damages(kind).into_iter().map(|(damage, _)| ("sessions", damage, &token)).collect();
    broken.push(("identities", "available_aal = 'what'", &owner));
    for (table, damage, row) in broken {
        let lift_constraints = lift_constraints(kind);
        fixture.database.run("DROP TABLE IF EXISTS kept");
        fixture.database.run(&format!("CREATE TABLE kept AS SELECT * FROM {table} WHERE {row}"));
        fixture
            .database
            .run(&format!("{lift_constraints}; UPDATE {table} SET {damage} WHERE {row}"));
        let service = kratos::service(&fixture.database, "aal1");
        for (method, path) in
            [("GET", "/sessions"), ("GET", "/sessions/whoami"), ("DELETE", "/sessions")]
        {
            let headers = [("X-Session-Token", fixture.token.as_bytes())];
            let answer = send(service.public, method, path, &headers);
            assert_eq!(answer.status, 401, "{damage}: {method} {path}: {}", answer.body);
        }
        drop(service);
        let columns = if table == "sessions" { columns } else { "available_aal" };
        let restore = columns
            .split(", ")
            .map(|column| format!("{column} = (SELECT {column} FROM kept)"))
            .collect::<Vec<_>>();
        let restore = restore.join(", ");
        fixture
            .database
            .run(&format!("{lift_constraints}; UPDATE {table} SET {restore} WHERE {row}"));
    }
    let service = kratos::service(&fixture.database, "aal1");
    assert_eq!(get(service.public, "/sessions", &fixture.token).ids(), fixture.others);
}

fn unreadable_device_does_not_hide_its_session(kind: Kind) {
    let fixture = Fixture::new(kind);
    let damage = match kind {
        Kind::Sqlite => "UPDATE session_devices SET created_at = 'then'",
        Kind::Postgres => "UPDATE session_devices SET created_at = 'infinity'",
        Kind::MySql => "SET sql_mode = ''; UPDATE session_devices SET created_at = '0000-00-00'",
    };
    fixture.database.run(damage);
    let service = kratos::service(&fixture.database, "aal1");
    let list = get(service.public, "/sessions", &fixture.token);
    assert_eq!(list.ids(), fixture.others);
    assert!(list.json().as_array().unwrap().iter().all(|row| row["devices"] == json!([])));
    let whoami = get(service.public, "/sessions/whoami", &fixture.token);
    assert_eq!((whoami.status, &whoami.json()["devices"]), (200, &json!([])));
}

fn unreadable_address_does_not_hide_its_identity(kind: Kind) {
    let fixture = Fixture::new(kind);
    let damage = match kind {
        Kind::Sqlite => "UPDATE identity_verifiable_addresses SET created_at = 'then'",
        Kind::Postgres => "UPDATE identity_verifiable_addresses SET created_at = 'infinity'",
        Kind::MySql => {
            "SET sql_mode = ''; UPDATE identity_verifiable_addresses SET created_at = '0000-00-00'"
        }
    };
    fixture.database.run(damage);
    let service = kratos::service(&fixture.database, "aal1");
    let whoami = get(service.public, "/sessions/whoami", &fixture.token);
    assert_eq!(whoami.status, 200, "{}", whoami.body);
    let identity = &whoami.json()["identity"];
    assert!(identity.get("verifiable_addresses").is_none(), "{identity}");
    assert_eq!(identity["recovery_addresses"].as_array().unwrap().len(), 1);
}

fn unreadable_session_in_our_own_tables_is_omitted_too(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let sessions = [session(1), session(2), session(3)];
    let ana = person();
    test.issue(&ana, &sessions);
    let [here, broken, other] =
        sessions.map(|issued| (issued.token, issued.session.id.to_string()));
    test.database.run(&format!("UPDATE sessions SET aal = '' WHERE id = '{}'", broken.1));
    let public = test.service.public;
    assert_eq!(get(public, "/sessions", here.0.expose()).ids(), [other.1]);
    assert_eq!(get(public, "/sessions", broken.0.expose()).status, 401);
    let path = format!("/admin/sessions/{}", broken.1);
    let row = send(test.service.admin, "GET", &path, &[]).json();
    assert_eq!(row["unreadable"], json!([{"column": "sessions.aal", "expected": "set"}]));
    let extended = send(test.service.admin, "PATCH", &format!("{path}/extend"), &[]);
    assert_eq!(extended.status, 409, "{}", extended.body);
    assert_eq!(send(test.service.admin, "DELETE", &path, &[]).status, 204);
    assert_eq!(send(test.service.admin, "GET", &path, &[]).json()["active"], false);
}
