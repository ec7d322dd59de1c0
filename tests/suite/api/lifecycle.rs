//! The life cycle of the service: readiness, errors, slow clients, and shutdown.

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get as route;
use elsewhere::config::Listen;
use elsewhere::server;
use elsewhere::server::{Acceptors, Listeners};
use tokio::sync::Notify;

use crate::support::databases::{Kind, on_every_database};
use crate::support::http_client::{connect, get, send};
use crate::support::people::{TestService, person, session};
use crate::support::service::config;
use crate::support::wait::{BlockOnInTime as _, wait_until_within};

on_every_database! {
    service_is_not_ready_while_the_database_fails,
    internal_error_does_not_reveal_its_cause,
}

#[test]
fn both_listeners_report_that_they_are_alive_and_ready() {
    let test = TestService::start(&[]);
    for listener in [test.service.public, test.service.admin] {
        for path in ["/health/alive", "/health/ready"] {
            let answer = send(listener, "GET", path, &[]);
            assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"status":"ok"}"#));
            assert!(answer.header("cache-control").contains("no-store"));
        }
    }
    let version = send(test.service.admin, "GET", "/version", &[]);
    assert_eq!(version.json()["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(send(test.service.admin, "GET", "/sessions", &[]).status, 404);
    assert_eq!(send(test.service.public, "GET", "/version", &[]).status, 404);
}

fn service_is_not_ready_while_the_database_fails(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    test.database.run("ALTER TABLE networks RENAME TO gone");
    let answer = send(test.service.public, "GET", "/health/ready", &[]);
    assert_eq!((answer.status, answer.header("retry-after").as_str()), (503, "1"));
    assert_eq!(send(test.service.public, "GET", "/health/alive", &[]).status, 200);
    test.database.run("ALTER TABLE gone RENAME TO networks");
    // The database is checked again once the last result is a second old.
    wait_until_within(Duration::from_secs(2), "ready", || {
        send(test.service.public, "GET", "/health/ready", &[]).status == 200
    });
}

/// The cause is a trigger of another program, which refuses an update.
fn internal_error_does_not_reveal_its_cause(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let sessions = [session(1), session(2)];
    test.issue(&person(), &sessions);
    test.database.run(match kind {
        Kind::Sqlite => {
            "CREATE TRIGGER refuse BEFORE UPDATE ON sessions
             BEGIN SELECT RAISE(ABORT, 'not on this day'); END"
        }
        Kind::Postgres => {
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
             AS $$ BEGIN RAISE EXCEPTION 'not on this day'; END $$;
             CREATE TRIGGER refuse BEFORE UPDATE ON sessions
             FOR EACH ROW EXECUTE FUNCTION refuse()"
        }
        Kind::MySql => {
            "CREATE TRIGGER refuse BEFORE UPDATE ON sessions
             FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not on this day'"
        }
    });
    let token = [("X-Session-Token", sessions[0].token.expose().as_bytes())];
    let answer = send(test.service.public, "DELETE", "/sessions", &token);
    assert_eq!(answer.status, 500);
    assert_eq!(answer.json()["error"]["status"], "Internal Server Error");
    assert!(!answer.body.contains("this day") && !answer.body.contains("UPDATE"), "{answer:?}");
}

#[test]
fn acquire_timeout_returns_503_with_retry_after() {
    let test = TestService::start(&[
        ("database.max_connections", "1"),
        ("database.acquire_timeout", "100ms"),
    ]);
    let sessions: Vec<_> = (0..900).map(session).collect();
    test.issue(&person(), &sessions);
    let (address, token) = (test.service.public, sessions[0].token.expose());
    let statuses: Vec<_> = std::thread::scope(|scope| {
        let callers: Vec<_> = (0..64)
            .map(|_| scope.spawn(|| get(address, "/sessions?page_size=1000", token)))
            .collect();
        callers.into_iter().map(|caller| caller.join().unwrap()).collect()
    });
    assert!(statuses.iter().all(|answer| answer.status == 200 || answer.status == 503));
    let shed: Vec<_> = statuses.iter().filter(|answer| answer.status == 503).collect();
    assert!(!shed.is_empty(), "one connection served 64 callers within 100 ms");
    assert!(shed.iter().all(|answer| answer.header("retry-after") == "1"));
}

#[test]
fn request_id_is_kept_if_it_is_safe_to_log() {
    let test = TestService::start(&[]);
    let id = |sent: &str| {
        let headers = [("X-Request-Id", sent.as_bytes())];
        send(test.service.public, "GET", "/sessions", &headers).header("x-request-id")
    };
    assert_eq!(id("01JD-abc_1.2:3"), "01JD-abc_1.2:3");
    for hostile in ["", "a b", "a\"b", "ünïcode", "<script>", &"x".repeat(65)] {
        let generated = id(hostile);
        assert_eq!(generated.len(), 36, "{hostile}: {generated}");
        assert_ne!(generated, id(hostile));
    }
}

#[test]
fn client_that_does_not_finish_a_request_is_disconnected() {
    let test = TestService::start(&[
        ("limits.header_timeout", "1s"),
        ("limits.body_timeout", "1s"),
        ("limits.request_timeout", "1s"),
        ("limits.idle_timeout", "3s"),
    ]);
    std::thread::scope(|scope| {
        for begun in [
            "",
            "GET /sess",
            "GET /sessions HTTP/1.1\r\nHost: localhost\r\nX-Ses",
            // A complete first request does not permit an endless second one.
            "GET /health/alive HTTP/1.1\r\nHost: localhost\r\n\r\nGET /sess",
        ] {
            let address = test.service.public;
            scope.spawn(move || {
                let mut stream = connect(address);
                stream.write_all(begun.as_bytes()).unwrap();
                let began = Instant::now();
                let mut answer = Vec::new();
                stream.read_to_end(&mut answer).unwrap();
                assert!(began.elapsed() < Duration::from_secs(5), "{begun:?}");
            });
        }
    });
}

#[test]
fn running_request_finishes_when_the_service_stops() {
    let (entered, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let routes = Router::new().route(
        "/slow",
        route({
            let (entered, release) = (Arc::clone(&entered), Arc::clone(&release));
            async move || {
                entered.notify_one();
                release.notified().await;
                "done"
            }
        }),
    );
    let any = Listen::Tcp(SocketAddr::from(([127, 0, 0, 1], 0)));
    let listeners = Listeners::bind(&any, &any).unwrap();
    let address: SocketAddr = listeners.public.to_string().parse().unwrap();
    let test = TestService::start(&[]);
    let metrics = Arc::clone(&test.service.metrics);
    let acceptors = Acceptors::new(&config([]), &metrics).unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on_in_time(async {
        let stop = Arc::new(Notify::new());
        let stopped = Arc::clone(&stop);
        let stop_signal = async move { stopped.notified().await };
        let serving =
            tokio::spawn(server::serve(listeners, routes, Router::new(), acceptors, stop_signal));
        let answer = tokio::task::spawn_blocking(move || send(address, "GET", "/slow", &[]));
        entered.notified().await;
        stop.notify_one();
        // The listener closes while the request is still running.
        while tokio::net::TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
        assert!(!serving.is_finished());
        release.notify_one();
        assert_eq!(answer.await.unwrap().body, "done");
        serving.await.unwrap().unwrap();
    });
}
