//! Exports requests as spans to an OpenTelemetry collector (OTLP over gRPC,
//! <https://opentelemetry.io/docs/specs/otlp/>).

use std::time::Duration;

use axum::extract::MatchedPath;
use http::StatusCode;
use opentelemetry::trace::{
    SpanContext, SpanId, Status, TraceContextExt as _, TraceFlags, TraceId, TraceState,
    TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{ExporterBuildError, SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use tracing::{Span, Subscriber};
use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt as _};
use tracing_subscriber::registry::LookupSpan;
use url::Url;

/// The time that shutdown waits for unsent spans.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(3);

/// Sends spans in the background. Dropping it sends the last ones.
#[derive(Debug)]
pub(super) struct Exporter(SdkTracerProvider);

impl Exporter {
    /// Starts the exporter. Call it within the runtime, whose threads send the spans.
    pub(super) fn start(endpoint: &Url) -> Result<Self, ExporterBuildError> {
        let exporter =
            SpanExporter::builder().with_tonic().with_endpoint(endpoint.as_str()).build()?;
        let resource = Resource::builder()
            .with_service_name(env!("CARGO_PKG_NAME"))
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(resource)
            .build();
        Ok(Self(provider))
    }

    pub(super) fn layer<S>(&self) -> OpenTelemetryLayer<S, SdkTracer>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        tracing_opentelemetry::layer().with_tracer(self.0.tracer(env!("CARGO_PKG_NAME")))
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        if let Err(error) = self.0.shutdown_with_timeout(SHUTDOWN_TIMEOUT) {
            tracing::warn!(%error, "failed to send the last spans");
        }
    }
}

/// Makes a span part of the caller's trace.
pub(crate) fn follow(span: &Span, trace_id: &str, parent_id: &str, is_sampled: bool) {
    let (Ok(trace), Ok(parent)) = (TraceId::from_hex(trace_id), SpanId::from_hex(parent_id)) else {
        return;
    };
    let flags = if is_sampled { TraceFlags::SAMPLED } else { TraceFlags::default() };
    let parent = SpanContext::new(trace, parent, flags, true, TraceState::default());
    // Fails if nothing is exported: there is no such span then.
    let _ = span.set_parent(Context::new().with_remote_span_context(parent));
}

/// Sets the name and the attributes of a request's span, by OpenTelemetry's conventions
/// (<https://opentelemetry.io/docs/specs/semconv/http/http-spans/>).
pub(crate) fn describe(
    span: &Span,
    method: &'static str,
    route: Option<&MatchedPath>,
    status: StatusCode,
) {
    let context = span.context();
    let exported = context.span();
    let route = route.map(|route| route.as_str().to_owned());
    // OpenTelemetry's placeholders for methods that are not HTTP's own.
    let (named, method) = if method == "other" { ("HTTP", "_OTHER") } else { (method, method) };
    let name = route.as_deref().map_or_else(|| named.to_owned(), |path| format!("{named} {path}"));
    exported.update_name(name);
    exported.set_attribute(KeyValue::new("http.request.method", method));
    exported.set_attribute(KeyValue::new("http.response.status_code", i64::from(status.as_u16())));
    if let Some(route) = route {
        exported.set_attribute(KeyValue::new("http.route", route));
    }
    if status.is_server_error() {
        exported.set_status(Status::error(""));
    }
}
