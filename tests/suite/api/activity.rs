//! Last activity of sessions: noted at each call, written in the background, and shown
//! with `expand=activity`.

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
use crate::support::people::{NOW, TestService, person, session};
use crate::support::process::{Replica, elsewhere};
use crate::support::service::{Service, config, variable};

on_every_database! {
    sessions_show_when_they_were_last_used,
    session_is_written_once_per_interval_across_replicas,
    failed_write_is_retried_later,
    activity_of_deleted_sessions_is_deleted,
    beside_kratos_the_table_is_created_only_by_migrate_activity,
    stopping_replica_writes_all_activity,
    killed_replica_loses_at_most_one_interval,
}

const EXPAND: &str = "expand=activity";

fn token(issued: &NewSession) -> &str {
    issued.token.expose()
}

/// The last activity of some sessions, as read by a repository.
fn last_activity(
    repository: &dyn SessionRepository,
    sessions: &[Uuid],
) -> Vec<Option<OffsetDateTime>> {
    let last_activity =
        Runtime::new().unwrap().block_on(repository.last_activity(sessions)).unwrap();
    sessions.iter().map(|session| last_activity.get(session).copied()).collect()
}

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
    test.service.wait(test.service.app.activity().write()).unwrap();
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
    test.service.wait(test.service.app.activity().write()).unwrap();
    assert_eq!(last_activity(test.service.repository.as_ref(), &[here.session.id]), [None]);
}

fn session_is_written_once_per_interval_across_replicas(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let sessions: Vec<_> = (0..1000).map(session).collect();
    test.issue(&person(), &sessions);
    let ids: Vec<_> = sessions.iter().map(|issued| issued.session.id).collect();
    let replicas = [&test.service, &test.another_replica()];
    let minute = time::Duration::minutes(1);
    for (at, expected) in [(NOW, 1000), (NOW, 0), (NOW - minute, 0), (NOW + minute, 1000)] {
        // Both replicas write at the same time, in different orders.
        let written: u64 = std::thread::scope(|scope| {
            let both = [0, 1].map(|nth| {
                let (replica, mut ids) = (replicas[nth], ids.clone());
                scope.spawn(move || {
                    ids.rotate_left(nth * 500);
                    replica.wait(replica.repository.note_activity(&ids, at)).unwrap()
                })
            });
            both.into_iter().map(|one| one.join().unwrap()).sum()
        });
        assert_eq!(written, expected, "{at}");
    }
    let note = |ids: &[Uuid], at| test.service.wait(test.service.repository.note_activity(ids, at));
    assert_eq!(note(&[Uuid::new_v4()], NOW).unwrap(), 0, "of a session that does not exist");
    // The clock was wrong by years and is right again.
    assert_eq!(note(&ids[..3], NOW + time::Duration::days(14_600)).unwrap(), 3);
    assert_eq!(note(&ids[..3], NOW).unwrap(), 3);
    let last_activity = last_activity(test.service.repository.as_ref(), &ids[2..4]);
    assert_eq!(last_activity, [Some(NOW), Some(NOW + minute)]);
}

fn failed_write_is_retried_later(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let here = session(10);
    test.issue(&person(), std::slice::from_ref(&here));
    let write = || test.service.wait(test.service.app.activity().write());
    test.database.run("ALTER TABLE elsewhere_activity RENAME TO gone");
    for path in ["/sessions", "/sessions/whoami"] {
        assert_eq!(get(test.service.public, path, token(&here)).status, 200);
    }
    assert!(write().is_err());
    test.database.run("ALTER TABLE gone RENAME TO elsewhere_activity");
    write().unwrap();
    assert_eq!(
        last_activity(test.another_replica().repository.as_ref(), &[here.session.id]),
        [Some(NOW)]
    );
}

fn activity_of_deleted_sessions_is_deleted(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let sessions: Vec<_> = (0..1500).map(session).collect();
    let [ana, bob] = [person(), person()];
    test.issue(&ana, &sessions[..1400]);
    test.issue(&bob, &sessions[1400..]);
    let ids: Vec<_> = sessions.iter().map(|issued| issued.session.id).collect();
    for ids in ids.chunks(1000) {
        test.service.wait(test.service.repository.note_activity(ids, NOW)).unwrap();
    }
    let path = format!("/admin/identities/{}", ana.id);
    assert_eq!(send(test.service.admin, "DELETE", &path, &[]).status, 204);
    // A replica does this at its start and once a day.
    let replica = Replica::start(&[("database.url", &test.database.url)]);
    let deadline = Instant::now() + Duration::from_secs(30);
    let count_active = |ids: &[Uuid]| {
        let parts =
            ids.chunks(1000).map(|ids| last_activity(test.service.repository.as_ref(), ids));
        parts.flatten().flatten().count()
    };
    while count_active(&ids[..1400]) > 0 {
        assert!(Instant::now() < deadline, "still there");
        std::thread::sleep(Duration::from_millis(20));
    }
    drop(replica);
    assert_eq!(count_active(&ids[1400..]), 100);
}

fn beside_kratos_the_table_is_created_only_by_migrate_activity(kind: Kind) {
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
    let path = format!("/sessions/whoami?{EXPAND}");
    {
        let without = Service::start(&config(settings("")), clock());
        let shown = get(without.public, &path, token).json();
        assert_eq!(shown.get("last_active_at"), Some(&Value::Null));
        without.wait(without.app.activity().write()).unwrap();
    }
    assert!(open("true").is_err(), "no table was created");

    for _ in 0..2 {
        let environment = settings("true").map(|(key, value)| (variable(key), value));
        let migrated = elsewhere(&folder, &["migrate", "--activity"]).envs(environment).output();
        let migrated = migrated.unwrap();
        assert!(migrated.status.success(), "{migrated:?}");
    }
    let with = Service::start(&config(settings("true")), clock());
    assert_eq!(get(with.public, "/sessions/whoami", token).status, 200);
    with.wait(with.app.activity().write()).unwrap();
    let replica = Service::start(&config(settings("true")), clock());
    let session = get(with.public, "/sessions/whoami", token).json()["id"].clone();
    let session = session.as_str().unwrap().parse().unwrap();
    let at = time::macros::datetime!(2026-11-24 09:35 UTC);
    assert_eq!(last_activity(replica.repository.as_ref(), &[session]), [Some(at)]);
    // The activity of a session that Kratos has deleted is deleted.
    let forget =
        || replica.wait(replica.repository.forget_deleted(Uuid::nil(), BatchSize::MAX)).unwrap();
    assert_eq!(forget(), None);
    assert_eq!(last_activity(replica.repository.as_ref(), &[session]), [Some(at)]);
    database.run(&format!("DELETE FROM sessions WHERE id = '{session}'"));
    assert_eq!(forget(), None);
    assert_eq!(last_activity(replica.repository.as_ref(), &[session]), [None]);
}

/// Two sessions of one person, for processes, which use the system's clock.
fn two_sessions(url: &str) -> [NewSession; 2] {
    let service = Service::start(&config([("database.url", url)]), Clock::fixed(NOW));
    let sessions = [session(10), session(20)].map(|mut issued| {
        issued.session.expires_at += time::Duration::days(36_500);
        issued
    });
    service.issue(&person(), &sessions);
    sessions
}

/// The last activity of the only other session, as shown to its owner.
fn shown_last_activity(replica: &Replica, here: &NewSession) -> Option<OffsetDateTime> {
    let others = get(replica.public, &format!("/sessions?{EXPAND}"), token(here)).json();
    let at = others[0].get("last_active_at").unwrap_or_else(|| panic!("{others}"));
    at.as_str().map(|at| OffsetDateTime::parse(at, &Rfc3339).unwrap())
}

fn stopping_replica_writes_all_activity(kind: Kind) {
    let database = Database::empty(kind);
    let [here, other] = two_sessions(&database.url);
    let settings = [("database.url", database.url.as_str()), ("activity.interval", "1h")];
    let mut replica = Replica::start(&settings);
    assert_eq!(get(replica.public, "/sessions/whoami", token(&other)).status, 200);
    replica.running.signal("TERM");
    assert!(replica.running.0.wait().unwrap().success());
    let replica = Replica::start(&settings);
    let at = shown_last_activity(&replica, &here).unwrap();
    let age = Clock::system().now() - at;
    assert!(age < time::Duration::hours(2), "{age}");
}

fn killed_replica_loses_at_most_one_interval(kind: Kind) {
    let database = Database::empty(kind);
    let [here, other] = two_sessions(&database.url);
    let settings = [("database.url", database.url.as_str()), ("activity.interval", "1s")];
    let mut replica = Replica::start(&settings);
    let observer = Replica::start(&settings);
    // The session is in constant use. Another replica sees three different times.
    let mut seen = std::collections::BTreeSet::new();
    let deadline = Instant::now() + Duration::from_secs(30);
    while seen.len() < 3 {
        assert_eq!(get(replica.public, "/sessions/whoami", token(&other)).status, 200);
        seen.extend(shown_last_activity(&observer, &here));
        assert!(Instant::now() < deadline, "{seen:?}");
    }
    let killed = Clock::system().now();
    replica.running.0.kill().unwrap();
    replica.running.0.wait().unwrap();
    let age = killed - shown_last_activity(&observer, &here).unwrap();
    // The lost interval, the precision of one interval, and the time that writing takes.
    assert!(age < time::Duration::seconds(3), "{age}");
}

#[test]
fn full_buffer_is_written_early() {
    let test = TestService::start(&[("activity.interval", "24h")]);
    let here = session(10);
    test.issue(&person(), std::slice::from_ref(&here));
    let activity = test.service.app.activity();
    activity.note(here.session.id, NOW);
    // These sessions do not exist: only their number matters.
    (0..100_000).for_each(|_| activity.note(Uuid::new_v4(), NOW));
    let ids = [here.session.id];
    let seen = async {
        while test.service.repository.last_activity(&ids).await.unwrap().is_empty() {
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
    test.service.wait(async { tokio::time::timeout(limit, early).await }).unwrap();
}

#[test]
fn many_sessions_are_written_in_batches_and_the_clock_may_go_back() {
    let database = Database::empty(Kind::Sqlite);
    let settings = config([("database.url", database.url.as_str())]);
    let service = Service::start(&settings, Clock::fixed(NOW));
    let sessions: Vec<_> = (0..2500).map(session).collect();
    service.issue(&person(), &sessions);
    let activity = service.app.activity();
    for seconds in [0, 3600, -3600] {
        for issued in &sessions {
            activity.note(issued.session.id, NOW + time::Duration::seconds(seconds));
        }
    }
    service.wait(activity.write()).unwrap();
    let ids: Vec<_> = sessions.iter().map(|issued| issued.session.id).collect();
    for ids in ids.chunks(1000) {
        let hour_ago = NOW - time::Duration::hours(1);
        assert!(
            last_activity(service.repository.as_ref(), ids).iter().all(|at| *at == Some(hour_ago))
        );
    }
}
