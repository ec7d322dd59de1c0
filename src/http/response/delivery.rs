//! The delivery of response bodies: accounts for their memory, and keeps a guard until the last
//! byte is written.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::Error;
use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use http_body::{Frame, SizeHint};

/// A response extension: the memory that the body holds, if that differs from its length.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct HeldBytes(pub u32);

pub(in crate::http) fn held_bytes(response: &mut Response) -> u32 {
    let held = response.extensions_mut().remove::<HeldBytes>();
    held.map_or_else(
        || u32::try_from(response.body().size_hint().lower()).unwrap_or(u32::MAX),
        |HeldBytes(held)| held,
    )
}

/// Keeps the guard until the body is delivered or dropped.
pub(in crate::http) fn with_guard<T: Send + Unpin + 'static>(
    response: Response,
    guard: T,
) -> Response {
    if response.body().is_end_stream() {
        return response;
    }
    response.map(|body| Body::new(GuardedBody { body, guard: Some(guard) }))
}

/// Replaces the body of a response. The new body keeps the old one, and with it the guard.
pub(in crate::http) fn replace_body(response: &mut Response, body: impl Into<Body>) {
    let replaced = std::mem::take(response.body_mut());
    *response.body_mut() = Body::new(GuardedBody { body: body.into(), guard: Some(replaced) });
}

/// A body that keeps a guard until its last byte is written. hyper drops a body as soon as it has
/// its last frame, which may then still wait for the client. The last frame therefore takes over
/// the guard.
struct GuardedBody<T> {
    body: Body,
    guard: Option<T>,
}

impl<T: Send + Unpin + 'static> HttpBody for GuardedBody<T> {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = self.get_mut();
        let frame = ready!(Pin::new(&mut this.body).poll_frame(cx));
        let frame = frame.map(|frame| {
            frame.map(|frame| {
                if !this.body.is_end_stream() {
                    return frame;
                }
                let guard = this.guard.take();
                frame.map_data(|bytes| Bytes::from_owner(LastFrame { bytes, _guard: guard }))
            })
        });
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The last frame of a body, with its guard.
struct LastFrame<T> {
    bytes: Bytes,
    _guard: Option<T>,
}

impl<T> AsRef<[u8]> for LastFrame<T> {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}
