//! Cleanup: activity of deleted sessions is deleted.

use uuid::Uuid;

use crate::api::activity::fixture::last_activity;
use crate::support::databases::{Kind, on_every_database};
use crate::support::http_client::send;
use crate::support::people::{NOW, TestService, person, session};
use crate::support::process::Replica;
use crate::support::wait::wait_until;

on_every_database! { activity_of_deleted_sessions_is_deleted }

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
    let count_active = |ids: &[Uuid]| {
        let parts =
            ids.chunks(1000).map(|ids| last_activity(test.service.repository.as_ref(), ids));
        parts.flatten().flatten().count()
    };
    wait_until("the activity is deleted", || count_active(&ids[..1400]) == 0);
    drop(replica);
    assert_eq!(count_active(&ids[1400..]), 100);
}
