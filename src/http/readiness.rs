//! The readiness check of the database.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::detach::DetachOnDrop;
use crate::service::SessionService;

/// The time for which a result of the readiness check is reused, because anyone may call it often.
const READINESS_CACHE_TIME: Duration = Duration::from_secs(1);

/// The readiness check of the database, with its last result.
pub(super) struct Readiness {
    service: Arc<SessionService>,
    last: Arc<Mutex<Option<(Instant, Answer)>>>,
}

type Answer = Result<(), Arc<str>>;

impl Readiness {
    pub(super) fn new(service: Arc<SessionService>) -> Self {
        Self { service, last: Arc::default() }
    }

    /// Checks the database, unless the last check is less than a second old. Concurrent callers
    /// wait for one check, and its result is kept even if the caller that started it hangs up.
    pub(super) async fn check(&self) -> Answer {
        let mut last = Arc::clone(&self.last).lock_owned().await;
        if let Some((at, answer)) = &*last
            && at.elapsed() < READINESS_CACHE_TIME
        {
            return answer.clone();
        }
        let service = Arc::clone(&self.service);
        DetachOnDrop::new(async move {
            let answer = service.ready().await.map_err(|error| Arc::from(error.to_string()));
            *last = Some((Instant::now(), answer.clone()));
            answer
        })
        .await
    }
}
