//! `expand=activity` shows when sessions were last used.

use elsewhere::clock::Clock;
use serde_json::{Value, json};

use crate::api::activity::fixture::{EXPAND, last_activity, token};
use crate::support::databases::{Database, Kind, on_every_database};
use crate::support::http_client::{get, send};
use crate::support::people::{NOW, TestService, person, session};
use crate::support::service::{Service, config};

on_every_database! { sessions_show_when_they_were_last_used }

fn sessions_show_when_they_were_last_used(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let [here, used, never] = [session(100), session(200), session(300)];
    let ana = person();
    test.issue(&ana, &[here.clone(), used.clone(), never.clone()]);
    assert_eq!(get(test.service.public, "/sessions", token(&used)).status, 200);

    let noon = json!("2026-11-23T12:00:00Z");
    let list = format!("/sessions?page_size=1&{EXPAND},device_labels");
    let first = get(test.service.public, &list, token(&here));
    assert_eq!(first.json()[0]["last_active_at"], noon);
    let second = get(test.service.public, &first.link("next").unwrap(), token(&here)).json();
    assert_eq!(second[0].get("last_active_at"), Some(&Value::Null), "{second}");
    assert!(second[0]["devices"][0]["label"].is_object());
    let whoami = get(test.service.public, &format!("/sessions/whoami?{EXPAND}"), token(&here));
    assert_eq!(whoami.json()["last_active_at"], noon);

    // Operators see it on another replica once it is written.
    test.service.wait(test.service.sessions.flush_activity()).unwrap();
    let replica = test.another_replica();
    let all = format!("/admin/sessions?{EXPAND}");
    let ana_list = format!("/admin/identities/{}/sessions?{EXPAND}", ana.id);
    for path in [all, ana_list] {
        let rows = send(replica.admin, "GET", &path, &[]).json();
        let times: Vec<_> =
            rows.as_array().unwrap().iter().map(|row| &row["last_active_at"]).collect();
        assert_eq!(times, [&noon, &noon, &Value::Null], "{path}");
    }
    let one = format!("/admin/sessions/{}?{EXPAND}", used.session.id);
    assert_eq!(send(replica.admin, "GET", &one, &[]).json()["last_active_at"], noon);

    for path in ["/sessions", "/sessions/whoami"] {
        assert!(!get(test.service.public, path, token(&here)).body.contains("last_active"));
    }
}

#[test]
fn last_activity_is_never_before_the_session_began() {
    let database = Database::empty(Kind::Sqlite);
    let settings = config([("database.url", database.url.as_str())]);
    let clock = Clock::fixed(NOW + time::Duration::seconds(45));
    let service = Service::start(&settings, clock);
    let begun_at_30_seconds = session(-30);
    service.issue(&person(), std::slice::from_ref(&begun_at_30_seconds));
    let path = format!("/sessions/whoami?{EXPAND}");
    let shown = get(service.public, &path, token(&begun_at_30_seconds)).json();
    assert_eq!(shown["last_active_at"], "2026-11-23T12:00:30Z");
}

#[test]
fn disabled_tracking_shows_no_activity() {
    let test = TestService::start(&[("activity.enabled", "false")]);
    let here = session(10);
    test.issue(&person(), std::slice::from_ref(&here));
    let path = format!("/sessions/whoami?{EXPAND}");
    for _ in 0..2 {
        let shown = get(test.service.public, &path, token(&here)).json();
        assert_eq!(shown.get("last_active_at"), Some(&Value::Null));
    }
    test.service.wait(test.service.sessions.flush_activity()).unwrap();
    assert_eq!(last_activity(test.service.repository.as_ref(), &[here.session.id]), [None]);
}
