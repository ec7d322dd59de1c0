//! Unread responses take little memory, and only from the client's own share.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use http::Request;
use serde_json::json;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

use crate::faults::hostile::target::{Target, WellBehavedClient};
use crate::support::databases::Kind;
use crate::support::http_client::{connect, get, send};
use crate::support::sign_in::SignIn;
use crate::support::wait::BlockOnInTime as _;

/// The maximum growth of the process.
const MAX_GROWTH: u64 = 32 * 1024 * 1024;
const SESSIONS: usize = 1000;
const LIST: &str = "/sessions?page_size=1000";

/// A target whose identity has 60 kB of traits and a thousand sessions.
fn target(kind: Kind) -> Target {
    let target = Target::on_own_server(kind, &[]);
    let traits = json!({"email": "x@example.org", "note": "x".repeat(60_000)});
    SignIn::new(target.identity).identity(json!({"traits": traits})).at(target.replica.admin);
    let device = json!({"ip_address": "192.0.2.1", "user_agent": "curl/8.5.0"});
    let sign_in = SignIn::new(target.identity).device(device);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                (0..SESSIONS / 4).for_each(|_| drop(sign_in.at(target.replica.admin)));
            });
        }
    });
    target.database.analyze();
    target
}

/// Reads a whole list and checks its length. Returns the number of its rows.
fn read_whole(target: &Target) -> usize {
    let answer = get(target.replica.public, LIST, &target.token);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-length"), answer.body.len().to_string());
    answer.ids().len()
}

/// Asserts that the process grows by little and serves others while the responses stay unread.
fn assert_memory_stays_bounded<T>(target: &Target, max_growth: u64, ask: impl FnOnce() -> T) -> T {
    let before = target.resident_memory();
    let asked = ask();
    let grown = || target.resident_memory().saturating_sub(before);
    assert!(grown() < max_growth, "grown by {} MB", grown() / 1_000_000);
    let client = WellBehavedClient::start_at(target, "/sessions/whoami");
    std::thread::sleep(Duration::from_secs(2));
    assert!(client.stop() > 20);
    assert!(grown() < max_growth, "grown by {} MB", grown() / 1_000_000);
    asked
}

/// Sends a request and reads only the status.
fn ask_over_http_1(to: SocketAddr, path: &str, token: &str) -> (u16, TcpStream) {
    let mut stream = connect(to);
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nX-Session-Token: {token}\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut status = [0; 12];
    stream.read_exact(&mut status).unwrap();
    let status = std::str::from_utf8(&status).unwrap().strip_prefix("HTTP/1.1 ").unwrap();
    (status.parse().unwrap(), stream)
}

pub fn unread_http_1_responses_take_bounded_memory(kind: Kind) {
    let target = target(kind);
    assert_eq!(read_whole(&target), SESSIONS);
    let unread = assert_memory_stays_bounded(&target, MAX_GROWTH, || {
        let ask = |_| ask_over_http_1(target.replica.public, LIST, &target.token);
        (0..8).map(ask).inspect(|(status, _)| assert_eq!(*status, 200)).collect::<Vec<_>>()
    });
    assert!(target.metric("elsewhere_http_pending_response_bytes{listener=\"public\"}") > 1e6);
    drop(unread);
    target.assert_nothing_is_held();
}

/// Sends as many requests as allowed on one connection with a closed flow control window.
pub fn unread_http_2_responses_take_bounded_memory(kind: Kind) {
    let target = target(kind);
    assert_eq!(read_whole(&target), SESSIONS);
    let runtime = Runtime::new().unwrap();
    let unread = assert_memory_stays_bounded(&target, MAX_GROWTH, || {
        let (answers, connection) = runtime
            .block_on_in_time(ask_with_a_closed_window(target.replica.public, &target.token));
        let served = answers.iter().filter(|answer| answer.status() == 200).count();
        assert!((8..100).contains(&served), "{served} are held");
        assert!(answers.iter().all(|answer| [200, 503].contains(&answer.status().as_u16())));
        (answers, connection)
    });
    drop(unread);
    runtime.shutdown_timeout(Duration::from_secs(1));
    target.assert_nothing_is_held();
    assert_eq!(read_whole(&target), SESSIONS);
}

type Unread = Vec<http::Response<h2::RecvStream>>;

async fn ask_with_a_closed_window(to: SocketAddr, token: &str) -> (Unread, mpsc::Sender<()>) {
    let stream = tokio::net::TcpStream::connect(to).await.unwrap();
    let mut builder = h2::client::Builder::new();
    builder.initial_window_size(0).initial_max_send_streams(100);
    let (client, connection) = builder.handshake::<_, bytes::Bytes>(stream).await.unwrap();
    // The connection ends when the sender is dropped.
    let (end, mut is_over) = mpsc::channel(1);
    tokio::spawn(async move {
        tokio::select! { _ = connection => {}, _ = is_over.recv() => {} }
    });
    let mut answers = Vec::new();
    for _ in 0..100 {
        let request = Request::get(format!("http://localhost{LIST}"));
        let request = request.header("x-session-token", token).body(()).unwrap();
        let mut client = client.clone().ready().await.unwrap();
        answers.push(client.send_request(request, true).unwrap().0.await.unwrap());
    }
    (answers, end)
}

/// Each row of these lists has a different identity.
pub fn unread_admin_lists_take_bounded_memory(kind: Kind) {
    let target = Target::on_own_server(kind, &[]);
    for nth in 0..200 {
        let traits = json!({"nth": nth, "note": "x".repeat(60_000)});
        let sign_in = SignIn::new(uuid::Uuid::new_v4()).identity(json!({"traits": traits}));
        sign_in.at(target.replica.admin);
    }
    target.database.analyze();
    let list = "/admin/sessions?page_size=1000&expand=identity";
    let whole = send(target.replica.admin, "GET", list, &[]);
    assert_eq!(whole.header("content-length"), whole.body.len().to_string());
    assert_eq!(whole.ids().len(), 201);
    // Reading a list temporarily takes several times as much memory as holding it.
    let unread = assert_memory_stays_bounded(&target, 3 * MAX_GROWTH, || {
        let ask = |_| ask_over_http_1(target.replica.admin, list, "");
        (0..24).map(ask).collect::<Vec<_>>()
    });
    // One response is as large as the share of one client.
    let statuses: Vec<_> = unread.iter().map(|(status, _)| *status).collect();
    assert_eq!(statuses, [&[200][..], &[503; 23]].concat());
    assert!(target.metric("elsewhere_http_pending_response_bytes{listener=\"admin\"}") > 12e6);
    assert_eq!(send(target.replica.admin, "GET", "/health/ready", &[]).status, 200);
    drop(unread);
    target.assert_nothing_is_held();
}
