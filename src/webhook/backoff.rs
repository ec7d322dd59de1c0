//! The time between two tries.

use std::time::Duration;

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_mins(10);

/// The pause after this many failed tries, at least one: it doubles each time, up to a limit. A
/// random part of up to a quarter keeps receivers from getting all repetitions at once.
pub(super) fn pause(tries: u32) -> Duration {
    let doubled = FIRST.saturating_mul(1 << tries.saturating_sub(1).min(20));
    doubled.min(LONGEST).mul_f64(1.0 - rand::random::<f64>() / 4.0)
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, pause};
    use std::time::Duration;

    #[test]
    fn pauses_double_up_to_a_limit() {
        for (tries, most) in [(1, 1), (2, 2), (5, 16), (10, 512), (11, 600), (u32::MAX, 600)] {
            let (pause, most) = (pause(tries), Duration::from_secs(most));
            assert!(pause <= most && pause >= most.mul_f64(0.75), "{tries}: {pause:?}");
        }
        assert_eq!(LONGEST, Duration::from_mins(10));
    }
}
