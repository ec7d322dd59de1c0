//! Metrics for Prometheus.

use crate::support::databases::{Database, Kind};
use crate::support::http_client::{get, send};
use crate::support::people::{TestService, person, session};
use crate::support::process::Replica;
use crate::support::sign_in::SignIn;
use crate::support::wait::wait_until;
use std::collections::BTreeMap;

/// The metric values, by name with labels.
fn scrape(test: &TestService) -> BTreeMap<String, f64> {
    let answer = send(test.service.admin, "GET", "/metrics/prometheus", &[]);
    assert_eq!(answer.status, 200);
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!(answer.header("content-type"), kind);
    assert!(answer.body.ends_with("# EOF\n"));
    let lines = answer.body.lines().filter(|line| !line.starts_with('#'));
    let value = |line: &str| {
        let (name, value) = line.rsplit_once(' ').unwrap();
        (name.to_owned(), value.parse().unwrap())
    };
    lines.map(value).collect()
}

#[test]
fn requests_credentials_sessions_and_the_database_are_counted() {
    let test = TestService::start(&[]);
    let sessions = [session(1), session(2), session(3)];
    test.issue(&person(), &sessions);
    let public = test.service.public;
    let token = sessions[0].token.expose();
    get(public, "/sessions", token);
    get(public, "/sessions", "ory_st_nobodys");
    send(public, "GET", "/sessions/whoami", &[]);
    let path = format!("/sessions/{}", sessions[2].session.id);
    send(public, "DELETE", &path, &[("X-Session-Token", token.as_bytes())]);
    send(public, "BREW", "/coffee/pot", &[]);
    let values = scrape(&test);
    let is = |name: &str, expected: f64| {
        assert_eq!(values.get(name), Some(&expected), "{name} of {values:#?}");
    };
    let requests = |route: &str, method: &str, status: u16| {
        format!(
            "elsewhere_http_requests_total{{listener=\"public\",route=\"{route}\",method=\"{method}\",\
             status=\"{status}\"}}"
        )
    };
    is(&requests("/sessions", "GET", 200), 1.0);
    is(&requests("/sessions", "GET", 401), 1.0);
    is(&requests("/sessions/whoami", "GET", 401), 1.0);
    is(&requests("/sessions/{id}", "DELETE", 204), 1.0);
    is(&requests("none", "other", 404), 1.0);
    let route = "{listener=\"public\",route=\"/sessions\"}";
    is(&format!("elsewhere_http_request_duration_seconds_count{route}"), 2.0);
    let credentials = |credential: &str, outcome: &str| {
        format!(
            "elsewhere_authentications_total{{credential=\"{credential}\",outcome=\"{outcome}\"}}"
        )
    };
    is(&credentials("token", "accepted"), 2.0);
    is(&credentials("token", "unknown"), 1.0);
    is(&credentials("none", "missing"), 1.0);
    is("elsewhere_sessions_total{event=\"ended\"}", 1.0);
    is("elsewhere_database_pending_acquires{pool=\"readers\"}", 0.0);
    is("elsewhere_build_info{version=\"0.1.0\"}", 1.0);
    assert!(values["elsewhere_database_call_duration_seconds_count{pool=\"readers\"}"] >= 3.0);
    assert!(values["process_resident_memory_bytes"] > 1e6);
}

#[test]
fn values_made_up_by_clients_create_no_new_label() {
    let test = TestService::start(&[]);
    let public = test.service.public;
    let made_up = |nth: usize| {
        let (id, request_id) = (uuid::Uuid::new_v4(), nth.to_string());
        let request_id: &[(&str, &[u8])] = &[("X-Request-Id", request_id.as_bytes())];
        send(public, &format!("BREW{nth}"), "/nothing", &[]);
        send(public, "GET", &format!("/nothing/{nth}"), &[]);
        send(public, &format!("BREW{nth}"), &format!("/sessions/{id}"), request_id);
        send(public, "DELETE", &format!("/sessions/{id}?{nth}"), &[]);
        get(public, &format!("/sessions?page_size={nth}"), &format!("ory_st_{nth}"));
        // This is not a valid request: it is answered before it is counted.
        send(public, "GET", &format!("/nothing/{nth}\"}}\n"), &[]);
    };
    made_up(0);
    // The metrics of the scrapes themselves are present from the second scrape on.
    scrape(&test);
    let before: Vec<_> = scrape(&test).into_keys().collect();
    (1..50).for_each(made_up);
    let after: Vec<_> = scrape(&test).into_keys().collect();
    assert_eq!(after, before);
}

/// A running service prunes by itself.
#[test]
fn background_pruning_is_counted() {
    let database = Database::empty(Kind::Sqlite);
    let settings = [
        ("database.url", database.url.as_str()),
        ("session.lifespan", "100ms"),
        ("session.retention", "100ms"),
        ("session.prune_interval", "100ms"),
    ];
    let replica = Replica::start(&settings);
    for _ in 0..3 {
        SignIn::new(uuid::Uuid::new_v4()).at(replica.admin);
    }
    let pruned = "elsewhere_sessions_total{event=\"pruned\"} 3";
    wait_until("the pruned sessions are counted", || {
        send(replica.admin, "GET", "/metrics/prometheus", &[]).body.contains(pruned)
    });
}
