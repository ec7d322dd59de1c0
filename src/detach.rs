//! Futures that run to completion even if their caller drops them.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::runtime::Handle;
use tracing::Instrument as _;

/// A future that is polled in place. If it is dropped before it completes, it continues as a
/// task of its own, so that only a caller who hangs up costs a task. The future itself has to
/// limit its duration and the number of such futures.
pub(crate) struct DetachOnDrop<T: Send + 'static>(Option<BoxedFuture<T>>);

type BoxedFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

impl<T: Send + 'static> DetachOnDrop<T> {
    pub(crate) fn new(future: impl Future<Output = T> + Send + 'static) -> Self {
        Self(Some(Box::pin(future)))
    }
}

impl<T: Send + 'static> Future for DetachOnDrop<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let this = self.get_mut();
        let Some(future) = &mut this.0 else {
            // The future has completed. As with any future, nobody polls it after that.
            return Poll::Pending;
        };
        let polled = future.as_mut().poll(cx);
        if polled.is_ready() {
            this.0 = None;
        }
        polled
    }
}

impl<T: Send + 'static> Drop for DetachOnDrop<T> {
    fn drop(&mut self) {
        // Without a runtime, the process is exiting.
        if let Some(future) = self.0.take()
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(future.in_current_span());
        }
    }
}
