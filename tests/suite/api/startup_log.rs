//! The first lines of the log, the warnings about settings, and the levels of expected failures.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::Value;

use crate::support::databases::{Kind, on_every_database};
use crate::support::http_client::{connect, get, send};
use crate::support::kratos;
use crate::support::kratos::older_versions::older_versions;
use crate::support::output::Lines;
use crate::support::people::TestService;
use crate::support::process::{RunningProcess, ServeProcess, elsewhere, serve, serve_raw};

on_every_database! {
    the_first_line_names_the_version_the_database_and_the_tables,
}

fn json(line: &str) -> Value {
    serde_json::from_str(line).unwrap()
}

fn the_first_line_names_the_version_the_database_and_the_tables(kind: Kind) {
    let server = match kind {
        Kind::Sqlite => "SQLite 3.",
        Kind::Postgres => "PostgreSQL ",
        Kind::MySql => "MariaDB ",
    };
    let own = TestService::start_on(kind, &[]);
    let [oldest, older, newer] = older_versions(kind).map(|version| version.database(kind, 1));
    let newest = kratos::restore(kind);
    let no_external_id = "kratos, without identities.external_id";
    let oldest_schema =
        format!("{no_external_id}, identities.available_aal, identities.organization_id");
    for (database, schema, expected) in [
        (&own.database, "own", "own, version 18"),
        (&newest, "kratos", "kratos, all columns"),
        (&newer, "kratos", "kratos, all columns"),
        (&older, "kratos", no_external_id),
        (&oldest, "kratos", oldest_schema.as_str()),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let ServeProcess { public, admin, startup_lines, .. } = serve_raw(
            &folder,
            &[
                ("ELSEWHERE_DATABASE__URL", &database.url),
                ("ELSEWHERE_DATABASE__SCHEMA", schema),
                ("ELSEWHERE_SESSION__COOKIES", "false"),
            ],
        );
        let line = json(&startup_lines[0]);
        assert_eq!(line["message"], "listening", "{startup_lines:?}");
        assert_eq!(line["version"], env!("CARGO_PKG_VERSION"));
        assert_eq!(line["schema"], expected);
        assert_eq!(line["public"], public.to_string());
        assert_eq!(line["admin"], admin.to_string());
        let named = line["database"].as_str().unwrap();
        let version = named.strip_prefix(server).unwrap_or_else(|| panic!("{named}"));
        assert!(version.starts_with(|first: char| first.is_ascii_digit()), "{named}");
        assert!(!startup_lines[0].contains('@'), "a credential: {startup_lines:?}");
    }
}

/// Serves with these settings until SIGTERM. Returns the warnings and errors.
fn warnings(settings: &[(&str, &str)]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let variables: Vec<_> = settings
        .iter()
        .map(|(key, value)| {
            let is_setting = key.contains('.');
            let setting = format!("ELSEWHERE_{}", key.replace('.', "__").to_uppercase());
            (if is_setting { setting } else { (*key).to_owned() }, *value)
        })
        .collect();
    let variables: Vec<_> = variables.iter().map(|(key, value)| (key.as_str(), *value)).collect();
    let ServeProcess { mut running, startup_lines, lines, .. } = serve_raw(&folder, &variables);
    running.signal("TERM");
    let lines = startup_lines.into_iter().chain(lines);
    let warned: Vec<_> = lines.map(|line| json(&line)).filter(is_warning).collect();
    assert!(running.wait().success());
    warned.iter().map(|line| line["message"].as_str().unwrap().to_owned()).collect()
}

fn is_warning(line: &Value) -> bool {
    line["level"] == "WARN" || line["level"] == "ERROR"
}

/// Settings, and how the warnings about them begin.
type Case<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str]);

#[test]
fn settings_that_hardly_work_as_intended_are_a_warning() {
    const OPEN: (&str, &str) = ("server.listen", "0.0.0.0:0");
    const OPEN_V6: (&str, &str) = ("server.listen", "[::]:0");
    const SECRET: (&str, &str) = ("session.cookie_secrets", "a-secret-of-16-characters");
    const NO_COOKIES: (&str, &str) = ("session.cookies", "false");
    const HTTPS: (&str, &str) = ("server.base_url", "https://login.example.org/");
    const HTTP: (&str, &str) = ("server.base_url", "http://login.example.org/");
    const PROXY: (&str, &str) = ("server.trusted_proxies", "10.0.0.0/8");
    const LOOPBACK: &str = "server.base_url: http://";
    const SECRETS: &str = "session.cookie_secrets: empty";
    let socket = tempfile::tempdir().unwrap();
    let socket = format!("unix:{}", socket.path().join("public").display());
    let cases: &[Case<'_>] = &[
        // Sensible settings.
        (&[], &[]),
        (&[NO_COOKIES], &[]),
        (&[SECRET], &[]),
        (&[HTTPS, PROXY, SECRET], &[]),
        (&[HTTPS, PROXY, OPEN, NO_COOKIES], &[]),
        (&[HTTP, OPEN, NO_COOKIES], &[]),
        (&[("RUST_LOG", "")], &[]),
        // A base URL of this machine, on an open address.
        (&[OPEN, SECRET], &[LOOPBACK]),
        (&[OPEN_V6, SECRET], &[LOOPBACK]),
        (&[OPEN, SECRET, ("server.base_url", "http://localhost:4433/")], &[LOOPBACK]),
        (&[OPEN, SECRET, ("server.base_url", "http://LOCALHOST./")], &[LOOPBACK]),
        (&[OPEN, SECRET, ("server.base_url", "http://app.localhost/")], &[LOOPBACK]),
        (&[OPEN, SECRET, ("server.base_url", "http://[::1]:4433/")], &[LOOPBACK]),
        (&[OPEN, SECRET, ("server.base_url", "http://127.8.9.1:4433/")], &[LOOPBACK]),
        (&[OPEN, SECRET, ("server.base_url", "http://0.0.0.0:4433/")], &[LOOPBACK]),
        // Cookies without secrets.
        (&[OPEN], &[LOOPBACK, SECRETS]),
        (&[HTTPS, PROXY], &[SECRETS]),
        (&[HTTP], &[SECRETS]),
        (&[("cors.allowed_origins", "https://app.example.org")], &[SECRETS]),
        (&[("ui.sign_in_url", "http://127.0.0.1/login")], &[SECRETS]),
        // Cookies without TLS.
        (&[HTTP, SECRET], &["server.base_url: is http, so others"]),
        // A proxy in front.
        (&[HTTPS, SECRET], &["server.trusted_proxies: empty"]),
        (&[HTTPS, NO_COOKIES, OPEN], &["server.trusted_proxies: empty"]),
        // Too few open files.
        (&[("limits.max_connections", "1000000")], &["limits.max_connections: is 1000000"]),
        (&[("RUST_LOG", "debug")], &["RUST_LOG: ignored; log.level"]),
        (&[("RUST_LOG", "trace,nonsense=[")], &["RUST_LOG: ignored; log.level"]),
    ];
    for (settings, expected) in cases {
        let warned = warnings(settings);
        assert_eq!(warned.len(), expected.len(), "{settings:?}: {warned:?}");
        for (warning, start) in warned.iter().zip(*expected) {
            assert!(warning.starts_with(start), "{settings:?}: {warned:?}");
        }
    }
    // The requests of a Unix socket are those of a proxy.
    let folder = tempfile::tempdir().unwrap();
    let mut command = elsewhere(&folder, &["serve"]);
    command.env("ELSEWHERE_SERVER__LISTEN", &socket).env("ELSEWHERE_ADMIN__LISTEN", "127.0.0.1:0");
    command.env("ELSEWHERE_SERVER__BASE_URL", HTTPS.1).env("ELSEWHERE_SESSION__COOKIES", "false");
    command.env("ELSEWHERE_SERVER__SHUTDOWN_DELAY", "").env("RUST_LOG", "the-last-warning");
    let mut running = RunningProcess(command.stderr(Stdio::piped()).spawn().unwrap());
    let mut lines = Lines::of(running.0.stderr.take().unwrap());
    let first_warning = lines.find(|line| line.contains("WARN")).unwrap();
    assert!(first_warning.contains("RUST_LOG"), "{first_warning}");
}

/// On this machine alone, the service is tried out.
#[test]
fn ignored_cookies_are_a_notice_by_default() {
    for (cookies, expected) in [("true", 1), ("false", 0)] {
        let folder = tempfile::tempdir().unwrap();
        let (mut running, _, _, lines) = serve(&folder, &[("ELSEWHERE_SESSION__COOKIES", cookies)]);
        running.signal("TERM");
        let is_notice = |line: &Value| {
            line["level"] == "INFO"
                && line["message"].as_str().unwrap().starts_with("session.cookie_secrets: empty")
        };
        assert_eq!(lines.filter(is_notice).count(), expected, "cookies: {cookies}");
        assert!(running.wait().success());
    }
}

#[test]
fn graceful_stop_logs_no_error() {
    for second_signal in ["TERM", "INT"] {
        let folder = tempfile::tempdir().unwrap();
        let settings =
            [("ELSEWHERE_SERVER__SHUTDOWN_DELAY", "1h"), ("ELSEWHERE_LOG__LEVEL", "debug")];
        let (mut running, public, admin, mut lines) = serve(&folder, &settings);
        assert_eq!(send(public, "GET", "/health/ready", &[]).status, 200);
        running.signal("TERM");
        let until =
            lines.by_ref().find(|line| line["message"] == "received SIGTERM, no longer ready");
        assert!(until.is_some());
        for address in [public, admin] {
            assert_eq!(send(address, "GET", "/health/ready", &[]).status, 503);
        }
        assert_eq!(get(public, "/sessions/whoami", "wrong").status, 401);
        running.signal(second_signal);
        let rest: Vec<_> = lines.collect();
        assert!(running.wait().success());
        assert!(!rest.iter().any(is_warning), "{rest:?}");
        let probes: Vec<_> = rest.iter().filter(|line| line["status"] == 503).collect();
        assert_eq!(probes.len(), 2, "{rest:?}");
        for probe in probes {
            assert_eq!(probe["level"], "DEBUG", "{probe}");
            assert_eq!(probe["cause"], "the service is stopping");
        }
        assert!(rest.iter().any(|line| line["message"] == "stopped"));
    }
}

/// A client that exceeds its share has to slow down; an operator has nothing to do.
#[test]
fn overload_is_logged_by_who_has_to_act() {
    for (limits, cause, level) in [
        (["4", "127.0.0.1"], "limits.max_concurrent_requests exceeded", "WARN"),
        (["16", ""], "one client exceeded its share of limits.max_concurrent_requests", "INFO"),
    ] {
        let [max_requests, trusted_proxies] = limits;
        let folder = tempfile::tempdir().unwrap();
        let settings = [
            ("ELSEWHERE_LIMITS__MAX_CONCURRENT_REQUESTS", max_requests),
            ("ELSEWHERE_SERVER__TRUSTED_PROXIES", trusted_proxies),
        ];
        let (running, public, admin, mut lines) = serve(&folder, &settings);
        // Requests whose bodies do not arrive: whichever is the fifth is refused.
        let slow = |_: usize| {
            let mut slow = connect(admin);
            let head = "POST /admin/sessions HTTP/1.1\r\nHost: localhost\r\n\
                        Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{";
            slow.write_all(head.as_bytes()).unwrap();
            slow
        };
        let held: Vec<_> = (0..5).map(slow).collect();
        let refused = lines.find(|line| line["status"] == 503).unwrap();
        assert_eq!((&refused["level"], &refused["cause"]), (&level.into(), &cause.into()));
        drop((held, running, public));
    }
}
