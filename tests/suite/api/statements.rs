//! The number of database statements that a request costs, whatever is switched on.

use crate::support::databases::{Kind, on_every_database};
use crate::support::http_client::{get, send};
use crate::support::people::{TestService, person, session};

on_every_database! { list_and_whoami_are_one_statement_each }

const REQUESTS: u64 = 100;

/// Everything that sessions of the service's own may have. Answers from memory need no statement
/// ([`crate::api::cache`]).
const SETTINGS: [(&str, &str); 5] = [
    ("cache.enabled", "false"),
    ("session.idle_timeout", "30m"),
    ("session.max_per_identity", "5"),
    ("session.limit_policy", "evict_least_recent"),
    ("session.required_aal", "highest_available"),
];

/// The calls of the database so far.
fn calls(test: &TestService) -> u64 {
    let metrics = send(test.service.admin, "GET", "/metrics/prometheus", &[]).body;
    let counts = metrics
        .lines()
        .filter(|line| line.starts_with("elsewhere_database_call_duration_seconds_count"));
    counts.map(|line| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap()).sum()
}

/// The statements that a request costs. Background work adds some, but fewer than a half for each
/// of so many requests.
fn statements(test: &TestService, path: &str, token: &str) -> u64 {
    let before = calls(test);
    for _ in 0..REQUESTS {
        assert_eq!(get(test.service.public, path, token).status, 200);
    }
    (calls(test) - before + REQUESTS / 2) / REQUESTS
}

fn list_and_whoami_are_one_statement_each(kind: Kind) {
    let test = TestService::start_on(kind, &SETTINGS);
    let sessions = [session(1), session(2), session(3)];
    test.issue(&person(), &sessions);
    let token = sessions[0].token.expose();
    assert_eq!(statements(&test, "/sessions", token), 1);
    assert_eq!(statements(&test, "/sessions/whoami", token), 1);
}
