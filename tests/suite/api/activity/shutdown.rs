//! Activity that a stopped or killed replica has noted.

use elsewhere::clock::Clock;
use elsewhere::repository::NewSession;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::api::activity::fixture::{EXPAND, token};
use crate::support::databases::{Database, Kind, on_every_database};
use crate::support::http_client::get;
use crate::support::people::{NOW, person, session};
use crate::support::process::Replica;
use crate::support::service::{Service, config};
use crate::support::wait::wait_until;

on_every_database! {
    stopping_replica_writes_all_activity,
    killed_replica_loses_at_most_one_interval,
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
    assert!(replica.running.wait().success());
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
    wait_until("three different times are seen", || {
        assert_eq!(get(replica.public, "/sessions/whoami", token(&other)).status, 200);
        seen.extend(shown_last_activity(&observer, &here));
        seen.len() >= 3
    });
    let killed = Clock::system().now();
    replica.running.0.kill().unwrap();
    replica.running.wait();
    let age = killed - shown_last_activity(&observer, &here).unwrap();
    // The lost interval, the precision of one interval, and the time that writing takes.
    assert!(age < time::Duration::seconds(3), "{age}");
}
