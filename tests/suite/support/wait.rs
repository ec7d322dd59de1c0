//! Waits with a limit: a test that waits without one hangs instead of failing.
//!
//! `clippy.toml` forbids the blocking calls of the standard library that have no limit.

use std::fmt::Debug;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use tokio::time::timeout;

/// The limit of a wait whose duration is not the point of its test. Machines of CI are slow.
pub const LIMIT: Duration = Duration::from_secs(30);

/// The limit of work that takes long on a slow machine: a program, SQL, the reading of a log.
pub const WORK_LIMIT: Duration = Duration::from_mins(3);

const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// Polls until the condition holds.
#[track_caller]
pub fn wait_until(what: &str, condition: impl FnMut() -> bool) {
    wait_until_within(LIMIT, what, condition);
}

/// Polls until the condition holds, in a test that asserts this limit.
#[track_caller]
pub fn wait_until_within(limit: Duration, what: &str, mut condition: impl FnMut() -> bool) {
    let holds = poll(limit, || condition().then_some(()).ok_or(()));
    assert!(holds.is_ok(), "not within {limit:?}: {what}");
}

/// Polls until there is a value. Panics with the last error otherwise.
#[track_caller]
pub fn wait_for<T, E: Debug>(what: &str, value: impl FnMut() -> Result<T, E>) -> T {
    match poll(LIMIT, value) {
        Ok(value) => value,
        Err(error) => panic!("not within {LIMIT:?}: {what}: {error:?}"),
    }
}

/// Polls until there is a value. Returns the last error if that takes longer than the limit.
pub fn poll<T, E>(limit: Duration, mut value: impl FnMut() -> Result<T, E>) -> Result<T, E> {
    let began = Instant::now();
    loop {
        let polled = value();
        if polled.is_ok() || began.elapsed() > limit {
            return polled;
        }
        std::thread::sleep(POLL_INTERVAL);
    }
}

/// Sets the flag on which threads of a scope end, also if the scope's own code panics: the scope
/// waits for its threads.
pub struct SetOnDrop<'a>(pub &'a AtomicBool);

impl Drop for SetOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

pub trait BlockOnInTime {
    /// Waits for a future. Panics at the limit of work.
    fn block_on_in_time<T>(&self, future: impl Future<Output = T>) -> T;
}

impl BlockOnInTime for Runtime {
    #[track_caller]
    fn block_on_in_time<T>(&self, future: impl Future<Output = T>) -> T {
        let done = self.block_on(async { timeout(WORK_LIMIT, future).await });
        assert!(done.is_ok(), "not within {WORK_LIMIT:?}: the end of a future");
        done.unwrap()
    }
}
