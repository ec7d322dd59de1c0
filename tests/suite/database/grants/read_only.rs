//! `database.read_only`: nothing is written on any database, even if its user has all privileges.

use elsewhere::clock::Clock;

use crate::support::databases::{Kind, on_every_database};
use crate::support::http_client::{Answer, get, send, send_json};
use crate::support::people::{NOW, TestService, person, session};
use crate::support::service::{Service, config};
use crate::support::sign_in::SignIn;

on_every_database! {
    every_write_receives_403_and_changes_nothing,
}

fn every_write_receives_403_and_changes_nothing(kind: Kind) {
    let secrets = ("session.cookie_secrets", "a-secret-of-16-characters");
    let test = TestService::start_on(kind, &[secrets]);
    let (here, other) = (session(1), session(2));
    let someone = person();
    test.issue(&someone, &[here.clone(), other.clone()]);
    let url = ("database.url", test.database.url.as_str());
    let settings = config([url, secrets, ("database.read_only", "true")]);
    let reads = Service::start(&settings, Clock::fixed(NOW));
    let token = here.token.expose();
    let (session, identity) = (other.session.id, someone.id);
    let header: &[(&str, &[u8])] = &[("X-Session-Token", token.as_bytes())];
    let of_identity = format!("/admin/identities/{identity}");
    let answers = [
        send(reads.public, "DELETE", "/sessions", header),
        send(reads.public, "DELETE", &format!("/sessions/{session}"), header),
        send(reads.admin, "DELETE", &format!("/admin/sessions/{session}"), &[]),
        send(reads.admin, "PATCH", &format!("/admin/sessions/{session}/extend"), &[]),
        send(reads.admin, "DELETE", &of_identity, &[]),
        send(reads.admin, "DELETE", &format!("{of_identity}/sessions"), &[]),
        send_json(reads.admin, "PATCH", &of_identity, &[], r#"{"state": "inactive"}"#),
        SignIn::new(identity).send(reads.admin),
        send_json(
            reads.admin,
            "POST",
            "/admin/sessions",
            &[],
            r#"{"action": "delete", "identities": ["*"]}"#,
        ),
    ];
    for answer in answers {
        let reason = "This service is read-only: database.read_only is true.";
        assert_eq!((answer.status, answer.reason().as_str()), (403, reason), "{answer:?}");
    }
    let cookie = test.cookie(&here);
    let form = send_form(&reads, &format!("/ui/sessions/{session}/sign-out"), &cookie);
    assert_eq!(form.status, 403, "{form:?}");
    assert!(form.body.contains("Not possible at the moment"), "{}", form.body);
    assert_eq!(get(reads.public, "/health/ready", "").status, 200);
    assert_eq!(get(reads.public, "/sessions", token).ids(), [session.to_string()]);
    reads.wait(reads.sessions.flush_activity()).unwrap();
}

fn send_form(service: &Service, path: &str, cookie: &str) -> Answer {
    let headers: &[(&str, &[u8])] = &[
        ("Cookie", cookie.as_bytes()),
        ("Sec-Fetch-Site", b"same-origin"),
        ("Content-Length", b"0"),
    ];
    send(service.public, "POST", path, headers)
}
