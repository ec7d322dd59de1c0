//! Limits: a request beyond a limit is refused quickly and clearly, and does not affect the
//! clients that keep to the limits.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::sync::mpsc;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use sqlx::Connection as _;
use tokio::net::TcpSocket;
use tokio::runtime::Runtime;

use crate::support::http_client::{connect, get, send, send_bytes, send_json};
use crate::support::people::{TestService, person, session};
use crate::support::wait::{BlockOnInTime as _, LIMIT, wait_for, wait_until};

/// A service with several sessions of one person, and a valid token.
fn service(settings: &[(&str, &str)], sessions: i64) -> (TestService, String) {
    let test = TestService::start(settings);
    let sessions: Vec<_> = (1..=sessions).map(session).collect();
    test.issue(&person(), &sessions);
    let token = sessions[0].token.expose().to_owned();
    (test, token)
}

/// Connects from another loopback address: 127.0.0.`last`.
pub fn connect_from(last: u8, to: SocketAddr) -> TcpStream {
    let runtime = Runtime::new().unwrap();
    let connecting = async {
        let socket = TcpSocket::new_v4().unwrap();
        let from = IpAddr::from(Ipv4Addr::new(127, 0, 0, last));
        socket.bind(SocketAddr::new(from, 0)).unwrap();
        socket.connect(to).await.unwrap().into_std().unwrap()
    };
    let stream = runtime.block_on_in_time(connecting);
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream.set_write_timeout(Some(LIMIT)).unwrap();
    stream
}

/// Reads until the service closes the connection. Returns the bytes and the time it took.
fn read_to_the_end(stream: &mut TcpStream) -> (Vec<u8>, Duration) {
    let (began, mut bytes) = (Instant::now(), Vec::new());
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return (bytes, began.elapsed()),
            Ok(read) => bytes.extend(&buffer[..read]),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {
                return (bytes, began.elapsed());
            }
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn size_and_number_of_headers_are_limited() {
    let (test, token) =
        service(&[("limits.max_header_bytes", "8192"), ("limits.max_headers", "20")], 2);
    let ask = |value: &str, headers: usize| {
        let mut all: Vec<(&str, &[u8])> = vec![("X-Filler", b"x"); headers];
        all.push(("X-Session-Token", token.as_bytes()));
        all.push(("X-Long", value.as_bytes()));
        send(test.service.public, "GET", "/sessions", &all).status
    };
    assert_eq!(ask(&"x".repeat(7000), 0), 200);
    assert_eq!(ask(&"x".repeat(9000), 0), 431);
    // `Host` and `Connection` are two more headers.
    assert_eq!(ask("short", 16), 200);
    assert_eq!(ask("short", 17), 431);
    let long_path = format!("/{}", "x".repeat(70_000));
    let status = send(test.service.public, "GET", &long_path, &[]).status;
    assert!(matches!(status, 414 | 431), "{status}");
    assert_eq!(get(test.service.public, "/sessions", &token).status, 200);
}

#[test]
fn body_size_is_limited() {
    let (test, _) = service(&[("limits.max_body_bytes", "1024")], 1);
    let bulk = |filler: usize| {
        let body = format!(r#"{{"action": "none"{}}}"#, " ".repeat(filler));
        send_json(test.service.admin, "POST", "/admin/sessions", &[], &body)
    };
    assert_eq!(bulk(900).status, 400);
    let answer = bulk(1024);
    assert_eq!(answer.status, 413);
    assert_eq!(answer.reason(), "The body must not be larger than 1024 bytes.");
}

#[test]
fn incomplete_body_times_out_with_408() {
    let (test, _) = service(&[("limits.body_timeout", "200ms")], 1);
    let request = "POST /admin/sessions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
                   Content-Type: application/json\r\nContent-Length: 40\r\n\r\n{\"action\"";
    assert_eq!(send_bytes(test.service.admin, request.as_bytes()).status, 408);
}

/// The service sends `100 Continue`, for which curl waits before it sends a larger body.
#[test]
fn body_may_take_longer_than_the_header_timeout() {
    let (test, _) = service(&[("limits.header_timeout", "200ms")], 1);
    let mut stream = connect(test.service.admin);
    let head = "POST /admin/sessions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
                Content-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 18\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    for byte in br#"{"action": "none"}"# {
        stream.write_all(&[*byte]).unwrap();
        std::thread::sleep(Duration::from_millis(30));
    }
    let (answer, _) = read_to_the_end(&mut stream);
    assert!(answer.starts_with(b"HTTP/1.1 400"), "{}", String::from_utf8_lossy(&answer));
}

#[test]
fn client_that_sends_headers_byte_by_byte_is_disconnected() {
    let (test, _) = service(&[("limits.header_timeout", "500ms")], 1);
    let mut slow = connect(test.service.public);
    let mut writing = slow.try_clone().unwrap();
    let (hung_up, is_hung_up) = mpsc::channel();
    let drip = std::thread::spawn(move || {
        let begin = "GET /sessions HTTP/1.1\r\nHost: localhost\r\nX-Slow: ";
        let _ = writing.write_all(begin.as_bytes());
        while is_hung_up.recv_timeout(Duration::from_millis(20)) == Err(RecvTimeoutError::Timeout) {
            let _ = writing.write_all(b"x");
        }
    });
    let (answer, took) = read_to_the_end(&mut slow);
    hung_up.send(()).unwrap();
    drip.join().unwrap();
    assert!(answer.is_empty(), "{}", String::from_utf8_lossy(&answer));
    assert!((400..2000).contains(&took.as_millis()), "{took:?}");
}

#[test]
fn connection_may_be_idle_longer_than_the_header_timeout() {
    let settings = [
        ("limits.header_timeout", "200ms"),
        ("limits.body_timeout", "200ms"),
        ("limits.request_timeout", "500ms"),
        ("limits.idle_timeout", "1s"),
    ];
    let (test, _) = service(&settings, 1);
    let mut idle = connect(test.service.public);
    idle.write_all(b"GET /health/alive HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let (answer, took) = read_to_the_end(&mut idle);
    assert!(answer.starts_with(b"HTTP/1.1 200 OK\r\n"));
    assert!((900..3000).contains(&took.as_millis()), "{took:?}");
}

#[test]
fn client_that_does_not_read_is_disconnected() {
    let settings = [
        ("limits.body_timeout", "200ms"),
        ("limits.request_timeout", "2s"),
        ("limits.idle_timeout", "3s"),
    ];
    let (test, token) = service(&settings, 1000);
    let mut greedy = connect(test.service.public);
    let request = format!(
        "GET /sessions?page_size=1000 HTTP/1.1\r\nHost: localhost\r\nX-Session-Token: {token}\r\n\r\n"
    );
    greedy.write_all(request.repeat(40).as_bytes()).unwrap();
    let open = || {
        let metrics = send(test.service.admin, "GET", "/metrics/prometheus", &[]).body;
        let line = "elsewhere_connections{listener=\"public\"} ";
        let count = metrics.lines().find_map(|metric| metric.strip_prefix(line));
        count.unwrap().parse::<u32>().unwrap()
    };
    wait_until("the client is disconnected", || open() == 0);
    drop(greedy);
}

#[test]
fn connection_limit_per_client_does_not_affect_others() {
    let (test, token) = service(&[("limits.max_connections_per_client", "3")], 2);
    let request = format!("GET /sessions HTTP/1.1\r\nHost: x\r\nX-Session-Token: {token}\r\n\r\n");
    let is_served = |stream: &mut TcpStream| {
        let _ = stream.write_all(request.as_bytes());
        let mut status = [0; 15];
        stream.read_exact(&mut status).is_ok_and(|()| &status == b"HTTP/1.1 200 OK")
    };
    let mut first: Vec<_> = (0..3).map(|_| connect_from(1, test.service.public)).collect();
    assert!(first.iter_mut().all(is_served));
    assert!(!is_served(&mut connect_from(1, test.service.public)));
    assert!(is_served(&mut connect_from(2, test.service.public)));
    // Once a connection is closed, another one is accepted.
    drop(first.pop());
    wait_until("another connection is accepted", || {
        is_served(&mut connect_from(1, test.service.public))
    });
}

#[test]
fn trusted_proxy_is_exempt_from_the_limit_per_client() {
    let settings = [
        ("limits.max_connections_per_client", "1"),
        ("limits.max_connections", "3"),
        ("server.trusted_proxies", "127.0.0.0/29"),
    ];
    let (test, _) = service(&settings, 1);
    let held: Vec<_> = (0..2).map(|_| connect_from(1, test.service.public)).collect();
    assert_eq!(send(test.service.public, "GET", "/health/alive", &[]).status, 200);
    // The limit on all connections still applies.
    let third = connect_from(1, test.service.public);
    let (answer, _) = read_to_the_end(&mut connect_from(1, test.service.public));
    assert!(answer.is_empty());
    drop((held, third));
}

#[test]
fn requests_over_the_concurrency_limit_get_503_at_once() {
    let (test, token) = service(&[("limits.max_concurrent_requests", "1")], 2);
    let runtime = Runtime::new().unwrap();
    // The only permitted request waits for a lock that another program holds.
    let mut lock = runtime.block_on_in_time(async {
        let mut lock = sqlx::SqliteConnection::connect(&test.database.url).await.unwrap();
        sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut lock).await.unwrap();
        lock
    });
    let (address, here) = (test.service.public, token.clone());
    let waiting = std::thread::spawn(move || {
        let headers: &[(&str, &[u8])] = &[("X-Session-Token", here.as_bytes())];
        // Retries until it is the permitted request: the requests below may be ahead of it.
        wait_for("the request is permitted", || {
            let answer = send(address, "DELETE", "/sessions", headers);
            if answer.status == 503 { Err(answer) } else { Ok(answer) }
        })
    });
    let refused = wait_for("a request is refused", || {
        let answer = get(test.service.public, "/sessions", &token);
        if answer.status == 200 { Err(answer) } else { Ok(answer) }
    });
    assert_eq!((refused.status, refused.header("retry-after").as_str()), (503, "1"));
    assert_eq!(send(test.service.public, "GET", "/health/alive", &[]).status, 200);
    assert_eq!(send(test.service.public, "GET", "/health/ready", &[]).status, 200);
    assert_eq!(get(test.service.admin, "/admin/sessions", "").status, 200);
    runtime.block_on_in_time(async { sqlx::raw_sql("ROLLBACK").execute(&mut lock).await.unwrap() });
    assert_eq!(waiting.join().unwrap().status, 200);
    assert_eq!(get(test.service.public, "/sessions", &token).status, 200);
}
