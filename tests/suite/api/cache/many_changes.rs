//! More changes than a look reads.

use crate::support::databases::{Kind, on_every_server};
use crate::support::http_client::{get, send};
use crate::support::memory::{metric, warm};
use crate::support::people::{TestService, person, session};
use crate::support::process::Replica;
use crate::support::wait::wait_until;

on_every_server! { a_replica_that_missed_many_changes_answers_none_as_before }

fn a_replica_that_missed_many_changes_answers_none_as_before(kind: Kind) {
    const SESSIONS: i64 = 2_500;
    let test = TestService::start_on(kind, &[]);
    // This replica's clock is later than that of the test.
    let mut sessions: Vec<_> = (0..SESSIONS).map(session).collect();
    for one in &mut sessions {
        one.session.expires_at += time::Duration::days(300);
    }
    let person = person();
    test.issue(&person, &sessions);
    let frozen = Replica::start(&[("database.url", &test.database.url)]);
    let hot: Vec<_> = sessions.iter().step_by(100).collect();
    for one in &hot {
        warm(frozen.public, frozen.admin, one.token.expose());
    }
    frozen.running.signal("STOP");
    let path = format!("/admin/identities/{}/sessions", person.id);
    assert_eq!(send(test.service.admin, "DELETE", &path, &[]).status, 204);
    frozen.running.signal("CONT");
    let refused = || {
        hot.iter()
            .all(|one| get(frozen.public, "/sessions/whoami", one.token.expose()).status == 401)
    };
    assert!(refused());
    wait_until("a lease", || metric(frozen.admin, "elsewhere_cache_has_lease") == 1);
    assert!(refused());
}
