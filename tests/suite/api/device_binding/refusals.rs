//! Events about bindings: a copied cookie shows itself.

use serde_json::{Value, json};
use time::Duration;
use uuid::Uuid;

use crate::api::device_binding::Replicas;
use crate::api::device_binding::browser::{Browser, challenge, challenge_of_offer};
use crate::support::databases::{Kind, on_every_database};
use crate::support::event_log::events_so_far;
use crate::support::http_client::send;
use crate::support::wait::{LIMIT, poll};

on_every_database! { refused_uses_of_a_bound_session_are_events }

fn refused_uses_of_a_bound_session_are_events(kind: Kind) {
    let replicas = Replicas::start(kind, "offer");
    let to = replicas.one.public;
    let mut browser = replicas.sign_in(Uuid::new_v4());
    let mut offers = (0..2).map(|_| {
        let answer = replicas.whoami(&browser.session_cookie);
        challenge_of_offer(&answer.header("secure-session-registration"))
    });
    let (soon, later) = (offers.next().unwrap(), offers.next().unwrap());
    let mut thief = Browser::receive(&json!({
        "session": {"id": browser.session},
        "session_cookie": browser.session_cookie,
    }));
    replicas.bind(&mut browser);
    // A browser that was offered a binding twice answers twice.
    assert_eq!(thief.send_registration(to, &thief.registration(&soon)).status, 409);
    replicas.pass(Duration::minutes(2));
    assert_eq!(thief.send_registration(to, &thief.registration(&later)).status, 409);
    let fresh = challenge(&thief.ask(to).header("secure-session-challenge"));
    assert_eq!(thief.send_proof(to, &thief.proof(&fresh)).status, 403);

    let alone =
        [("Cookie", browser.session_cookie.as_bytes()), ("User-Agent", b"Thief/1" as &[u8])];
    let use_alone = || assert_eq!(send(to, "GET", "/sessions/whoami", &alone).status, 401);
    (0..5).for_each(|_| use_alone());
    replicas.pass(Duration::minutes(9));
    let both = browser.cookies();
    assert_eq!(send(to, "GET", "/sessions", &[("Cookie", both.as_bytes())]).status, 401);
    use_alone();
    replicas.pass(Duration::minutes(2));
    use_alone();

    let about = |event: &Value| {
        let data = &event["data"];
        assert_eq!(data["actor"]["address"], "127.0.0.1");
        assert_eq!(data["actor"]["session_id"], browser.session);
        let of = ["cause", "user_agent"].map(|name| data[name].as_str().unwrap_or("").to_owned());
        (event["type"].as_str().unwrap().to_owned(), of)
    };
    let is_about_binding = |event: &&Value| {
        event["type"].as_str().unwrap().contains("bound")
            || event["type"] == "session.binding_refused"
    };
    let found = poll(LIMIT, || {
        let events = events_so_far(&replicas.one);
        let found: Vec<_> = events.iter().filter(is_about_binding).map(about).collect();
        if found.len() >= 6 { Ok(found) } else { Err(found) }
    });
    let found = found.unwrap();
    let event = |kind: &str, cause: &str, client: &str| {
        (kind.to_owned(), [cause.to_owned(), client.to_owned()])
    };
    let refused = |cause: &str, client: &str| event("session.binding_refused", cause, client);
    assert_eq!(
        found,
        [
            event("session.bound", "", "A Browser/1"),
            refused("already_bound", "A Browser/1"),
            refused("wrong_key", "A Browser/1"),
            refused("binding_missing", "Thief/1"),
            refused("binding_expired", ""),
            refused("binding_missing", "Thief/1"),
        ]
    );
}
