//! Pending responses: limits on the memory they hold and on the time they are kept.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use http::Request;
use tokio::runtime::Runtime;

use crate::api::limits::connect_from;
use crate::support::http_client::{get, send};
use crate::support::people::{TestService, json, person, session};
use crate::support::wait::{BlockOnInTime as _, wait_until};

const LIST: &str = "/sessions?page_size=1000";
const PENDING: &str = "elsewhere_http_pending_response_bytes{listener=\"public\"}";

/// A service with many sessions of a person with large traits: the list of 18 MB does not
/// fit into the operating system's buffers.
fn service(settings: &[(&str, &str)]) -> (TestService, String) {
    let test = TestService::start(settings);
    let mut person = person();
    person.traits = json(&format!(r#"{{"note": "{}"}}"#, "x".repeat(60_000)));
    let sessions: Vec<_> = (0..301).map(session).collect();
    test.issue(&person, &sessions);
    let token = sessions[0].token.expose().to_owned();
    (test, token)
}

fn metric(test: &TestService, name: &str) -> f64 {
    let metrics = send(test.service.admin, "GET", "/metrics/prometheus", &[]).body;
    let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {name}")).parse().unwrap()
}

/// Sends a request from 127.0.0.`last` and reads only the head of the response.
fn ask(last: u8, to: SocketAddr, token: &str, path: &str) -> (String, TcpStream) {
    let mut stream = connect_from(last, to);
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nX-Session-Token: {token}\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.extend(byte);
    }
    (String::from_utf8(head).unwrap(), stream)
}

#[test]
fn large_list_has_a_length_and_the_same_rows_as_small_pages() {
    let (test, token) = service(&[]);
    let full_list = get(test.service.public, LIST, &token);
    assert_eq!(full_list.header("content-length"), full_list.body.len().to_string());
    let rows = full_list.json();
    assert_eq!(rows.as_array().unwrap().len(), 300);
    let first = get(test.service.public, "/sessions?page_size=1", &token);
    assert!(first.json()[0] == rows[0]);
    let last = get(test.service.public, "/sessions?page=300&per_page=1", &token);
    assert!(last.json()[0] == rows[299]);
    let head = send(test.service.public, "HEAD", LIST, &[("X-Session-Token", token.as_bytes())]);
    assert_eq!(head.header("content-length"), full_list.header("content-length"));
    wait_until("nothing is counted", || metric(&test, PENDING) == 0.0);
}

#[test]
fn client_that_does_not_read_uses_up_only_its_own_share() {
    let (test, token) = service(&[("limits.max_pending_response_bytes", "1048576")]);
    let (head, unread) = ask(1, test.service.public, &token, LIST);
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    // The identity is in memory once, not three hundred times.
    let pending = metric(&test, PENDING);
    assert!((200e3..600e3).contains(&pending), "{pending}");
    let (head, _) = ask(1, test.service.public, &token, "/sessions/whoami");
    assert!(head.starts_with("HTTP/1.1 503") && head.contains("retry-after: 1"), "{head}");
    let (head, _) = ask(2, test.service.public, &token, "/sessions/whoami");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    // Once the client hangs up, its requests are accepted again.
    drop(unread);
    wait_until("requests are accepted again", || {
        ask(1, test.service.public, &token, "/sessions/whoami").0.starts_with("HTTP/1.1 200")
    });
    wait_until("nothing is counted", || metric(&test, PENDING) == 0.0);
}

#[test]
fn exhausted_response_memory_leaves_only_health_checks_answered() {
    let settings =
        [("limits.max_pending_response_bytes", "65536"), ("server.trusted_proxies", "127.0.0.1")];
    let (test, token) = service(&settings);
    let (head, unread) = ask(1, test.service.public, &token, LIST);
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    for client in [1, 2] {
        let (head, _) = ask(client, test.service.public, &token, "/sessions/whoami");
        assert!(head.starts_with("HTTP/1.1 503") && head.contains("retry-after: 1"), "{head}");
    }
    assert_eq!(send(test.service.public, "GET", "/health/alive", &[]).status, 200);
    assert_eq!(send(test.service.public, "GET", "/health/ready", &[]).status, 200);
    // The limits apply to each listener separately.
    assert_eq!(get(test.service.admin, "/admin/sessions?page_size=1", "").status, 200);
    drop(unread);
    wait_until("requests are accepted again", || {
        ask(2, test.service.public, &token, "/sessions/whoami").0.starts_with("HTTP/1.1 200")
    });
}

#[test]
fn unread_http_2_response_is_dropped_despite_further_requests() {
    let settings = [
        ("limits.body_timeout", "200ms"),
        ("limits.request_timeout", "2s"),
        ("limits.idle_timeout", "3s"),
    ];
    let (test, token) = service(&settings);
    let began = Instant::now();
    Runtime::new().unwrap().block_on_in_time(async {
        let stream = tokio::net::TcpStream::connect(test.service.public).await.unwrap();
        let mut builder = h2::client::Builder::new();
        builder.initial_window_size(0);
        let (client, connection) = builder.handshake::<_, bytes::Bytes>(stream).await.unwrap();
        let connection = tokio::spawn(connection);
        let request = |method: &str| {
            let request = Request::builder().method(method).uri(format!("http://localhost{LIST}"));
            request.header("x-session-token", &token).body(()).unwrap()
        };
        let mut sender = client.clone().ready().await.unwrap();
        let unread = sender.send_request(request("GET"), true).unwrap().0.await.unwrap();
        assert_eq!(unread.status(), 200);
        // These responses have no body, so the closed window does not block them.
        while !connection.is_finished() {
            assert!(began.elapsed() < Duration::from_secs(12), "it is never hung up on");
            if let Ok(mut sender) = client.clone().ready().await
                && let Ok((answer, _)) = sender.send_request(request("HEAD"), true)
            {
                let _ = answer.await;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    });
    assert!(began.elapsed() > Duration::from_secs(3), "{:?}", began.elapsed());
    wait_until("nothing is counted", || metric(&test, PENDING) == 0.0);
}
