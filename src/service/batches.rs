//! Work in batches, with pauses and in sizes that the database can do in time.

use std::time::Duration;

use tokio::time::sleep;

use crate::repository::{BatchSize, RepositoryError};

/// Pause between two batches, so that requests get their turn.
const BATCH_PAUSE: Duration = Duration::from_millis(50);

/// The size of the next batch. If a batch takes longer than a call may, the next one is smaller, so
/// that work makes progress on a slow database, too.
#[derive(Debug)]
pub(super) struct Batches {
    size: BatchSize,
}

impl Default for Batches {
    fn default() -> Self {
        Self { size: BatchSize::MAX }
    }
}

impl Batches {
    /// Works until a batch reports that it was the last one, or until one fails that cannot be
    /// made smaller.
    pub(super) async fn run(
        &mut self,
        mut batch: impl AsyncFnMut(BatchSize) -> Result<bool, RepositoryError>,
    ) -> Result<(), RepositoryError> {
        loop {
            match (batch(self.size).await, self.size.halved()) {
                (Ok(more), _) => {
                    self.size = self.size.doubled();
                    if !more {
                        return Ok(());
                    }
                }
                (Err(RepositoryError::Unavailable(_)), Some(smaller)) => self.size = smaller,
                (Err(error), _) => return Err(error),
            }
            sleep(BATCH_PAUSE).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn too_slow() -> RepositoryError {
        RepositoryError::Unavailable("too slow".into())
    }

    #[tokio::test]
    async fn batches_that_take_too_long_get_smaller_and_larger_again() {
        let (mut batches, mut sizes) = (Batches::default(), Vec::new());
        let run = batches.run(async |limit| {
            sizes.push(limit.get());
            if limit.get() > 300 && sizes.len() < 4 { Err(too_slow()) } else { Ok(sizes.len() < 6) }
        });
        run.await.unwrap();
        assert_eq!(sizes, [1000, 500, 250, 500, 1000, 1000]);
    }

    #[tokio::test]
    async fn who_is_away_is_asked_again_at_the_next_tick_only() {
        let (mut batches, mut asked) = (Batches::default(), 0);
        let run = batches.run(async |_| {
            asked += 1;
            Err(too_slow())
        });
        assert!(run.await.is_err());
        assert_eq!(asked, 7);
    }
}
