//! Lists omit sessions that cannot be read, and show all others.

use serde_json::json;

use crate::api::unreadable::fixture::{Fixture, follow_links};
use crate::support::databases::{Kind, on_every_database};
use crate::support::http_client::{get, send};
use crate::support::kratos;
use crate::support::people::{TestService, person, session};

on_every_database! {
    unreadable_session_is_omitted_from_its_persons_list,
    unreadable_session_in_our_own_tables_is_omitted_too,
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
