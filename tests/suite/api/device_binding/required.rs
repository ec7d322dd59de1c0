//! `session.binding = "require"`.

use time::Duration;
use uuid::Uuid;

use crate::api::device_binding::Replicas;
use crate::support::databases::{Kind, on_every_database};
use crate::support::http_client::{get, send};

on_every_database! { cookie_of_a_session_that_is_not_bound_in_time_is_refused }

fn cookie_of_a_session_that_is_not_bound_in_time_is_refused(kind: Kind) {
    let replicas = Replicas::start(kind, "require");
    let identity = Uuid::new_v4();
    let (mut bound, mut late) = (replicas.sign_in(identity), replicas.sign_in(identity));
    replicas.bind(&mut bound);
    replicas.pass(Duration::seconds(289));
    assert_eq!(replicas.whoami(&late.session_cookie).status, 200);
    let offer = replicas.whoami(&late.session_cookie).header("secure-session-registration");
    replicas.pass(Duration::seconds(1));

    let refused = replicas.whoami(&late.session_cookie);
    assert_eq!(
        (refused.status, &refused.json()["error"]["id"]),
        (401, &"session_not_bound".into())
    );
    late.offer = offer;
    assert_eq!(late.register(replicas.one.public).status, 401, "too late");
    assert_eq!(get(replicas.one.public, "/sessions/whoami", &late.token).status, 200);
    assert_eq!(replicas.whoami(&bound.cookies()).status, 200);

    // Its person can end it, from a page that is still open.
    let headers: [(&str, &[u8]); 2] =
        [("Cookie", late.session_cookie.as_bytes()), ("Origin", b"https://accounts.example.org")];
    assert_eq!(send(replicas.one.public, "POST", "/ui/sessions/sign-out", &headers).status, 303);
    assert_eq!(get(replicas.one.public, "/sessions/whoami", &late.token).status, 401);
}
