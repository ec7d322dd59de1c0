//! Helpers of these tests: interrupted and uninterrupted starts.

use std::time::{Duration, Instant};

use crate::database::migrations::target::{MigrationTarget, start_service};
use crate::support::databases::Kind;
use crate::support::process::RunningProcess;
use crate::support::proxy::Proxy;

/// The schema after an uninterrupted start, and the duration of that start.
pub fn uninterrupted(kind: Kind) -> (Vec<String>, Duration) {
    let target = MigrationTarget::new(kind);
    let began = Instant::now();
    let replica = target.serve();
    let took = began.elapsed();
    drop(replica);
    (target.description(), took)
}

pub fn kill(mut running: RunningProcess) {
    running.0.kill().unwrap();
    running.wait();
}

/// Kills a first start after it has sent this statement and before the server receives it.
pub fn kill_before(target: &MigrationTarget, step: &str) {
    let folder = tempfile::tempdir().unwrap();
    let (proxy, url) = Proxy::start(&target.url);
    proxy.hold(step);
    let process = start_service(&folder, &url);
    proxy.wait_until_held();
    kill(process);
}

/// Starts a service on each target, all concurrently, and asserts that every schema is complete.
pub fn assert_next_start_completes(targets: &[MigrationTarget], description: &[String]) {
    std::thread::scope(|scope| {
        for target in targets {
            scope.spawn(|| {
                drop(target.serve());
                target.assert_complete(description);
            });
        }
    });
}
