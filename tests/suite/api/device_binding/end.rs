//! The end of a session is the end of its binding.

use serde_json::json;
use uuid::Uuid;

use crate::api::device_binding::Replicas;
use crate::support::databases::{Kind, on_every_database};
use crate::support::http_client::send;

on_every_database! { browser_forgets_the_key_of_a_session_that_has_ended }

fn browser_forgets_the_key_of_a_session_that_has_ended(kind: Kind) {
    let replicas = Replicas::start(kind, "offer");
    let to = replicas.one.public;
    let mut browser = replicas.sign_in(Uuid::new_v4());
    replicas.bind(&mut browser);

    let link = |cookies: &str, path: &str| send(to, "GET", path, &[("Cookie", cookies.as_bytes())]);
    // A thief with a copy of the cookie cannot sign the person out, either.
    let flow = link(&browser.cookies(), "/self-service/logout/browser").json();
    let path = format!("/self-service/logout?token={}", flow["logout_token"].as_str().unwrap());
    assert_eq!(link(&browser.session_cookie, &path).status, 401);
    assert_eq!(replicas.whoami(&browser.cookies()).status, 200);

    let signed_out = link(&browser.cookies(), &path);
    assert_eq!(signed_out.status, 303, "{signed_out:?}");
    let removals = signed_out.header("set-cookie");
    assert!(removals.contains("ory_kratos_session=;"), "{removals}");
    assert!(removals.contains("ory_kratos_session_bound=;"), "{removals}");
    let ended = replicas.whoami(&browser.cookies());
    assert_eq!((ended.status, &ended.json()["error"]["id"]), (401, &json!(null)));

    // A page that is still open, when the proof has run out.
    let headers: [(&str, &[u8]); 2] = [
        ("Cookie", browser.session_cookie.as_bytes()),
        ("Origin", b"https://accounts.example.org"),
    ];
    assert_eq!(send(to, "POST", "/ui/sessions/sign-out", &headers).status, 303);

    let forget = json!({"session_identifier": browser.session, "continue": false});
    let asked = browser.ask(to);
    assert_eq!((asked.status, asked.json()), (200, forget.clone()));
    browser.session_cookie.replace_range(.., "a=b");
    let without_cookie = browser.ask(to);
    assert_eq!((without_cookie.status, without_cookie.json()), (200, forget));
}
