//! The admin API: sessions of all identities.

use std::io::{Read as _, Write as _};

use elsewhere::config::Config;
use serde_json::{Value, json};

use crate::support::databases::{Kind, on_every_database};
use crate::support::http_client::{Answer, connect_unix, get, send, send_bytes, send_json};
use crate::support::people::{NOW, TestService, person, session};
use crate::support::process::{RunningProcess, elsewhere};

on_every_database! {
    paging_through_all_sessions_shows_each_once,
    lists_can_be_limited_to_live_or_to_ended_sessions,
    one_session_can_be_read_and_revoked,
    many_sessions_can_be_revoked_or_deleted_at_once,
    all_sessions_are_revoked_and_deleted_batch_by_batch,
}

fn paging_through_all_sessions_shows_each_once(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    for _ in 0..4 {
        // Several people, with some sessions created at the same instant.
        test.issue(&person(), &[session(1), session(1), session(2), session(7)]);
    }
    let all = send(test.service.admin, "GET", "/admin/sessions", &[]);
    assert_eq!(all.ids().len(), 16);
    assert_eq!(all.json()[0]["identity"], Value::Null);
    let follow_links = |relation: &str, from: String| {
        let (mut pages, mut next) = (Vec::new(), Some(from));
        let mut last = String::new();
        while let Some(path) = next {
            assert!(pages.len() < 60, "the links do not end");
            let page = send(test.service.admin, "GET", &path, &[]);
            assert_eq!(page.status, 200, "{path}");
            pages.push(page.ids());
            next = page.link(relation);
            last = path;
        }
        (pages, last)
    };
    let (forwards, last) =
        follow_links("next", "/admin/sessions?page_size=3&expand=devices".to_owned());
    assert_eq!(forwards.concat(), all.ids());
    let (mut backwards, _) = follow_links("prev", last);
    backwards.reverse();
    assert_eq!(backwards.concat(), all.ids());
}

fn lists_can_be_limited_to_live_or_to_ended_sessions(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let (live, mut expired, mut revoked) = (session(1), session(2), session(3));
    expired.session.expires_at = NOW;
    revoked.session.active = false;
    let ana = person();
    test.issue(&ana, &[live.clone(), expired.clone(), revoked.clone()]);
    test.issue(&person(), &[session(4)]);
    let id = |issued: &elsewhere::repository::NewSession| issued.session.id.to_string();
    let ended = [id(&expired), id(&revoked)];
    let ana_list = format!("/admin/identities/{}/sessions", ana.id);
    let list = |path: &str| send(test.service.admin, "GET", path, &[]);
    assert_eq!(list(&format!("{ana_list}?active=true")).ids(), [id(&live)]);
    assert_eq!(list(&format!("{ana_list}?active=false")).ids(), ended);
    assert_eq!(list("/admin/sessions?active=false").ids(), ended);
    assert_eq!(list("/admin/sessions?active=true").ids().len(), 2);
    let page = list(&format!("{ana_list}?page=2&per_page=2"));
    assert_eq!((page.ids(), page.header("x-total-count")), (vec![id(&revoked)], "3".to_owned()));
    let page = list(&format!("{ana_list}?active=false&page_size=1"));
    assert_eq!(list(&page.link("next").unwrap()).ids(), [id(&revoked)]);
}

fn one_session_can_be_read_and_revoked(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let issued = session(1);
    test.issue(&person(), std::slice::from_ref(&issued));
    let path = format!("/admin/sessions/{}", issued.session.id);
    let read = || send(test.service.admin, "GET", &path, &[]);
    assert_eq!(read().json()["active"], true);
    for _ in 0..2 {
        assert_eq!(send(test.service.admin, "DELETE", &path, &[]).status, 204);
        assert_eq!(read().json()["active"], false);
    }
    assert_eq!(get(test.service.public, "/sessions/whoami", issued.token.expose()).status, 401);
}

fn bulk(test: &TestService, body: &Value) -> Answer {
    send_json(test.service.admin, "POST", "/admin/sessions", &[], &body.to_string())
}

fn many_sessions_can_be_revoked_or_deleted_at_once(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let (ana, bob) = (person(), person());
    let sessions = [session(1), session(2), session(3)];
    test.issue(&ana, &sessions);
    test.issue(&bob, &[session(4), session(5)]);
    let id = |nth: usize| sessions[nth].session.id.to_string();
    let unknown = "00000000-0000-4000-8000-00000000dead";
    let answer = bulk(&test, &json!({"action": "disable", "sessions": [id(0), id(1), unknown]}));
    assert_eq!(answer.json(), json!({"processed": 2, "more": false}));
    let answer = bulk(&test, &json!({"action": "disable", "sessions": [id(1), id(2)]}));
    assert_eq!(answer.json(), json!({"processed": 1, "more": false}));
    let answer = bulk(&test, &json!({"action": "disable", "identities": [bob.id]}));
    assert_eq!(answer.json(), json!({"processed": 2, "more": false}));
    let answer = bulk(&test, &json!({"action": "delete", "sessions": [id(0)]}));
    assert_eq!(answer.json(), json!({"processed": 1, "more": false}));
    let answer = bulk(&test, &json!({"action": "delete", "identities": [ana.id, bob.id]}));
    assert_eq!(answer.json(), json!({"processed": 4, "more": false}));
    assert_eq!(send(test.service.admin, "GET", "/admin/sessions", &[]).body, "[]");
}

fn all_sessions_are_revoked_and_deleted_batch_by_batch(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    test.issue(&person(), &(0..1500).map(session).collect::<Vec<_>>());
    for (action, batches) in [("disable", [1000, 500]), ("delete", [1000, 500])] {
        let all = json!({"action": action, "identities": ["*"]});
        for (processed, more) in batches.into_iter().zip([true, false]) {
            assert_eq!(bulk(&test, &all).json(), json!({"processed": processed, "more": more}));
        }
    }
}

#[test]
fn errors_name_the_invalid_part_of_a_request() {
    let test = TestService::start(&[]);
    let ids = |count: usize| vec!["00000000-0000-4000-8000-00000000dead"; count];
    let cases = [
        (json!({"action": "explode", "sessions": []}), "'action'"),
        (json!({"action": "disable"}), "Either 'sessions' or 'identities'"),
        (json!({"action": "disable", "sessions": [], "identities": []}), "Either"),
        (json!({"action": "disable", "sessions": ["x"]}), "'sessions[0]'"),
        (json!({"action": "disable", "identities": ["*", "*"]}), "'identities[0]'"),
        (json!({"action": "delete", "identities": ids(501)}), "more than 500"),
        (json!({"action": "delete", "sessions": 5}), "'sessions'"),
        (json!({"action": "delete", "everything": true}), "everything"),
    ];
    for (body, named) in cases {
        let answer = bulk(&test, &body);
        assert_eq!(answer.status, 400, "{answer:?}");
        assert!(answer.reason().contains(named), "{}", answer.reason());
    }
    let largest = bulk(&test, &json!({"action": "delete", "sessions": ids(500)}));
    assert_eq!(largest.json(), json!({"processed": 0, "more": false}));
    for query in ["active=maybe", "active=true&active=true", "expand=shoes", "page_size=x"] {
        let name = query.split('=').next().unwrap();
        let answer = send(test.service.admin, "GET", &format!("/admin/sessions?{query}"), &[]);
        assert_eq!(answer.status, 400);
        assert!(answer.reason().contains(&format!("'{name}'")), "{}", answer.reason());
    }
}

#[test]
fn only_the_configured_tokens_are_accepted() {
    let test =
        TestService::start(&[("admin.tokens", "the-newest-token-of-all, an-older-token-of-all")]);
    let status = |value: Option<&str>| {
        let headers: Vec<_> =
            value.iter().map(|value| ("Authorization", value.as_bytes())).collect();
        send(test.service.admin, "GET", "/admin/sessions", &headers).status
    };
    assert_eq!(status(Some("Bearer the-newest-token-of-all")), 200);
    assert_eq!(status(Some("bearer an-older-token-of-all")), 200);
    for wrong in [None, Some("Bearer "), Some("Bearer the-newest-token-of-al"), Some("Basic x")] {
        assert_eq!(status(wrong), 401, "{wrong:?}");
    }
    // Without a token, clients do not learn what exists. Health checks need no token.
    assert_eq!(send(test.service.admin, "DELETE", "/admin/sessions/x", &[]).status, 401);
    assert_eq!(send(test.service.admin, "GET", "/health/ready", &[]).status, 200);
    // The public API does not have this route.
    assert_eq!(send(test.service.public, "GET", "/admin/sessions", &[]).status, 404);
}

#[test]
fn without_a_token_only_loopback_host_names_are_accepted() {
    let test = TestService::start(&[]);
    for (host, status) in [
        ("localhost", 200),
        ("LOCALHOST:4434", 200),
        ("127.0.0.1:4434", 200),
        ("[::1]:4434", 200),
        ("rebound.example:4434", 403),
        ("127.0.0.1.example", 403),
        ("", 400),
    ] {
        let request =
            format!("GET /admin/sessions HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        assert_eq!(send_bytes(test.service.admin, request.as_bytes()).status, status, "{host}");
    }
}

#[test]
fn listening_beyond_loopback_requires_a_token() {
    let load = |listen: &str, token: &str| {
        let variables = [("ELSEWHERE_ADMIN__LISTEN", listen), ("ELSEWHERE_ADMIN__TOKENS", token)];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        Config::load(None, &variables).map(drop).map_err(|error| error.to_string())
    };
    for listen in ["0.0.0.0:4434", "[::]:4434", "192.0.2.1:4434"] {
        assert!(load(listen, "").unwrap_err().starts_with("admin.tokens: expected a token"));
        assert_eq!(load(listen, "a-token-of-operators"), Ok(()));
    }
    for listen in ["127.0.0.1:4434", "[::1]:4434", "unix:/run/elsewhere.sock"] {
        assert_eq!(load(listen, ""), Ok(()));
    }
    let error = load("127.0.0.1:4434", "short").unwrap_err();
    assert!(error.starts_with("admin.tokens") && !error.contains("short"), "{error}");
}

#[test]
fn admin_api_can_listen_on_a_unix_socket() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("admin.sock");
    // A socket file that a killed process left behind does not prevent the start.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let child = elsewhere(&folder, &["serve"])
        .env("ELSEWHERE_SERVER__LISTEN", "127.0.0.1:0")
        .env("ELSEWHERE_ADMIN__LISTEN", format!("unix:{}", path.display()))
        .spawn();
    let mut running = RunningProcess(child.unwrap());
    let mut stream = connect_unix(&path);
    let request = b"GET /admin/sessions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(request).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("[]"), "{answer}");
    running.signal("TERM");
    assert!(running.wait().success());
}
