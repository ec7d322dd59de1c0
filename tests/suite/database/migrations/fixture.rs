//! Helpers of these tests: interrupted and uninterrupted starts.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::database::migrations::target::{MigrationTarget, start_service};
use crate::support::databases::Kind;
use crate::support::process::RunningProcess;
use crate::support::proxy::Proxy;

/// The number of starts at the same time. Most of them wait for the lease of a killed process.
const AT_A_TIME: usize = 12;

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

/// Starts a service on each target, and asserts that every schema is complete.
pub fn assert_next_start_completes(targets: &[MigrationTarget], description: &[String]) {
    for_each(targets, |target| {
        drop(target.serve());
        target.assert_complete(description);
    });
}

/// Runs something for each item, a few at a time. Dozens of starts at once would take all of the
/// machine from the tests beside this one, whose requests then time out.
pub fn for_each<T: Send>(
    items: impl IntoIterator<Item = T, IntoIter: Send>,
    run: impl Fn(T) + Sync,
) {
    let items = Mutex::new(items.into_iter());
    let next = || items.lock().unwrap().next();
    std::thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                while let Some(item) = next() {
                    run(item);
                }
            });
        }
    });
}
