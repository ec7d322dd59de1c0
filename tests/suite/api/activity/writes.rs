//! Writes of the noted activity: in batches, once per interval, and again after a failure.

use std::sync::Arc;

use elsewhere::clock::Clock;
use elsewhere::service::ActivityTracker;
use uuid::Uuid;

use crate::api::activity::fixture::{last_activity, token};
use crate::support::databases::{Database, Kind, on_every_database};
use crate::support::http_client::get;
use crate::support::people::{NOW, TestService, person, session};
use crate::support::service::{Service, config};

on_every_database! {
    session_is_written_once_per_interval_across_replicas,
    failed_write_is_retried_later,
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
    let write = || test.service.wait(test.service.sessions.flush_activity());
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

#[test]
fn full_buffer_is_written_early() {
    let test = TestService::start(&[("activity.interval", "24h")]);
    let here = session(10);
    test.issue(&person(), std::slice::from_ref(&here));
    let settings = config([("activity.interval", "24h")]);
    let activity = ActivityTracker::new(&settings, Arc::clone(&test.service.repository));
    activity.record(here.session.id, NOW);
    // These sessions do not exist: only their number matters.
    (0..100_000).for_each(|_| activity.record(Uuid::new_v4(), NOW));
    let ids = [here.session.id];
    let seen = async {
        while test.service.repository.last_activity(&ids).await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    let early = async {
        tokio::select! {
            never = activity.keep_flushed() => match never {},
            () = seen => {}
        }
    };
    test.service.wait(early);
}

#[test]
fn many_sessions_are_written_in_batches_and_the_clock_may_go_back() {
    let database = Database::empty(Kind::Sqlite);
    let settings = config([("database.url", database.url.as_str())]);
    let service = Service::start(&settings, Clock::fixed(NOW));
    let sessions: Vec<_> = (0..2500).map(session).collect();
    service.issue(&person(), &sessions);
    let activity = ActivityTracker::new(&settings, Arc::clone(&service.repository));
    for seconds in [0, 3600, -3600] {
        for issued in &sessions {
            activity.record(issued.session.id, NOW + time::Duration::seconds(seconds));
        }
    }
    service.wait(activity.flush()).unwrap();
    let ids: Vec<_> = sessions.iter().map(|issued| issued.session.id).collect();
    for ids in ids.chunks(1000) {
        let hour_ago = NOW - time::Duration::hours(1);
        assert!(
            last_activity(service.repository.as_ref(), ids).iter().all(|at| *at == Some(hour_ago))
        );
    }
}
