//! The host of a request: HTTP/1.1 requires one valid `Host` (RFC 9112 §3.2), HTTP/2 a valid
//! `:authority` or `Host`, and Unix sockets nothing.

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::process::Stdio;

use crate::support::http_client::{connect, connect_unix, send_bytes};
use crate::support::people::TestService;
use crate::support::process::{RunningProcess, elsewhere};

/// The start of a request, the reason of its refusal, or "" if it is answered.
const REQUESTS: &[(&str, &str)] = &[
    ("GET /health/alive HTTP/1.1\r\n", "no Host"),
    ("GET /sessions/whoami HTTP/1.1\r\n", "no Host"),
    ("GET /nowhere HTTP/1.1\r\n", "no Host"),
    ("OPTIONS * HTTP/1.1\r\n", "no Host"),
    ("GET http://a.example/health/alive HTTP/1.1\r\n", "no Host"),
    ("GET /health/alive HTTP/1.1\r\nHost: a.example\r\nHost: b.example\r\n", "more than one"),
    ("GET /health/alive HTTP/1.1\r\nHost: a.example\r\nhost: a.example\r\n", "more than one"),
    ("GET /health/alive HTTP/1.0\r\nHost: a.example\r\nHost: a.example\r\n", "more than one"),
    ("GET http://a.example/health/alive HTTP/1.1\r\nHost: a\r\nHost: b\r\n", "more than one"),
    ("GET /health/alive HTTP/1.1\r\nHost:\r\n", "Host header is invalid"),
    ("GET /health/alive HTTP/1.1\r\nHost: a.example, b.example\r\n", "Host header is invalid"),
    ("GET /health/alive HTTP/1.1\r\nHost: a.example,b.example\r\n", "Host header is invalid"),
    ("GET /health/alive HTTP/1.1\r\nHost: a example\r\n", "Host header is invalid"),
    ("GET /health/alive HTTP/1.1\r\nHost: user@a.example\r\n", "Host header is invalid"),
    ("GET /health/alive HTTP/1.1\r\nHost: http://a.example\r\n", "Host header is invalid"),
    ("GET /health/alive HTTP/1.1\r\nHost: a.example/path\r\n", "Host header is invalid"),
    ("GET /health/alive HTTP/1.1\r\nHost: a.example:http\r\n", "Host header is invalid"),
    ("GET /health/alive HTTP/1.1\r\nHost: a.example:80:80\r\n", "Host header is invalid"),
    ("GET /health/alive HTTP/1.1\r\nHost: a.example:65536\r\n", "Host header is invalid"),
    ("GET /health/alive HTTP/1.1\r\nHost: [::1\r\n", "Host header is invalid"),
    ("GET /health/alive HTTP/1.1\r\nHost: ::1\r\n", "Host header is invalid"),
    ("GET /health/alive HTTP/1.1\r\nHost: [a.example]\r\n", "Host header is invalid"),
    ("GET /health/alive HTTP/1.1\r\nHost: b\u{fc}cher.example\r\n", "Host header is invalid"),
    ("GET /health/alive HTTP/1.1\r\nHost: a%zz\r\n", "Host header is invalid"),
    ("GET /health/alive HTTP/1.0\r\nHost: a b\r\n", "Host header is invalid"),
    ("GET http://a.example/health/alive HTTP/1.1\r\nHost: a b\r\n", "Host header is invalid"),
    ("GET http://u@a.example/health/alive HTTP/1.1\r\nHost: a.example\r\n", "request target"),
    ("GET /health/alive HTTP/1.0\r\n", ""),
    ("GET /health/alive HTTP/1.0\r\nHost: a.example\r\n", ""),
    ("GET http://b.example/health/alive HTTP/1.1\r\nHost: a.example\r\n", ""),
    ("GET /health/alive HTTP/1.1\r\nHost:  LOCALHOST:80 \r\n", ""),
    ("GET /health/alive HTTP/1.1\r\nHost: a.example.:\r\n", ""),
    ("GET /health/alive HTTP/1.1\r\nHost: my_app.internal:4433\r\n", ""),
    ("GET /health/alive HTTP/1.1\r\nHost: 203.0.113.5\r\n", ""),
    ("GET /health/alive HTTP/1.1\r\nHost: [2001:db8::1]:4433\r\n", ""),
    ("GET /health/alive HTTP/1.1\r\nHost: b%C3%BCcher.example\r\n", ""),
];

#[test]
fn request_without_one_valid_host_is_refused_on_both_listeners() {
    let test = TestService::start(&[]);
    for (start, refusal) in REQUESTS {
        for listener in [test.service.public, test.service.admin] {
            let request = format!("{start}Connection: close\r\n\r\n");
            let answer = send_bytes(listener, request.as_bytes());
            assert_eq!(answer.status, if refusal.is_empty() { 200 } else { 400 }, "{start}");
            if !refusal.is_empty() {
                assert_eq!(answer.header("content-type"), "application/json");
                assert_eq!(answer.json()["error"]["code"], 400);
                assert!(answer.has("x-request-id"));
                assert!(answer.reason().contains(refusal), "{start}: {}", answer.reason());
            }
        }
    }
}

/// On the admin API without a token, the target of the request counts.
#[test]
fn target_counts_instead_of_the_host_header() {
    let test = TestService::start(&[]);
    for (target, host, status) in [
        ("http://localhost/admin/sessions", "rebound.example", 200),
        ("http://rebound.example/admin/sessions", "localhost", 403),
    ] {
        let request = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        assert_eq!(send_bytes(test.service.admin, request.as_bytes()).status, status, "{target}");
    }
}

#[test]
fn http2_needs_a_host_in_its_target_or_header() {
    let test = TestService::start(&[]);
    for (headers, status) in [
        (&[][..], "400"),
        (&[(":authority", "a.example")], "200"),
        (&[("host", "a.example")], "200"),
        (&[(":authority", "a.example"), ("host", "A.example")], "200"),
        (&[(":authority", "a.example:80"), ("host", "a.example")], "200"),
        (&[(":authority", "a.example"), ("host", "b.example")], "400"),
        (&[(":authority", "a.example:80"), ("host", "a.example:81")], "400"),
        (&[(":authority", "u@a.example")], "400"),
        (&[("host", "a b")], "400"),
        (&[("host", "a"), ("host", "a")], "400"),
        (&[("host", "")], "400"),
    ] {
        assert_eq!(http2_status(test.service.public, headers), status, "{headers:?}");
    }
}

/// Sends one request over HTTP/2 with exactly these headers, which no client library does.
fn http2_status(to: SocketAddr, headers: &[(&str, &str)]) -> &'static str {
    let text = |text: &str| [&[u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
    // `:method: GET` and `:scheme: http` of the static table, `:path` with another value, and all
    // others as literals (RFC 7541 §6.2.2, appendix A).
    let mut block = [&[0x82, 0x86, 0x04][..], &text("/health/alive")].concat();
    for (name, value) in headers {
        block.extend([&[0x00][..], &text(name), &text(value)].concat());
    }
    let frame = |kind: u8, flags: u8, stream: u8, payload: &[u8]| {
        let length = u8::try_from(payload.len()).unwrap();
        [&[0, 0, length, kind, flags, 0, 0, 0, stream], payload].concat()
    };
    let mut stream = connect(to);
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").unwrap();
    stream.write_all(&frame(4, 0, 0, &[])).unwrap();
    stream.write_all(&frame(1, 0x5, 1, &block)).unwrap();
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).unwrap();
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        stream.read_exact(&mut payload).unwrap();
        match (head[3], payload.first()) {
            // HEADERS, with `:status` of the static table.
            (1, Some(0x88)) => return "200",
            (1, Some(0x8c)) => return "400",
            (1, _) => panic!("another status: {payload:x?}"),
            (3, _) => panic!("the stream was reset: {payload:x?}"),
            _ => {}
        }
    }
}

#[test]
fn unix_sockets_need_no_host() {
    let folder = tempfile::tempdir().unwrap();
    let [public, admin] = ["public.sock", "admin.sock"].map(|name| folder.path().join(name));
    let child = elsewhere(&folder, &["serve"])
        .env("ELSEWHERE_SERVER__LISTEN", format!("unix:{}", public.display()))
        .env("ELSEWHERE_ADMIN__LISTEN", format!("unix:{}", admin.display()))
        .stderr(Stdio::null())
        .spawn();
    let _running = RunningProcess(child.unwrap());
    for (socket, path, status) in
        [(&public, "/sessions", "HTTP/1.1 401"), (&admin, "/admin/sessions", "HTTP/1.1 200")]
    {
        for host in [
            "",
            "Host:\r\n",
            "Host: localhost\r\n",
            "Host: elsewhere-admin\r\n",
            "Host: rebound.example:80\r\n",
            "Host: unix:/run/elsewhere.sock\r\n",
            "Host: /run/elsewhere.sock\r\n",
            "Host: a\r\nHost: b\r\n",
        ] {
            let mut stream = connect_unix(socket);
            let request = format!("GET {path} HTTP/1.1\r\n{host}Connection: close\r\n\r\n");
            stream.write_all(request.as_bytes()).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            assert!(answer.starts_with(status), "{host}: {answer}");
        }
    }
}
