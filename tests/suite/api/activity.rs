//! When sessions were last used: noted at each call, written behind it, and shown
//! where `expand=activity` asks for it.

use std::time::{Duration, Instant};

use elsewhere::clock::Clock;
use elsewhere::database;
use elsewhere::repository::{BatchSize, NewSession, SessionRepository};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::support::databases::{Database, Kind, on_every_database};
use crate::support::http_client::{get, send};
use crate::support::kratos;
use crate::support::people::{NOW, Own, person, session};
use crate::support::process::{Copy, elsewhere};
use crate::support::service::{Service, config, variable};

on_every_database! {
    a_person_sees_when_their_sessions_were_last_used,
    a_session_is_written_once_an_interval_whoever_notes_it,
    what_cannot_be_written_is_written_later,
    what_was_noted_of_deleted_sessions_is_deleted,
    beside_a_kratos_its_table_is_made_where_someone_says_so,
    who_is_told_to_stop_writes_all,
    who_is_killed_loses_one_interval,
}

const SHOWN: &str = "expand=activity";

fn token(issue: &NewSession) -> &str {
    issue.token.expose()
}

/// What is known of some sessions, by whoever asks.
fn known(repository: &dyn SessionRepository, sessions: &[Uuid]) -> Vec<Option<OffsetDateTime>> {
    let known = Runtime::new().unwrap().block_on(repository.last_activity(sessions)).unwrap();
    sessions.iter().map(|session| known.get(session).copied()).collect()
}

fn a_person_sees_when_their_sessions_were_last_used(kind: Kind) {
    let own = Own::start_on(kind, &[]);
    let [here, used, never] = [session(100), session(200), session(300)];
    let ana = person();
    own.issue(&ana, &[here.clone(), used.clone(), never.clone()]);
    assert_eq!(get(own.service.public, "/sessions", token(&used)).status, 200);

    let noon = json!("2026-11-23T12:00:00Z");
    let list = format!("/sessions?page_size=1&{SHOWN},device_labels");
    let first = get(own.service.public, &list, token(&here));
    assert_eq!(first.json()[0]["last_active_at"], noon);
    let second = get(own.service.public, &first.link("next").unwrap(), token(&here)).json();
    assert_eq!(second[0].get("last_active_at"), Some(&Value::Null), "{second}");
    assert!(second[0]["devices"][0]["label"].is_object());
    let whoami = get(own.service.public, &format!("/sessions/whoami?{SHOWN}"), token(&here));
    assert_eq!(whoami.json()["last_active_at"], noon);

    // Operators, of another copy, once it is written.
    own.service.wait(own.service.app.activity().write()).unwrap();
    let copy = own.another_copy();
    let all = format!("/admin/sessions?{SHOWN}");
    let of_ana = format!("/admin/identities/{}/sessions?{SHOWN}", ana.id);
    for path in [all, of_ana] {
        let rows = send(copy.admin, "GET", &path, &[]).json();
        let times: Vec<_> =
            rows.as_array().unwrap().iter().map(|row| &row["last_active_at"]).collect();
        assert_eq!(times, [&noon, &noon, &Value::Null], "{path}");
    }
    let one = format!("/admin/sessions/{}?{SHOWN}", used.session.id);
    assert_eq!(send(copy.admin, "GET", &one, &[]).json()["last_active_at"], noon);

    for path in ["/sessions", "/sessions/whoami"] {
        assert!(!get(own.service.public, path, token(&here)).body.contains("last_active"));
    }
}

#[test]
fn no_session_was_active_before_it_began() {
    let database = Database::empty(Kind::Sqlite);
    let settings = config([("database.url", database.url.as_str())]);
    let clock = Clock::fixed(NOW + time::Duration::seconds(45));
    let service = Service::start(&settings, clock);
    let begun_at_30_seconds = session(-30);
    service.issue(&person(), std::slice::from_ref(&begun_at_30_seconds));
    let path = format!("/sessions/whoami?{SHOWN}");
    let shown = get(service.public, &path, token(&begun_at_30_seconds)).json();
    assert_eq!(shown["last_active_at"], "2026-11-23T12:00:30Z");
}

#[test]
fn where_nothing_is_noted_nothing_is_known() {
    let own = Own::start(&[("activity.enabled", "false")]);
    let here = session(10);
    own.issue(&person(), std::slice::from_ref(&here));
    let path = format!("/sessions/whoami?{SHOWN}");
    for _ in 0..2 {
        let shown = get(own.service.public, &path, token(&here)).json();
        assert_eq!(shown.get("last_active_at"), Some(&Value::Null));
    }
    own.service.wait(own.service.app.activity().write()).unwrap();
    assert_eq!(known(own.service.repository.as_ref(), &[here.session.id]), [None]);
}

fn a_session_is_written_once_an_interval_whoever_notes_it(kind: Kind) {
    let own = Own::start_on(kind, &[]);
    let sessions: Vec<_> = (0..1000).map(session).collect();
    own.issue(&person(), &sessions);
    let ids: Vec<_> = sessions.iter().map(|issue| issue.session.id).collect();
    let copies = [&own.service, &own.another_copy()];
    let minute = time::Duration::minutes(1);
    for (at, expected) in [(NOW, 1000), (NOW, 0), (NOW - minute, 0), (NOW + minute, 1000)] {
        // Both at once, in different orders.
        let written: u64 = std::thread::scope(|scope| {
            let both = [0, 1].map(|nth| {
                let (copy, mut ids) = (copies[nth], ids.clone());
                scope.spawn(move || {
                    ids.rotate_left(nth * 500);
                    copy.wait(copy.repository.note_activity(&ids, at)).unwrap()
                })
            });
            both.into_iter().map(|one| one.join().unwrap()).sum()
        });
        assert_eq!(written, expected, "{at}");
    }
    let note = |ids: &[Uuid], at| own.service.wait(own.service.repository.note_activity(ids, at));
    assert_eq!(note(&[Uuid::new_v4()], NOW).unwrap(), 0, "of a session that is not there");
    // From a clock that was wrong by years; now it is right again.
    assert_eq!(note(&ids[..3], NOW + time::Duration::days(14_600)).unwrap(), 3);
    assert_eq!(note(&ids[..3], NOW).unwrap(), 3);
    let known = known(own.service.repository.as_ref(), &ids[2..4]);
    assert_eq!(known, [Some(NOW), Some(NOW + minute)]);
}

fn what_cannot_be_written_is_written_later(kind: Kind) {
    let own = Own::start_on(kind, &[]);
    let here = session(10);
    own.issue(&person(), std::slice::from_ref(&here));
    let write = || own.service.wait(own.service.app.activity().write());
    own.database.run("ALTER TABLE elsewhere_activity RENAME TO gone");
    for path in ["/sessions", "/sessions/whoami"] {
        assert_eq!(get(own.service.public, path, token(&here)).status, 200);
    }
    assert!(write().is_err());
    own.database.run("ALTER TABLE gone RENAME TO elsewhere_activity");
    write().unwrap();
    assert_eq!(known(own.another_copy().repository.as_ref(), &[here.session.id]), [Some(NOW)]);
}

fn what_was_noted_of_deleted_sessions_is_deleted(kind: Kind) {
    let own = Own::start_on(kind, &[]);
    let sessions: Vec<_> = (0..1500).map(session).collect();
    let [ana, bob] = [person(), person()];
    own.issue(&ana, &sessions[..1400]);
    own.issue(&bob, &sessions[1400..]);
    let ids: Vec<_> = sessions.iter().map(|issue| issue.session.id).collect();
    for ids in ids.chunks(1000) {
        own.service.wait(own.service.repository.note_activity(ids, NOW)).unwrap();
    }
    let path = format!("/admin/identities/{}", ana.id);
    assert_eq!(send(own.service.admin, "DELETE", &path, &[]).status, 204);
    // Done by whoever starts, and once a day.
    let copy = Copy::start(&[("database.url", &own.database.url)]);
    let deadline = Instant::now() + Duration::from_secs(30);
    let of_ana = |ids: &[Uuid]| {
        let parts = ids.chunks(1000).map(|ids| known(own.service.repository.as_ref(), ids));
        parts.flatten().flatten().count()
    };
    while of_ana(&ids[..1400]) > 0 {
        assert!(Instant::now() < deadline, "still there");
        std::thread::sleep(Duration::from_millis(20));
    }
    drop(copy);
    assert_eq!(of_ana(&ids[1400..]), 100);
}

fn beside_a_kratos_its_table_is_made_where_someone_says_so(kind: Kind) {
    let database = kratos::restore(kind);
    let folder = tempfile::tempdir().unwrap();
    let settings = |enabled| {
        [
            ("database.url", database.url.as_str()),
            ("database.schema", "kratos"),
            ("activity.enabled", enabled),
        ]
    };
    let open =
        |enabled| Runtime::new().unwrap().block_on(database::open(&config(settings(enabled))));
    let refusal = open("true").err().unwrap().to_string();
    assert!(refusal.starts_with("activity.enabled: ") && refusal.contains("migrate --activity"));
    let exchanges = kratos::exchanges(kind);
    let presents = |exchange: &&kratos::Exchange| {
        exchange.request.headers.contains_key("X-Session-Token")
            && exchange.response.status == 200
            && exchange.request.path == "/sessions/whoami"
    };
    let token = exchanges.iter().find(presents).unwrap().request.headers["X-Session-Token"].clone();
    let token = token.as_str().unwrap();
    let clock = || Clock::fixed(time::macros::datetime!(2026-11-24 09:35:20 UTC));
    let path = format!("/sessions/whoami?{SHOWN}");
    {
        let without = Service::start(&config(settings("")), clock());
        let shown = get(without.public, &path, token).json();
        assert_eq!(shown.get("last_active_at"), Some(&Value::Null));
        without.wait(without.app.activity().write()).unwrap();
    }
    assert!(open("true").is_err(), "nobody made it");

    for _ in 0..2 {
        let environment = settings("true").map(|(key, value)| (variable(key), value));
        let migrated = elsewhere(&folder, &["migrate", "--activity"]).envs(environment).output();
        let migrated = migrated.unwrap();
        assert!(migrated.status.success(), "{migrated:?}");
    }
    let with = Service::start(&config(settings("true")), clock());
    assert_eq!(get(with.public, "/sessions/whoami", token).status, 200);
    with.wait(with.app.activity().write()).unwrap();
    let copy = Service::start(&config(settings("true")), clock());
    let session = get(with.public, "/sessions/whoami", token).json()["id"].clone();
    let session = session.as_str().unwrap().parse().unwrap();
    let at = time::macros::datetime!(2026-11-24 09:35 UTC);
    assert_eq!(known(copy.repository.as_ref(), &[session]), [Some(at)]);
    // Of one that Kratos has deleted nothing is left.
    let end = || copy.wait(copy.repository.forget_deleted(Uuid::nil(), BatchSize::MAX)).unwrap();
    assert_eq!(end(), None);
    assert_eq!(known(copy.repository.as_ref(), &[session]), [Some(at)]);
    database.run(&format!("DELETE FROM sessions WHERE id = '{session}'"));
    assert_eq!(end(), None);
    assert_eq!(known(copy.repository.as_ref(), &[session]), [None]);
}

/// Two sessions of one person, for processes, which ask the system's clock.
fn two_sessions(url: &str) -> [NewSession; 2] {
    let service = Service::start(&config([("database.url", url)]), Clock::fixed(NOW));
    let sessions = [session(10), session(20)].map(|mut issue| {
        issue.session.expires_at += time::Duration::days(36_500);
        issue
    });
    service.issue(&person(), &sessions);
    sessions
}

/// When the only other session was last used, as someone is told.
fn last_active(copy: &Copy, here: &NewSession) -> Option<OffsetDateTime> {
    let others = get(copy.public, &format!("/sessions?{SHOWN}"), token(here)).json();
    let at = others[0].get("last_active_at").unwrap_or_else(|| panic!("{others}"));
    at.as_str().map(|at| OffsetDateTime::parse(at, &Rfc3339).unwrap())
}

fn who_is_told_to_stop_writes_all(kind: Kind) {
    let database = Database::empty(kind);
    let [here, other] = two_sessions(&database.url);
    let settings = [("database.url", database.url.as_str()), ("activity.interval", "1h")];
    let mut copy = Copy::start(&settings);
    assert_eq!(get(copy.public, "/sessions/whoami", token(&other)).status, 200);
    copy.running.signal("TERM");
    assert!(copy.running.0.wait().unwrap().success());
    let copy = Copy::start(&settings);
    let at = last_active(&copy, &here).unwrap();
    let age = Clock::system().now() - at;
    assert!(age < time::Duration::hours(2), "{age}");
}

fn who_is_killed_loses_one_interval(kind: Kind) {
    let database = Database::empty(kind);
    let [here, other] = two_sessions(&database.url);
    let settings = [("database.url", database.url.as_str()), ("activity.interval", "1s")];
    let mut copy = Copy::start(&settings);
    let beside = Copy::start(&settings);
    // Used all the time; three times what was written is seen by another copy.
    let mut seen = std::collections::BTreeSet::new();
    let deadline = Instant::now() + Duration::from_secs(30);
    while seen.len() < 3 {
        assert_eq!(get(copy.public, "/sessions/whoami", token(&other)).status, 200);
        seen.extend(last_active(&beside, &here));
        assert!(Instant::now() < deadline, "{seen:?}");
    }
    let killed = Clock::system().now();
    copy.running.0.kill().unwrap();
    copy.running.0.wait().unwrap();
    let age = killed - last_active(&beside, &here).unwrap();
    // The interval that was lost, that to which times are exact, and the writing of it.
    assert!(age < time::Duration::seconds(3), "{age}");
}

#[test]
fn more_than_are_kept_are_written_early() {
    let own = Own::start(&[("activity.interval", "24h")]);
    let here = session(10);
    own.issue(&person(), std::slice::from_ref(&here));
    let activity = own.service.app.activity();
    activity.note(here.session.id, NOW);
    // Of sessions that are not there: it is about their number.
    (0..100_000).for_each(|_| activity.note(Uuid::new_v4(), NOW));
    let ids = [here.session.id];
    let seen = async {
        while own.service.repository.last_activity(&ids).await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    let early = async {
        tokio::select! {
            never = activity.keep_written() => match never {},
            () = seen => {}
        }
    };
    let limit = Duration::from_mins(1);
    own.service.wait(async { tokio::time::timeout(limit, early).await }).unwrap();
}

#[test]
fn many_are_written_in_batches_and_a_clock_may_go_back() {
    let database = Database::empty(Kind::Sqlite);
    let settings = config([("database.url", database.url.as_str())]);
    let service = Service::start(&settings, Clock::fixed(NOW));
    let sessions: Vec<_> = (0..2500).map(session).collect();
    service.issue(&person(), &sessions);
    let activity = service.app.activity();
    for seconds in [0, 3600, -3600] {
        for issue in &sessions {
            activity.note(issue.session.id, NOW + time::Duration::seconds(seconds));
        }
    }
    service.wait(activity.write()).unwrap();
    let ids: Vec<_> = sessions.iter().map(|issue| issue.session.id).collect();
    for ids in ids.chunks(1000) {
        let hour_ago = NOW - time::Duration::hours(1);
        assert!(known(service.repository.as_ref(), ids).iter().all(|at| *at == Some(hour_ago)));
    }
}
