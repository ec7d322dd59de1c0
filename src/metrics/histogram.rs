//! The histogram of all durations.

use prometheus_client::metrics::histogram::Histogram;

/// In seconds: from the time of a cached page to the request timeout.
const BUCKETS: [f64; 12] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 3.0];

pub(super) fn histogram() -> Histogram {
    Histogram::new(BUCKETS)
}
