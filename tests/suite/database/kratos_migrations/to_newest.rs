//! From each older version to the newest one: requests go on, and the new columns are read.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::database::kratos_migrations::fixture::BesideKratos;
use crate::database::kratos_migrations::traffic::{SESSIONS, during};
use crate::support::databases::{Kind, on_every_database};
use crate::support::kratos::older_versions::older_versions;
use crate::support::wait::wait_until;

on_every_database! { requests_go_on_while_kratos_migrates_to_the_newest_version }

fn requests_go_on_while_kratos_migrates_to_the_newest_version(kind: Kind) {
    const ORGANIZATION: &str = "44444444-4444-4444-8444-444444444444";
    for version in older_versions(kind) {
        let service = BesideKratos::start(version.database(kind, SESSIONS), &[]);
        let served = during(&service, |served| {
            served.wait_for_more();
            for step in version.steps_to_newest(kind) {
                service.database.run(step);
                served.wait_for_more();
            }
            service.database.run(&format!(
                "UPDATE identities SET external_id = 'ana-1', organization_id = '{ORGANIZATION}'"
            ));
            wait_until("the new columns are read", || {
                // The check of the readiness looks for them, too.
                assert!([200, 503].contains(&service.ready()));
                service.ask("/sessions/whoami").json()["identity"]["external_id"] == "ana-1"
            });
        });
        assert!(served.revocations.load(Ordering::Relaxed) > 0, "{}", version.name);
        let whoami = service.ask("/sessions/whoami").json();
        assert_eq!(whoami["identity"]["organization_id"], ORGANIZATION, "{}", version.name);
        wait_until("ready", || service.ready() == 200);
    }
}

/// Nothing fails because of a column that is added, and nobody asks for the readiness here.
#[test]
fn an_added_level_counts_within_seconds() {
    let database = older_versions(Kind::Sqlite)[0].database(Kind::Sqlite, 1);
    let settings = [("ELSEWHERE_SESSION__REQUIRED_AAL", "highest_available")];
    let service = BesideKratos::start(database, &settings);
    assert_eq!(service.ask("/sessions/whoami").status, 200);
    service.database.run(
        "ALTER TABLE identities ADD COLUMN available_aal VARCHAR(4) NULL;
         UPDATE identities SET available_aal = 'aal2';",
    );
    let began = Instant::now();
    wait_until("a second factor is required", || {
        let answer = service.ask("/sessions/whoami");
        assert!([200, 403].contains(&answer.status), "{answer:?}");
        answer.status == 403
    });
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
}
