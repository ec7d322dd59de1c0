//! Database outages: requests receive a 503 quickly, and the service recovers without a restart.

use std::time::{Duration, Instant};

use elsewhere::clock::Clock;
use serde_json::json;
use tokio::runtime::Runtime;

use crate::support::databases::{Database, Kind, on_every_server};
use crate::support::http_client::{get, send};
use crate::support::people::{NOW, person, session};
use crate::support::proxy::{Mode, Proxy};
use crate::support::service::{Service, config};
use crate::support::sign_in::SignIn;
use crate::support::wait::{BlockOnInTime as _, wait_until_within};

/// A service whose database is behind a proxy, and a person with two sessions.
struct Fixture {
    proxy: Proxy,
    service: Service,
    identity: uuid::Uuid,
    token: String,
    _database: Database,
}

impl Fixture {
    fn proxy(kind: Kind, settings: &[(&str, &str)]) -> Self {
        let database = Database::empty(kind);
        // Without TLS, so that the proxy can recognise statements.
        let off = if kind == Kind::MySql { "ssl-mode=DISABLED" } else { "sslmode=disable" };
        let (proxy, url) = Proxy::start(&format!("{}?{off}", database.url));
        let all = [("database.url", url.as_str()), ("database.max_connections", "4")];
        let config = config(all.into_iter().chain(settings.to_vec()));
        let service = Service::start(&config, Clock::fixed(NOW));
        let sessions = [session(1), session(2)];
        let person = person();
        service.issue(&person, &sessions);
        let token = sessions[0].token.expose().to_owned();
        Self { proxy, service, identity: person.id, token, _database: database }
    }

    fn status(&self) -> u16 {
        let began = Instant::now();
        let answer = get(self.service.public, "/sessions", &self.token);
        assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
        assert_eq!(answer.has("retry-after"), answer.status == 503, "{answer:?}");
        answer.status
    }

    /// Sends requests concurrently, one per thread.
    fn statuses(&self, calls: usize) -> Vec<u16> {
        std::thread::scope(|scope| {
            let calls: Vec<_> = (0..calls).map(|_| scope.spawn(|| self.status())).collect();
            calls.into_iter().map(|call| call.join().unwrap()).collect()
        })
    }
}

fn a_server_restart_causes_no_errors(kind: Kind) {
    let fixture = Fixture::proxy(kind, &[]);
    // Opens all pool connections. After the cut, all of them are idle and dead.
    assert_eq!(fixture.statuses(8), [200; 8]);
    for _ in 0..3 {
        fixture.proxy.cut();
        assert_eq!(fixture.statuses(8), [200; 8]);
    }
}

fn an_unreachable_server_causes_503_until_it_is_back(kind: Kind) {
    let fixture = Fixture::proxy(kind, &[]);
    for away in [Mode::Cut, Mode::Silent] {
        assert_eq!(fixture.status(), 200);
        fixture.proxy.set_mode(away);
        assert_eq!([fixture.status(), fixture.status()], [503, 503], "{away:?}");
        fixture.proxy.set_mode(Mode::Open);
        assert_eq!(fixture.status(), 200, "{away:?}");
    }
}

/// The errors come well before `database.acquire_timeout`.
fn a_refused_connection_fails_fast(kind: Kind) {
    let fixture = Fixture::proxy(kind, &[]);
    fixture.proxy.set_mode(Mode::Cut);
    let began = Instant::now();
    assert_eq!(fixture.statuses(20), [503; 20]);
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
}

/// One call holds the only connection, one waits for it, and all others are refused at once.
fn callers_beyond_max_pending_acquires_are_refused_at_once(kind: Kind) {
    let few = [
        ("database.max_connections", "1"),
        ("database.max_pending_acquires", "1"),
        // Looks for changes are calls, too.
        ("cache.enabled", "false"),
    ];
    let fixture = Fixture::proxy(kind, &few);
    assert_eq!(fixture.statuses(2), [200, 200]);
    fixture.proxy.set_mode(Mode::Silent);
    let took = |_| {
        let began = Instant::now();
        assert_eq!(fixture.status(), 503);
        began.elapsed()
    };
    let took: Vec<_> = std::thread::scope(|scope| {
        let calls: Vec<_> = (0..12).map(|call| scope.spawn(move || took(call))).collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    });
    let at_once = took.iter().filter(|took| **took < Duration::from_secs(1)).count();
    assert_eq!(at_once, 10, "{took:?}");
}

/// The outcome of such a call is unknown. The retry takes effect exactly once.
fn a_call_whose_response_was_lost_is_retried(kind: Kind) {
    let fixture = Fixture::proxy(kind, &[]);
    let (service, token) = (&fixture.service, fixture.token.as_bytes());
    let headers: &[(&str, &[u8])] = &[("X-Session-Token", token)];
    let delete = |path: &str| send(service.public, "DELETE", path, headers);
    let sign_in = SignIn::new(fixture.identity).device(json!({"user_agent": "app"}));
    let list = || get(service.public, "/sessions", &fixture.token).ids();

    // On a new connection a statement is prepared before it is executed: two responses.
    let lose = |text, nth| {
        fixture.proxy.cut();
        fixture.proxy.lose_response_to(text, nth);
    };

    let statements = [("INSERT INTO sessions", 2), ("INSERT INTO session_devices", 2)];
    for (lost, nth) in statements.into_iter().chain([("COMMIT", 1)]) {
        let before = list().len();
        lose(lost, nth);
        let answer = sign_in.send(service.admin);
        assert_eq!(answer.status, 201, "{lost}: {answer:?}");
        assert!(fixture.proxy.has_lost_response(), "{lost}");
        assert_eq!(answer.json()["session"]["devices"].as_array().unwrap().len(), 1, "{lost}");
        assert_eq!(list().len(), before + 1, "{lost}");
    }
    let others = list();
    for (path, status) in [(format!("/sessions/{}", others[0]), 204), ("/sessions".into(), 200)] {
        lose("UPDATE sessions", 2);
        assert_eq!(delete(&path).status, status, "{path}");
        assert!(fixture.proxy.has_lost_response(), "{path}");
    }
    assert!(list().is_empty());

    lose("DELETE FROM identities", 2);
    let path = format!("/admin/identities/{}", fixture.identity);
    assert_eq!(send(service.admin, "DELETE", &path, &[]).status, 204);
    assert!(fixture.proxy.has_lost_response());
    assert_eq!(send(service.admin, "DELETE", &path, &[]).status, 404);
}

fn readiness_is_checked_at_most_once_a_second(kind: Kind) {
    // Looks for changes send bytes, too.
    let fixture = Fixture::proxy(kind, &[("cache.enabled", "false")]);
    let ready = || get(fixture.service.public, "/health/ready", "").status;
    let bytes = || fixture.proxy.bytes_to_server();
    assert_eq!(ready(), 200);
    // The number of bytes of a statement, averaged over many of them.
    let (before, statements) = (bytes(), 50);
    for _ in 0..statements {
        fixture.status();
    }
    let (began, after) = (Instant::now(), bytes());
    let size = (after - before) / statements;
    for _ in 0..200 {
        assert_eq!(ready(), 200);
    }
    assert!(bytes() - after <= size * (began.elapsed().as_secs() + 1), "{}", bytes() - after);

    fixture.proxy.set_mode(Mode::Cut);
    wait_until_within(Duration::from_secs(2), "not ready", || ready() != 200);
}

fn startup_waits_for_the_server(kind: Kind) {
    let database = Database::empty(kind);
    let (proxy, url) = Proxy::start(&database.url);
    proxy.set_mode(Mode::Cut);

    let impatient = config([("database.url", url.as_str()), ("database.start_timeout", "300ms")]);
    let error = Runtime::new().unwrap().block_on_in_time(elsewhere::database::open(&impatient));
    assert!(error.err().unwrap().to_string().starts_with("database.url: "));

    let patient = config([("database.url", url.as_str())]);
    let service = std::thread::spawn(move || Service::start(&patient, Clock::fixed(NOW)));
    proxy.set_mode(Mode::Open);
    let answer = get(service.join().unwrap().public, "/sessions", "nobodys");
    assert_eq!(answer.status, 401);
}

/// A reachable host is used, and the next one when it fails.
fn a_reachable_host_of_several_is_used(kind: Kind) {
    let database = Database::empty(kind);
    let (first, first_url) = Proxy::start(&database.url);
    let (second, second_url) = Proxy::start(&database.url);
    let port = |url: &str| url::Url::parse(url).unwrap().port().unwrap();
    let here = format!("127.0.0.1:{}", port(&first_url));
    let both = format!("{here},127.0.0.1:{}", port(&second_url));
    let url = first_url.replace(&here, &both);

    first.set_mode(Mode::Cut);
    // A look for changes may find out first that a host is silent.
    let settings = [("database.url", url.as_str()), ("cache.enabled", "false")];
    let service = Service::start(&config(settings), Clock::fixed(NOW));
    let status = || get(service.public, "/sessions", "nobodys").status;
    assert_eq!(status(), 401);
    second.set_mode(Mode::Cut);
    assert_eq!(status(), 503);
    first.set_mode(Mode::Open);
    assert_eq!(status(), 401);
    second.set_mode(Mode::Open);
    // A silent host sends nothing on new connections, nor on existing ones.
    first.set_mode(Mode::Silent);
    assert_eq!([status(), status()], [503, 401]);
}

on_every_server! {
    a_server_restart_causes_no_errors,
    an_unreachable_server_causes_503_until_it_is_back,
    a_refused_connection_fails_fast,
    callers_beyond_max_pending_acquires_are_refused_at_once,
    a_call_whose_response_was_lost_is_retried,
    readiness_is_checked_at_most_once_a_second,
    startup_waits_for_the_server,
    a_reachable_host_of_several_is_used,
}
