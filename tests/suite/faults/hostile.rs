//! Many concurrent hostile clients. Other callers are served as if the hostile clients did not
//! exist, and the service keeps no resources of hostile clients after they are gone.

pub mod target;

use std::io::Write as _;
use std::net::{SocketAddr, TcpStream};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Version};
use rand::{Rng as _, RngExt as _};
use tokio::runtime::Runtime;

use self::target::{MAX_EFFECT_DELAY, Target};
use crate::support::databases::{Kind, on_every_database};
use crate::support::http_client::connect;
use crate::support::wait::{BlockOnInTime as _, wait_until, wait_until_within};

/// Held by tests that open very many files, so that only one of them runs at a time.
static MANY_FILES: Mutex<()> = Mutex::new(());

/// Makes the stream end with a RST when it is closed.
pub fn reset(stream: &TcpStream) {
    socket2::SockRef::from(stream).set_linger(Some(Duration::ZERO)).unwrap();
}

/// Opens connections and returns those that were not refused.
fn connect_many(to: SocketAddr, count: usize) -> Vec<TcpStream> {
    let connect = || TcpStream::connect_timeout(&to, Duration::from_secs(5)).ok();
    (0..count).filter_map(|_| connect()).collect()
}

#[test]
fn ten_thousand_idle_connections_of_one_client_do_not_affect_others() {
    let _alone = MANY_FILES.lock().unwrap_or_else(PoisonError::into_inner);
    rlimit::increase_nofile_limit(u64::MAX).unwrap();
    let target = Target::start(&[]);
    target.assert_withstands(|target| {
        let held = connect_many(target.replica.public, 10_000);
        assert!(held.len() > 9000, "{}", held.len());
        let open = target.metric("elsewhere_connections{listener=\"public\"}");
        assert!(open <= 1002.0, "{open}");
        std::thread::sleep(MAX_EFFECT_DELAY);
    });
}

#[test]
fn ten_thousand_idle_connections_through_a_proxy_do_not_affect_others() {
    let _alone = MANY_FILES.lock().unwrap_or_else(PoisonError::into_inner);
    rlimit::increase_nofile_limit(u64::MAX).unwrap();
    let settings = [
        ("server.trusted_proxies", "127.0.0.1"),
        ("limits.max_connections", "12000"),
        ("limits.header_timeout", "20s"),
    ];
    let target = Target::start(&settings);
    target.assert_withstands(|target| {
        let held = connect_many(target.replica.public, 10_000);
        wait_until(&format!("{} connections are accepted", held.len()), || {
            target.metric("elsewhere_connections{listener=\"public\"}") >= 10_000.0
        });
        std::thread::sleep(MAX_EFFECT_DELAY);
    });
}

#[test]
fn slow_headers_are_cut_off() {
    let target = Target::start(&[("limits.header_timeout", "1s")]);
    target.assert_withstands(|target| {
        let mut slow = connect_many(target.replica.public, 500);
        for stream in &mut slow {
            let _ = stream.write_all(b"GET /sessions HTTP/1.1\r\nHost: x\r\nX-Slow: ");
        }
        for _ in 0..30 {
            slow.retain_mut(|stream| stream.write_all(b"x").is_ok());
            std::thread::sleep(Duration::from_millis(100));
        }
        assert!(slow.is_empty(), "{} are still waited for", slow.len());
    });
}

#[test]
fn endless_headers_are_cut_off() {
    let target = Target::start(&[]);
    target.assert_withstands(|target| {
        let address = target.replica.public;
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(move || {
                    for _ in 0..20 {
                        let mut stream = connect(address);
                        let _ = stream.write_all(b"GET /sessions HTTP/1.1\r\nHost: x\r\n");
                        let flood =
                            "X-Flood: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n".repeat(100);
                        // Until the service closes the connection.
                        let sent = (0..10_000)
                            .take_while(|_| stream.write_all(flood.as_bytes()).is_ok())
                            .count();
                        assert!(sent < 10_000);
                    }
                });
            }
        });
    });
}

#[test]
fn truncated_requests_and_random_bytes_do_not_affect_others() {
    let target = Target::start(&[("limits.header_timeout", "1s"), ("limits.body_timeout", "1s")]);
    target.assert_withstands(|target| {
        let whole = format!(
            "POST /admin/sessions HTTP/1.1\r\nHost: x\r\nX-Session-Token: {}\r\n\
             Content-Type: application/json\r\nContent-Length: 30\r\n\r\n{{\"action\": \"disable\"",
            target.token
        );
        let mut random = rand::rng();
        for listener in [target.replica.public, target.replica.admin] {
            for end in 0..whole.len() {
                let mut stream = connect(listener);
                let _ = stream.write_all(&whole.as_bytes()[..end]);
            }
            for _ in 0..300 {
                let mut bytes = vec![0; random.random_range(1..4096)];
                random.fill_bytes(&mut bytes);
                let mut stream = connect(listener);
                let _ = stream.write_all(&bytes);
            }
        }
    });
}

/// Opens an HTTP/2 connection and sends and resets requests as fast as possible (CVE-2023-44487),
/// until the service closes the connection. Returns the number of requests.
async fn reset_rapidly(to: SocketAddr, token: &str) -> usize {
    let Ok(stream) = tokio::net::TcpStream::connect(to).await else { return 0 };
    let Ok((client, connection)) = h2::client::handshake(stream).await else { return 0 };
    let connection = tokio::spawn(connection);
    let mut requests = 0;
    while requests < 20_000 {
        let Ok(mut client) = client.clone().ready().await else { break };
        let request = Request::get("http://localhost/sessions")
            .version(Version::HTTP_2)
            .header("x-session-token", token)
            .body(())
            .unwrap();
        let Ok((_answer, mut stream)) = client.send_request(request, true) else { break };
        stream.send_reset(h2::Reason::CANCEL);
        requests += 1;
        tokio::task::yield_now().await;
    }
    drop(client);
    connection.abort();
    requests
}

fn rapid_http_2_resets_close_the_connection(kind: Kind) {
    let target = Target::start_on(kind, &[]);
    target.assert_withstands(|target| {
        let runtime = Runtime::new().unwrap();
        let (address, token) = (target.replica.public, target.token.clone());
        runtime.block_on_in_time(async {
            // A database server's work takes the processors of the same machine.
            let connections = if kind == Kind::Sqlite { 16 } else { 4 };
            let all: Vec<_> = (0..connections)
                .map(|_| {
                    let token = token.clone();
                    tokio::spawn(async move { reset_rapidly(address, &token).await })
                })
                .collect();
            for one in all {
                let requests = one.await.unwrap();
                assert!(requests < 20_000, "it is never closed");
            }
        });
    });
}

#[test]
fn concurrent_http_2_streams_are_limited() {
    let target = Target::start(&[("limits.max_concurrent_streams", "7")]);
    let runtime = Runtime::new().unwrap();
    runtime.block_on_in_time(async {
        let stream = tokio::net::TcpStream::connect(target.replica.public).await.unwrap();
        let (mut client, connection) = h2::client::handshake(stream).await.unwrap();
        let connection = tokio::spawn(connection);
        let request = || {
            let request = Request::get("http://localhost/sessions");
            request.header("x-session-token", &target.token).body(()).unwrap()
        };
        // From the first response on, the client knows the limit and respects it.
        client = client.ready().await.unwrap();
        client.send_request(request(), true).unwrap().0.await.unwrap();
        let mut answers = Vec::new();
        for _ in 0..50 {
            client = client.ready().await.unwrap();
            answers.push(client.send_request(request(), true).unwrap().0);
        }
        for answer in answers {
            let mut body = answer.await.unwrap();
            assert_eq!(body.status(), 200);
            assert_eq!(body.body_mut().data().await.unwrap().unwrap(), Bytes::from_static(b"[]"));
        }
        assert_eq!(client.current_max_send_streams(), 7);
        connection.abort();
    });
}

/// The database calls continue, and the database connections are available afterwards.
fn requests_reset_during_a_database_call_leave_nothing_behind(kind: Kind) {
    const REQUESTS: u8 = 10;
    let target = Target::start_on(kind, &[]);
    let running = || target.metric("elsewhere_http_requests_in_flight{listener=\"public\"}");
    let method = if kind == Kind::Sqlite { "DELETE" } else { "GET" };
    target.assert_list_is_served();
    for _ in 0..3 {
        let lock = target.database.lock();
        let mut asking = connect_many(target.replica.public, REQUESTS.into());
        let request = format!(
            "{method} /sessions HTTP/1.1\r\nHost: x\r\nX-Session-Token: {}\r\n\r\n",
            target.token
        );
        for stream in &mut asking {
            stream.write_all(request.as_bytes()).unwrap();
        }
        wait_until("the requests arrive", || running() >= f64::from(REQUESTS));
        asking.iter().for_each(reset);
        drop(asking);
        wait_until_within(MAX_EFFECT_DELAY, "no request runs", || running() == 0.0);
        drop(lock);
        target.assert_list_is_served();
    }
    target.assert_nothing_is_held();
}

/// Uses HTTP/2, because over HTTP/1 small responses fit into the buffers of the connection.
fn unread_responses_do_not_affect_others(kind: Kind) {
    let target = Target::start_on(kind, &[]);
    target.assert_withstands(|target| {
        Runtime::new().unwrap().block_on_in_time(async {
            let mut unread = Vec::new();
            for _ in 0..4 {
                let stream = tokio::net::TcpStream::connect(target.replica.public).await.unwrap();
                let mut builder = h2::client::Builder::new();
                builder.initial_window_size(0);
                let (client, connection) = builder.handshake::<_, Bytes>(stream).await.unwrap();
                let connection = tokio::spawn(connection);
                for _ in 0..20 {
                    let request = Request::get("http://localhost/sessions/whoami");
                    let request = request.header("x-session-token", &target.token);
                    let mut client = client.clone().ready().await.unwrap();
                    let request = request.body(()).unwrap();
                    let answer = client.send_request(request, true).unwrap().0.await.unwrap();
                    assert_eq!(answer.status(), 200);
                    unread.push(answer);
                }
                assert!(unread.iter().all(|answer| !answer.body().is_end_stream()));
                drop(client);
                connection.abort();
            }
        });
    });
}

on_every_database! {
    rapid_http_2_resets_close_the_connection,
    requests_reset_during_a_database_call_leave_nothing_behind,
    unread_responses_do_not_affect_others,
}
