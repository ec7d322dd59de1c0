//! Missing columns and tables: an outage until they are back, unless older versions lack them, too.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::database::kratos_migrations::fixture::{UNUSABLE, USABLE, beside_25, is_served};
use crate::database::kratos_migrations::traffic::{SESSIONS, during};
use crate::support::databases::{Kind, on_every_database};
use crate::support::http_client::get;
use crate::support::people::{TestService, person, session};
use crate::support::wait::wait_until;

on_every_database! {
    a_renamed_column_is_an_outage_until_it_is_back,
    a_dropped_table_is_an_outage_until_it_is_back,
    a_column_that_older_versions_lack_may_be_dropped,
    a_missing_table_of_the_own_schema_is_an_outage,
}

const RENAME: &str = "ALTER TABLE identities RENAME COLUMN";

fn a_renamed_column_is_an_outage_until_it_is_back(kind: Kind) {
    outage(
        kind,
        &[&format!("{RENAME} schema_id TO schema_id_of_tomorrow")],
        &[&format!("{RENAME} schema_id_of_tomorrow TO schema_id")],
        "missing column identities.schema_id",
    );
}

fn a_dropped_table_is_an_outage_until_it_is_back(kind: Kind) {
    outage(
        kind,
        &["CREATE TABLE copy AS SELECT * FROM session_devices", "DROP TABLE session_devices"],
        &["CREATE TABLE session_devices AS SELECT * FROM copy"],
        "missing table session_devices",
    );
}

fn outage(kind: Kind, change: &[&str], restore: &[&str], missing: &str) {
    let service = beside_25(kind, 3);
    let calls = ["/sessions", "/sessions/whoami"];
    // On all connections, which keep their prepared statements.
    let ask = |expected: u16| {
        let served = AtomicU32::new(0);
        std::thread::scope(|scope| {
            for nth in 0..12 {
                let (service, served) = (&service, &served);
                scope.spawn(move || {
                    let answer = service.ask(calls[nth % 2]);
                    served.fetch_add(is_served(&answer, expected).into(), Ordering::Relaxed);
                });
            }
        });
        served.into_inner()
    };
    assert_eq!(ask(200), 12);
    assert_eq!(service.ready(), 200);
    assert_eq!(service.logged(UNUSABLE), [0; 0]);

    for sql in change {
        service.database.run(sql);
    }
    for _ in 0..3 {
        assert_eq!(ask(200), 0);
    }
    wait_until("not ready", || service.ready() == 503);
    wait_until("the outage is logged", || !service.logged(UNUSABLE).is_empty());

    for sql in restore {
        service.database.run(sql);
    }
    assert_eq!(ask(200), 12);
    wait_until("ready again", || service.ready() == 200);
    assert_eq!(service.ask("/sessions").ids().len(), 2);
    wait_until("the end is logged", || !service.logged(USABLE).is_empty());
    let lines = service.logged(UNUSABLE);
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0]["problem"].as_str().unwrap().ends_with(missing), "{lines:?}");
    assert_eq!(service.logged(USABLE).len(), 1);
}

fn a_column_that_older_versions_lack_may_be_dropped(kind: Kind) {
    const ORGANIZATION: &str = "44444444-4444-4444-8444-444444444444";
    let service = beside_25(kind, SESSIONS);
    service.database.run(&format!("UPDATE identities SET organization_id = '{ORGANIZATION}'"));
    let organization =
        || service.ask("/sessions/whoami").json()["identity"]["organization_id"].clone();
    assert_eq!(organization(), ORGANIZATION);
    during(&service, |served| {
        served.wait_for_more();
        service.database.run(&format!("{RENAME} organization_id TO organization_of_tomorrow"));
        wait_until("the column is gone", || organization().is_null());
        served.wait_for_more();
        service.database.run(&format!("{RENAME} organization_of_tomorrow TO organization_id"));
        wait_until("the column is back", || {
            assert!([200, 503].contains(&service.ready()));
            organization() == ORGANIZATION
        });
    });
    wait_until("ready", || service.ready() == 200);
    assert_eq!(service.logged(UNUSABLE), [0; 0]);
}

fn a_missing_table_of_the_own_schema_is_an_outage(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let sessions = [session(1), session(2)];
    test.issue(&person(), &sessions);
    let ask = || {
        let token = sessions[0].token.expose();
        get(test.service.public, "/sessions", token)
    };
    assert!(is_served(&ask(), 200));
    test.database.run("ALTER TABLE session_devices RENAME TO devices_of_tomorrow");
    assert!(!is_served(&ask(), 200));
    test.database.run("ALTER TABLE devices_of_tomorrow RENAME TO session_devices");
    assert!(is_served(&ask(), 200));
    assert_eq!(ask().ids().len(), 1);
}
