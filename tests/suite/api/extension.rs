//! `PATCH /admin/sessions/{id}/extend`: extending a session's life.

use elsewhere::repository::NewSession;
use time::Duration;

use crate::support::databases::{Kind, on_every_database};
use crate::support::http_client::{Answer, send};
use crate::support::people::{NOW, TestService, person, session};

on_every_database! {
    extended_session_lives_as_long_as_a_new_one,
    ended_session_cannot_be_extended,
    session_is_not_extended_before_the_earliest_possible_time,
    no_session_lives_longer_than_the_absolute_lifespan,
}

fn started(kind: Kind, settings: &[(&str, &str)], age: i64) -> (TestService, NewSession) {
    let test = TestService::start_on(kind, settings);
    let issued = session(age);
    test.issue(&person(), std::slice::from_ref(&issued));
    (test, issued)
}

fn extend(test: &TestService, issued: &NewSession) -> Answer {
    let path = format!("/admin/sessions/{}/extend", issued.session.id);
    send(test.service.admin, "PATCH", &path, &[])
}

fn extended_session_lives_as_long_as_a_new_one(kind: Kind) {
    let (test, issued) = started(kind, &[("session.lifespan", "48h")], 60);
    // The session was to expire tomorrow at noon.
    let answer = extend(&test, &issued);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["expires_at"], "2026-11-25T12:00:00Z");
    // An extension never shortens a session's life.
    let (test, issued) = started(kind, &[("session.lifespan", "1h")], 60);
    assert_eq!(extend(&test, &issued).json()["expires_at"], "2026-11-24T12:00:00Z");
}

fn ended_session_cannot_be_extended(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let (mut expired, mut revoked) = (session(1), session(2));
    expired.session.expires_at = NOW;
    revoked.session.active = false;
    test.issue(&person(), &[expired.clone(), revoked.clone()]);
    for ended in [expired, revoked] {
        assert_eq!(extend(&test, &ended).status, 409);
        let path = format!("/admin/sessions/{}", ended.session.id);
        assert_eq!(send(test.service.admin, "GET", &path, &[]).json()["active"], false);
    }
}

fn session_is_not_extended_before_the_earliest_possible_time(kind: Kind) {
    // The session expires in a day.
    for (earliest, expires_at) in [("24h", "2026-12-23T12:00:00Z"), ("23h", "2026-11-24T12:00:00Z")]
    {
        let (test, issued) = started(kind, &[("session.earliest_possible_extend", earliest)], 60);
        let answer = extend(&test, &issued);
        assert_eq!((answer.status, answer.json()["expires_at"].as_str()), (200, Some(expires_at)));
    }
}

fn no_session_lives_longer_than_the_absolute_lifespan(kind: Kind) {
    let age = Duration::days(6).whole_seconds();
    let (test, issued) = started(kind, &[("session.absolute_lifespan", "192h")], age);
    // Eight days after the session was issued, which was six days ago.
    assert_eq!(extend(&test, &issued).json()["expires_at"], "2026-11-25T12:00:00Z");
    assert_eq!(extend(&test, &issued).json()["expires_at"], "2026-11-25T12:00:00Z");
}
