//! Operators see unreadable sessions, with the column that is wrong.

use serde_json::Value;

use crate::api::unreadable::fixture::{Fixture, damages, follow_links};
use crate::support::databases::{Database, Kind, on_every_database};
use crate::support::http_client::send;
use crate::support::kratos;
use crate::support::output::OutputInTime as _;
use crate::support::process::elsewhere;

on_every_database! { operators_see_the_wrong_column }

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
        .output_in_time();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}
