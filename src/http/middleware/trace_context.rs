//! The trace that a request is part of (W3C Trace Context,
//! <https://www.w3.org/TR/trace-context/#traceparent-header>).

use axum::http::HeaderMap;
use tracing::Span;

const TRACEPARENT: &str = "traceparent";

/// What its caller says of the trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) struct TraceContext<'a> {
    /// 32 hexadecimal digits.
    pub trace_id: &'a str,
    /// The caller's span: 16 hexadecimal digits.
    pub parent_id: &'a str,
    pub is_sampled: bool,
}

impl<'a> TraceContext<'a> {
    /// `None` where nothing is said, or not in this form.
    pub(in crate::http) fn of(headers: &'a HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(TRACEPARENT).iter();
        let (value, None) = (values.next()?, values.next()) else { return None };
        Self::parse(value.to_str().ok()?)
    }

    /// Of a later version than this one what it is known to begin with.
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

    /// Makes the span of this request part of it.
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
        let told = |text: &str| TraceContext::parse(text).map(|context| context.is_sampled);
        assert_eq!(told(&format!("00-{TRACE}-{PARENT}-01")), Some(true));
        assert_eq!(told(&format!("00-{TRACE}-{PARENT}-00")), Some(false));
        assert_eq!(told(&format!("cc-{TRACE}-{PARENT}-01-what-will-be")), Some(true));
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
