//! `GET /sessions`: the caller's other sessions.

use elsewhere::event::Change;
use elsewhere::identity::State;
use elsewhere::repository::{BatchSize, NewSession};
use elsewhere::session::AssuranceLevel;
use time::Duration;

use crate::support::databases::{Kind, on_every_database};
use crate::support::http_client::{get, send};
use crate::support::people::{NOW, TestService, device, json, person, session};

on_every_database! {
    list_shows_only_the_callers_other_sessions_newest_first,
    list_without_other_sessions_is_an_empty_array,
    list_omits_revoked_and_expired_sessions,
    marking_expired_sessions_changes_no_response,
    devices_of_a_session_are_listed_most_recent_first,
    traits_and_metadata_pass_through_unchanged,
    no_response_contains_a_token,
    inactive_identity_is_refused,
    available_second_factor_is_required,
    page_links_use_the_path_of_the_base_url,
    head_responds_as_get_without_the_body,
}

fn ids(sessions: &[NewSession]) -> Vec<String> {
    sessions.iter().map(|issued| issued.session.id.to_string()).collect()
}

fn list_shows_only_the_callers_other_sessions_newest_first(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let sessions = [session(10), session(20), session(30)];
    test.issue(&person(), &sessions);
    test.issue(&person(), &[session(15)]);
    let answer = get(test.service.public, "/sessions", sessions[1].token.expose());
    assert_eq!(answer.status, 200);
    assert_eq!(answer.ids(), [ids(&sessions)[0].clone(), ids(&sessions)[2].clone()]);
    assert_eq!(answer.header("x-total-count"), "2");
    assert_eq!(answer.header("link"), "</sessions?page_size=250>; rel=\"first\"");
}

fn list_without_other_sessions_is_an_empty_array(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let only = session(10);
    test.issue(&person(), std::slice::from_ref(&only));
    let answer = get(test.service.public, "/sessions", only.token.expose());
    assert_eq!((answer.status, answer.body.as_str()), (200, "[]"));
    assert_eq!(answer.header("link"), "</sessions?page_size=250>; rel=\"first\"");
}

fn list_omits_revoked_and_expired_sessions(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let (caller, live, mut revoked, mut expired) = (session(1), session(2), session(3), session(4));
    revoked.session.active = false;
    expired.session.expires_at = NOW;
    let token = caller.token.clone();
    let live_id = live.session.id.to_string();
    test.issue(&person(), &[caller, live, revoked.clone(), expired.clone()]);
    assert_eq!(get(test.service.public, "/sessions", token.expose()).ids(), [live_id]);
    // A token of such a session is refused.
    for ended in [revoked, expired] {
        assert_eq!(get(test.service.public, "/sessions", ended.token.expose()).status, 401);
    }
}

fn marking_expired_sessions_changes_no_response(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let (caller, live, mut expired) = (session(1), session(2), session(3));
    expired.session.expires_at = NOW - Duration::seconds(1);
    let sessions = [caller, live, expired];
    test.issue(&person(), &sessions);
    let before = get(test.service.public, "/sessions", sessions[0].token.expose());
    let (repository, expiry) = (&test.service.repository, Change::expire(NOW));
    for count in [1, 0] {
        let expired = test.service.wait(repository.end_expired(&expiry, BatchSize::MAX)).unwrap();
        assert_eq!(expired.sessions.len(), count);
    }
    let after = get(test.service.public, "/sessions", sessions[0].token.expose());
    assert_eq!(before.body, after.body);
    assert_eq!(get(test.service.public, "/sessions", sessions[2].token.expose()).status, 401);
}

fn devices_of_a_session_are_listed_most_recent_first(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let (caller, mut other) = (session(1), session(500));
    let created_at = other.session.created_at;
    other.session.devices.push(device("192.0.2.9", created_at + Duration::seconds(90)));
    other.session.devices.push(device("192.0.2.5", created_at + Duration::seconds(40)));
    let (mut bare, token) = (session(600), caller.token.clone());
    bare.session.devices.clear();
    test.issue(&person(), &[caller, other, bare]);
    let answer = get(test.service.public, "/sessions", token.expose());
    let rows = answer.json();
    let addresses: Vec<_> =
        rows[0]["devices"].as_array().unwrap().iter().map(|d| d["ip_address"].clone()).collect();
    assert_eq!(addresses, ["192.0.2.9", "192.0.2.5", "192.0.2.1"]);
    assert_eq!(rows[1]["devices"], serde_json::json!([]));
}

fn traits_and_metadata_pass_through_unchanged(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let mut identity = person();
    let traits =
        r#"{"name":"Ünïcode <b>&\"q\" \\u0041","n":1.50,"big":123456789012345678901234567890}"#;
    identity.traits = serde_json::from_str(traits).unwrap();
    identity.metadata_public = Some(json("null"));
    let sessions = [session(1), session(2)];
    test.issue(&identity, &sessions);
    let answer = get(test.service.public, "/sessions", sessions[0].token.expose());
    let wanted: serde_json::Value = serde_json::from_str(traits).unwrap();
    assert_eq!(answer.json()[0]["identity"]["traits"], wanted);
    // The text is unchanged if the database stores JSON unchanged.
    assert!(kind != Kind::Sqlite || answer.body.contains(traits), "{}", answer.body);
}

fn no_response_contains_a_token(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let sessions = [session(1), session(2), session(3)];
    test.issue(&person(), &sessions);
    for path in ["/sessions", "/sessions?page_size=1", "/nothing", "/sessions?page_size=x"] {
        let answer = get(test.service.public, path, sessions[0].token.expose());
        for issued in &sessions {
            assert!(!format!("{answer:?}").contains(issued.token.expose()), "{path}");
        }
    }
}

fn inactive_identity_is_refused(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let mut identity = person();
    identity.state = State::Inactive;
    let sessions = [session(1), session(2)];
    test.issue(&identity, &sessions);
    assert_eq!(get(test.service.public, "/sessions", sessions[0].token.expose()).status, 401);
}

fn available_second_factor_is_required(kind: Kind) {
    let (one, two) = (Some(AssuranceLevel::Aal1), Some(AssuranceLevel::Aal2));
    for (available, reached, status) in [
        (two, AssuranceLevel::Aal1, 403),
        (two, AssuranceLevel::Aal2, 200),
        (one, AssuranceLevel::Aal1, 200),
        (None, AssuranceLevel::Aal1, 200),
    ] {
        let test = TestService::start_on(kind, &[("session.required_aal", "highest_available")]);
        let (mut identity, mut caller) = (person(), session(1));
        identity.available_level = available;
        caller.session.assurance_level = reached;
        test.issue(&identity, std::slice::from_ref(&caller));
        let answer = get(test.service.public, "/sessions", caller.token.expose());
        assert_eq!(answer.status, status, "{available:?} {reached:?}");
    }
}

fn page_links_use_the_path_of_the_base_url(kind: Kind) {
    let test = TestService::start_on(kind, &[("server.base_url", "https://example.org/auth")]);
    let sessions: Vec<_> = (1..=6).map(session).collect();
    test.issue(&person(), &sessions);
    let token = sessions[0].token.expose();
    let first = get(test.service.public, "/sessions?page_size=2", token);
    assert_eq!(first.link("first").unwrap(), "/auth/sessions?page_size=2");
    assert_eq!((first.link("prev"), first.header("x-total-count")), (None, String::new()));
    let next = first.link("next").unwrap();
    let second = get(test.service.public, next.strip_prefix("/auth").unwrap(), token);
    assert_eq!(second.ids(), ids(&sessions)[3..5]);
    let previous = second.link("prev").unwrap();
    let again = get(test.service.public, previous.strip_prefix("/auth").unwrap(), token);
    assert_eq!((again.ids(), again.link("prev")), (first.ids(), None));
}

fn head_responds_as_get_without_the_body(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let sessions = [session(1), session(2)];
    test.issue(&person(), &sessions);
    let token = [("X-Session-Token", sessions[0].token.expose().as_bytes())];
    let get = send(test.service.public, "GET", "/sessions", &token);
    let head = send(test.service.public, "HEAD", "/sessions", &token);
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    for name in ["link", "x-total-count", "content-type", "content-length", "cache-control"] {
        assert_eq!(head.header(name), get.header(name), "{name}");
    }
}
