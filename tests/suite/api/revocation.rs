//! `DELETE /sessions` and `DELETE /sessions/{id}`: revoking other sessions.

use std::collections::HashSet;
use std::sync::Mutex;

use elsewhere::repository::NewSession;

use crate::support::databases::{Kind, on_every_database};
use crate::support::http_client::{Answer, get, send};
use crate::support::people::{NOW, TestService, person, session};
use crate::support::wait::wait_until;

on_every_database! {
    revoked_session_is_refused_by_every_replica_at_once,
    all_other_sessions_are_revoked_whatever_their_number,
    foreign_and_unknown_sessions_get_the_same_response_and_no_change,
    at_most_one_of_two_devices_that_revoke_each_other_stays_signed_in,
    no_list_shows_a_session_after_its_revocation_was_confirmed,
}

fn delete(test: &TestService, path: &str, token: &str) -> Answer {
    send(test.service.public, "DELETE", path, &[("X-Session-Token", token.as_bytes())])
}

fn path(issued: &NewSession) -> String {
    format!("/sessions/{}", issued.session.id)
}

fn revoked_session_is_refused_by_every_replica_at_once(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let sessions = [session(1), session(2), session(3)];
    test.issue(&person(), &sessions);
    let [here, stolen, _] = sessions.each_ref().map(|issued| issued.token.expose());
    let replica = test.another_replica();
    assert_eq!(get(replica.public, "/sessions/whoami", stolen).status, 200);

    let answer = delete(&test, &path(&sessions[1]), here);
    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    for listener in [replica.public, test.service.public] {
        assert_eq!(get(listener, "/sessions/whoami", stolen).status, 401);
        assert_eq!(get(listener, "/sessions", stolen).status, 401);
        assert_eq!(get(listener, "/sessions", here).ids(), [sessions[2].session.id.to_string()]);
    }
    assert_eq!(delete(&test, &path(&sessions[1]), stolen).status, 401);
    let answer = delete(&test, &path(&sessions[0]), here);
    assert_eq!(answer.status, 400);
    assert_eq!(answer.json()["error"]["message"], "cannot revoke current session");
}

fn all_other_sessions_are_revoked_whatever_their_number(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let mut sessions: Vec<_> = (0..2100).map(session).collect();
    sessions[5].session.active = false;
    sessions[6].session.expires_at = NOW;
    test.issue(&person(), &sessions);
    let unrelated = session(1);
    test.issue(&person(), std::slice::from_ref(&unrelated));
    let here = sessions[0].token.expose();
    assert_eq!(delete(&test, "/sessions", here).body, r#"{"count":2097}"#);
    assert_eq!(get(test.service.public, "/sessions", here).body, "[]");
    assert_eq!(delete(&test, "/sessions", here).body, r#"{"count":0}"#);
    let unrelated = unrelated.token.expose();
    assert_eq!(get(test.service.public, "/sessions/whoami", unrelated).status, 200);
}

fn foreign_and_unknown_sessions_get_the_same_response_and_no_change(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let (here, other) = (session(1), session(2));
    test.issue(&person(), std::slice::from_ref(&here));
    test.issue(&person(), std::slice::from_ref(&other));
    let unknown = "/sessions/00000000-0000-4000-8000-00000000dead";
    for path in [path(&other).as_str(), unknown] {
        assert_eq!(delete(&test, path, here.token.expose()).status, 204, "{path}");
    }
    assert_eq!(get(test.service.public, "/sessions/whoami", other.token.expose()).status, 200);
    for malformed in ["x", "%00", "00000000000040008000000000000000", "..%2f..", "%ff"] {
        let answer = delete(&test, &format!("/sessions/{malformed}"), here.token.expose());
        assert_eq!(
            (answer.status, answer.reason().as_str()),
            (400, "The parameter 'id' must be a UUID.")
        );
    }
}

fn at_most_one_of_two_devices_that_revoke_each_other_stays_signed_in(kind: Kind) {
    for _ in 0..5 {
        let test = TestService::start_on(kind, &[]);
        let devices = [session(1), session(2)];
        test.issue(&person(), &devices);
        let statuses = std::thread::scope(|scope| {
            let calls = devices.each_ref().map(|device| {
                scope.spawn(|| delete(&test, "/sessions", device.token.expose()).status)
            });
            calls.map(|call| call.join().unwrap())
        });
        assert!(statuses.iter().all(|status| [200, 401].contains(status)), "{statuses:?}");
        assert!(statuses.contains(&200));
        let live = devices.iter().filter(|device| {
            get(test.service.public, "/sessions/whoami", device.token.expose()).status == 200
        });
        assert!(live.count() <= 1);
    }
}

fn no_list_shows_a_session_after_its_revocation_was_confirmed(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let sessions: Vec<_> = (0..60).map(session).collect();
    test.issue(&person(), &sessions);
    let here = sessions[0].token.expose();
    let answered = Mutex::new(HashSet::new());
    std::thread::scope(|scope| {
        for half in sessions[1..].chunks(30) {
            let (test, answered) = (&test, &answered);
            scope.spawn(move || {
                for issued in half {
                    assert_eq!(delete(test, &path(issued), here).status, 204);
                    answered.lock().unwrap().insert(issued.session.id.to_string());
                }
            });
        }
        for _ in 0..2 {
            scope.spawn(|| {
                wait_until("all revocations are confirmed", || {
                    let before = answered.lock().unwrap().clone();
                    let listed = get(test.service.public, "/sessions", here).ids();
                    assert!(listed.iter().all(|id| !before.contains(id)));
                    let all = before.len() == sessions.len() - 1;
                    assert!(!all || listed.is_empty(), "{listed:?}");
                    all
                });
            });
        }
    });
}

/// Headers that a browser adds, and whether they allow a request with a cookie.
const REQUESTS: &[(&[(&str, &str)], bool)] = &[
    (&[], true),
    (&[("Sec-Fetch-Site", "same-origin")], true),
    (&[("Sec-Fetch-Site", "same-site")], true),
    (&[("Sec-Fetch-Site", "none")], true),
    (&[("Sec-Fetch-Site", "cross-site")], false),
    (&[("Sec-Fetch-Site", "cross-site"), ("Origin", "https://evil.example")], false),
    (&[("Sec-Fetch-Site", "cross-site"), ("Origin", "https://app.example.org")], true),
    (&[("Sec-Fetch-Site", "same-origin"), ("Origin", "https://accounts.example.org")], true),
    (&[("Sec-Fetch-Site", "anything else")], false),
    (&[("Origin", "https://accounts.example.org")], true),
    (&[("Origin", "http://accounts.example.org")], false),
    (&[("Origin", "https://app.example.org")], true),
    (&[("Origin", "https://one.tenants.example")], true),
    (&[("Sec-Fetch-Site", "cross-site"), ("Origin", "https://a.one.tenants.example")], true),
    (&[("Sec-Fetch-Site", "cross-site"), ("Origin", "https://tenants.example")], false),
    (&[("Origin", "https://eviltenants.example")], false),
    (&[("Origin", "https://evil.example")], false),
    (&[("Origin", "null")], false),
];

#[test]
fn cross_site_request_with_a_cookie_cannot_revoke_sessions() {
    let test = TestService::start(&[
        ("session.cookie_secrets", "a-secret-of-16-characters"),
        ("server.base_url", "https://accounts.example.org/"),
        ("cors.allowed_origins", "https://app.example.org,https://*.tenants.example"),
    ]);
    let sessions: Vec<_> = (0..60).map(session).collect();
    test.issue(&person(), &sessions);
    let token = sessions[0].token.expose();
    let cookie = test.cookie(&sessions[0]);
    let mut others = sessions[1..].iter();
    for (headers, allowed) in REQUESTS {
        for (name, value) in [("Cookie", cookie.as_str()), ("X-Session-Token", token)] {
            let ended = others.next().unwrap();
            let mut headers: Vec<_> =
                headers.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
            headers.push((name, value.as_bytes()));
            let answer = send(test.service.public, "DELETE", &path(ended), &headers);
            // Browsers do not add this header by themselves, so another site cannot make them
            // send it.
            let allowed = *allowed || name == "X-Session-Token";
            assert_eq!(answer.status, if allowed { 204 } else { 403 }, "{headers:?}");
            let is_live =
                get(test.service.public, "/sessions/whoami", ended.token.expose()).status == 200;
            assert_eq!(is_live, !allowed);
            if !allowed {
                assert!(answer.reason().contains("another site"), "{answer:?}");
            }
        }
    }
}
