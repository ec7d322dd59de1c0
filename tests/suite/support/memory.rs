//! Replicas that answer `whoami` from memory.

use std::net::SocketAddr;

use crate::support::http_client::{get, send};
use crate::support::wait::wait_until;

/// The value of a metric without labels.
#[track_caller]
pub fn metric(admin: SocketAddr, name: &str) -> u64 {
    let text = send(admin, "GET", "/metrics/prometheus", &[]).body;
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.unwrap_or_else(|| panic!("no {name}: {text}")).parse().unwrap()
}

/// Waits until a replica has noticed everything that has happened so far. A look that is under way may
/// have begun before.
#[track_caller]
fn wait_for_a_look(admin: SocketAddr) {
    let looks = || metric(admin, "elsewhere_cache_look_duration_seconds_count");
    let before = looks();
    wait_until("two looks for changes", || looks() >= before + 2);
}

/// Waits until a replica answers `whoami` with this token from memory. It then does so until there is
/// another change.
#[track_caller]
pub fn warm(public: SocketAddr, admin: SocketAddr, token: &str) {
    wait_for_a_look(admin);
    wait_until("an answer from memory", || {
        let before = metric(admin, "elsewhere_cache_hits_total");
        assert_eq!(get(public, "/sessions/whoami", token).status, 200);
        metric(admin, "elsewhere_cache_hits_total") > before
    });
}
