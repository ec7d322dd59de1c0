//! Traces: continued from the client, written to the log, and sent to a collector. The
//! collector here implements the gRPC service that OpenTelemetry defines.

use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::trace::v1::Span;
use tokio::runtime::Runtime;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};

use crate::support::http_client::send;
use crate::support::output::OutputInTime as _;
use crate::support::process::{elsewhere, serve, serve_logging};
use crate::support::sign_in::SignIn;
use crate::support::wait::BlockOnInTime as _;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

struct Collector(Sender<Span>);

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let spans = request.into_inner().resource_spans.into_iter();
        let spans = spans.flat_map(|resource| resource.scope_spans);
        for span in spans.flat_map(|scope| scope.spans) {
            self.0.send(span).unwrap();
        }
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

fn hex(bytes: &[u8]) -> String {
    let digits = |byte: &u8| [byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16));
    bytes.iter().flat_map(digits).map(Option::unwrap).collect()
}

/// Starts a collector. Returns its address, the spans that it receives, and its runtime.
fn collector() -> (String, Receiver<Span>, Runtime) {
    let runtime = Runtime::new().unwrap();
    let (spans, received) = channel();
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let incoming = runtime.block_on_in_time(async { TcpIncoming::bind(any).unwrap() });
    let endpoint = format!("http://{}", incoming.local_addr().unwrap());
    let collector = TraceServiceServer::new(Collector(spans));
    runtime.spawn(Server::builder().add_service(collector).serve_with_incoming(incoming));
    (endpoint, received, runtime)
}

#[test]
fn request_becomes_a_span_of_the_clients_trace() {
    let (endpoint, received, _runtime) = collector();
    let folder = tempfile::tempdir().unwrap();
    let (mut running, public, _, mut lines) =
        serve(&folder, &[("ELSEWHERE_TRACES__ENDPOINT", &endpoint)]);
    let traceparent = format!("00-{TRACE}-{PARENT}-01");
    send(public, "GET", "/sessions/whoami", &[("traceparent", traceparent.as_bytes())]);
    let line = lines.find(|line| line["route"] == "/sessions/whoami").unwrap();
    assert_eq!(line["span"]["trace_id"], TRACE);
    // If the client does not sample its trace, the span is not sent. Without a trace, it is sent.
    let unsampled = traceparent.replace("-01", "-00").replace("4bf9", "4bf0");
    send(public, "GET", "/sessions", &[("traceparent", unsampled.as_bytes())]);
    send(public, "GET", "/nothing/of/the/kind", &[]);
    // Shutdown sends the remaining spans.
    running.signal("TERM");
    assert!(running.wait().success());
    let mut all: Vec<Span> = Vec::new();
    while let Ok(span) = received.recv_timeout(Duration::from_millis(500)) {
        all.push(span);
    }
    let names: Vec<_> = all.iter().map(|span| span.name.as_str()).collect();
    assert_eq!(names, ["GET /sessions/whoami", "GET"]);
    assert_eq!((hex(&all[0].trace_id), hex(&all[0].parent_span_id)), (TRACE.into(), PARENT.into()));
    let status = all[0].attributes.iter().find(|one| one.key == "http.response.status_code");
    assert!(format!("{:?}", status.unwrap()).contains("401"));
}

#[test]
fn with_a_key_no_span_has_an_id_or_an_address() {
    let (endpoint, received, _runtime) = collector();
    let folder = tempfile::tempdir().unwrap();
    let settings = [
        ("ELSEWHERE_TRACES__ENDPOINT", endpoint.as_str()),
        ("ELSEWHERE_AUDIT__PSEUDONYM_KEY", "a salt"),
        ("ELSEWHERE_LOG__LEVEL", "trace"),
        ("ELSEWHERE_SERVER__TRUSTED_PROXIES", "127.0.0.0/8"),
    ];
    let (mut running, public, admin, _) = serve_logging(&folder, &settings, drop);
    let identity = uuid::Uuid::new_v4();
    let (id, client) = (identity.to_string(), "203.0.113.77");
    let from: &[(&str, &[u8])] = &[("X-Forwarded-For", client.as_bytes())];
    let session = SignIn::new(identity).header("X-Forwarded-For", client).at(admin).session;
    for path in
        [format!("/sessions/{session}"), format!("/nothing/{id}"), format!("/sessions?{id}")]
    {
        send(public, "DELETE", &path, from);
    }
    send(admin, &format!("BREW-{id}"), &format!("/admin/sessions/{session}"), from);
    send(admin, "DELETE", &format!("/admin/sessions/{session}"), from);
    running.signal("TERM");
    assert!(running.wait().success());
    let mut spans = 0;
    while let Ok(span) = received.recv_timeout(Duration::from_millis(500)) {
        spans += 1;
        let text = format!("{span:?}");
        for known in [id.as_str(), &session, client] {
            assert!(!text.contains(known), "{text}");
        }
    }
    assert_eq!(spans, 6);
}

#[test]
fn unreachable_collector_delays_no_request() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = ("ELSEWHERE_TRACES__ENDPOINT", "http://127.0.0.1:9");
    let (mut running, public, ..) = serve_logging(&folder, &[nowhere], drop);
    for _ in 0..50 {
        assert_eq!(send(public, "GET", "/sessions", &[]).status, 401);
    }
    running.signal("TERM");
    assert!(running.wait().success());
}

#[test]
fn invalid_endpoint_is_refused_with_the_setting_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = elsewhere(&folder, &["config"]);
    let output = command.env("ELSEWHERE_TRACES__ENDPOINT", "collector").output_in_time();
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.starts_with("elsewhere: traces.endpoint: "), "{error}");
}
