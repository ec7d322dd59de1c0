//! The trace context of a request (W3C Trace Context,
//! <https://www.w3.org/TR/trace-context/#traceparent-header>).

use axum::http::HeaderMap;
use tracing::Span;

const TRACEPARENT: &str = "traceparent";

/// The content of a `traceparent` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) struct TraceContext<'a> {
    /// 32 hexadecimal digits.
    pub trace_id: &'a str,
    /// The client's span: 16 hexadecimal digits.
    pub parent_id: &'a str,
    pub is_sampled: bool,
}

impl<'a> TraceContext<'a> {
    /// `None` if the header is missing, repeated or malformed.
    pub(in crate::http) fn of(headers: &'a HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(TRACEPARENT).iter();
        let (value, None) = (values.next()?, values.next()) else { return None };
        Self::parse(value.to_str().ok()?)
    }

    /// Parses the header. For later versions than 00, only the fields of version 00 are read.
    fn parse(text: &'a str) -> Option<Self> {
        let mut fields = text.splitn(5, '-');
        let (version, trace_id, parent_id) = (fields.next()?, fields.next()?, fields.next()?);
        let (flags, more) = (fields.next()?, fields.next());
        let is_known = version != "ff" && (version != "00" || more.is_none());
        let fits = hexadecimal(version, 2)
            && hexadecimal(trace_id, 32)
            && hexadecimal(parent_id, 16)
            && hexadecimal(flags, 2);
        let is_set = |id: &str| id.bytes().any(|digit| digit != b'0');
        if !is_known || !fits || !is_set(trace_id) || !is_set(parent_id) {
            return None;
        }
        let flags = u8::from_str_radix(flags, 16).ok()?;
        Some(Self { trace_id, parent_id, is_sampled: flags & 1 == 1 })
    }

    /// Makes the span of this request part of the trace.
    pub(in crate::http) fn follow_in(self, span: &Span) {
        span.record("trace_id", self.trace_id);
        #[cfg(feature = "otlp")]
        crate::logging::otlp::follow(span, self.trace_id, self.parent_id, self.is_sampled);
    }
}

fn hexadecimal(text: &str, length: usize) -> bool {
    text.len() == length
        && text.bytes().all(|digit| digit.is_ascii_digit() || (b'a'..=b'f').contains(&digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const PARENT: &str = "00f067aa0ba902b7";

    #[test]
    fn what_the_specification_takes_and_refuses() {
        let sampled = |text: &str| TraceContext::parse(text).map(|context| context.is_sampled);
        assert_eq!(sampled(&format!("00-{TRACE}-{PARENT}-01")), Some(true));
        assert_eq!(sampled(&format!("00-{TRACE}-{PARENT}-00")), Some(false));
        assert_eq!(sampled(&format!("cc-{TRACE}-{PARENT}-01-what-will-be")), Some(true));
        let nothing = "0".repeat(32);
        for wrong in [
            format!("00-{TRACE}-{PARENT}-01-more"),
            format!("ff-{TRACE}-{PARENT}-01"),
            format!("00-{}-{PARENT}-01", TRACE.to_uppercase()),
            format!("00-{nothing}-{PARENT}-01"),
            format!("00-{TRACE}-{}-01", &nothing[..16]),
            format!("00-{TRACE}-{PARENT}"),
            format!("00-{}\u{e9}-{PARENT}-01", &TRACE[..30]),
            String::new(),
        ] {
            assert_eq!(TraceContext::parse(&wrong), None, "{wrong}");
        }
    }
}
