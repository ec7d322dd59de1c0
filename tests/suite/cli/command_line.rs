//! The commands, as people and containers run them.

use std::net::TcpListener;
use std::os::unix::ffi::OsStrExt as _;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::support::browser::Browser;
use crate::support::http_client::send;
use crate::support::nginx::await_listener;
use crate::support::output::{Lines, OutputInTime as _};
use crate::support::process::{RunningProcess, elsewhere, serve};
use crate::support::wait::wait_until;

fn run(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    elsewhere(&folder, arguments).envs(environment.iter().copied()).output_in_time()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn every_command_that_the_demo_prints_works_as_pasted() {
    let folder = tempfile::tempdir().unwrap();
    let child = elsewhere(&folder, &["demo", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut demo = RunningProcess(child);
    let mut lines = Lines::of(demo.0.stdout.take().unwrap());
    let printed: Vec<_> = lines.by_ref().take_while(|line| line != "Stop with Ctrl-C.").collect();
    let calls = printed.iter().filter_map(|line| line.strip_prefix("  "));
    let (pages, calls): (Vec<_>, Vec<_>) = calls.partition(|call| call.starts_with("http://"));
    let index = printed.iter().find_map(|line| line.strip_prefix("Open ")?.split(' ').next());
    let browser = Browser::start("en", true);
    browser.go(index.unwrap());
    browser.one("a[href$='as=robin']").follow();
    // Ten sessions of six devices.
    assert_eq!(browser.all(".card:not(.here)").len(), 6);
    assert!(browser.has("[type=search]"));
    browser.go(pages[0]);
    assert_eq!(browser.all(".card:not(.here)").len(), 5);
    browser.go(&format!("{}demo/sign-in?as=nobody", index.unwrap()));
    assert_eq!(browser.one("h1").text(), "The demo");

    let answers: Vec<_> = calls
        .iter()
        .map(|call| {
            let output = Command::new("bash").args(["-c", call]).output_in_time();
            assert!(output.status.success(), "{call}: {output:?}");
            text(&output.stdout)
        })
        .collect();
    let [by_token, by_cookie, page, next_page, nobody, whoami, issued, all, ended] =
        answers.as_slice()
    else {
        panic!("other calls than this test knows: {calls:?}");
    };
    let count = |body: &str| serde_json::from_str::<Vec<Value>>(body).unwrap().len();
    // The browser's new session is one of the others.
    assert_eq!((count(by_token), count(by_cookie)), (5, 5));
    assert_ne!(by_token, by_cookie);
    for (page, has_previous) in [(page, false), (next_page, true)] {
        let (head, body) = page.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200 OK") && head.contains("rel=\"next\""), "{head}");
        assert_eq!(head.contains("rel=\"prev\""), has_previous);
        assert_eq!(count(body), 5);
    }
    assert!(nobody.contains("\"code\":401"), "{nobody}");
    let json = |body: &str| serde_json::from_str::<Value>(body).unwrap();
    assert_eq!(json(whoami)["identity"]["traits"]["name"], "Ana");
    assert!(json(issued)["session_token"].is_string(), "{issued}");
    assert_eq!(count(all), 7);
    assert_eq!(ended, r#"{"count":6}"#);
    demo.signal("INT");
    assert!(demo.wait().success());
}

/// Its own machine's pages may call it, whatever their port.
#[test]
fn demo_on_all_addresses_has_an_admin_api_with_a_token() {
    let folder = tempfile::tempdir().unwrap();
    let child = elsewhere(&folder, &["demo", "--listen", "0.0.0.0:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut demo = RunningProcess(child);
    let mut lines = Lines::of(demo.0.stdout.take().unwrap());
    let printed: Vec<_> = lines.by_ref().take_while(|line| line != "Stop with Ctrl-C.").collect();
    let call = printed.iter().find(|line| line.contains("/admin/identities/")).unwrap();
    let url = call.split(' ').find(|word| word.starts_with("http://")).unwrap();
    let status = |arguments: &str| {
        let call = format!("curl -s -o /dev/null -w '%{{http_code}}' {arguments}");
        text(&Command::new("bash").args(["-c", &call]).output_in_time().stdout)
    };
    assert_eq!(status(url), "401");
    let (_, after) = call.split_once("-H 'Authorization: ").unwrap();
    let (token, _) = after.split_once('\'').unwrap();
    assert_eq!(status(&format!("{url} -H 'Authorization: {token}'")), "200");

    let index = printed.iter().find_map(|line| line.strip_prefix("Open ")?.split(' ').next());
    let index = index.unwrap();
    let call = format!("curl -si {index}sessions -H 'Origin: http://localhost:5173'");
    let answer = text(&Command::new("bash").args(["-c", &call]).output_in_time().stdout);
    assert!(answer.contains("access-control-allow-origin: http://localhost:5173\r\n"), "{answer}");
    let mut log = Lines::of(demo.0.stderr.take().unwrap());
    assert!(log.any(|line| line.contains("method=\"GET\" route=\"/sessions\"")));
}

#[test]
fn demo_explains_a_taken_port_and_an_existing_file() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = run(&["demo", "--listen", &address], &[]);
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2));
    assert!(error.contains(&format!("cannot listen on {address}")), "{error}");
    assert!(error.contains("try another port: demo --listen 127.0.0.1:5433"), "{error}");

    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("there"), "").unwrap();
    let output = elsewhere(&folder, &["demo", "--listen", "127.0.0.1:0", "--database", "there"])
        .output_in_time();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("--database: there already exists"), "{output:?}");
}

#[test]
fn invalid_setting_is_one_line_and_exit_code_2() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (variable, value, begins) in [
        ("ELSEWHERE_SESSION__LIFESPAN", "soon", "elsewhere: session.lifespan: "),
        ("ELSEWHERE_SERVER__LISTEN", address.as_str(), "elsewhere: server.listen: cannot listen"),
        (
            "ELSEWHERE_DATABASE__URL",
            "sqlite:///no/such/folder/x",
            "elsewhere: database.url: cannot open",
        ),
        (
            "ELSEWHERE_DATABASE__URL",
            "sqlite::memory:",
            "elsewhere: database.url: expected the path",
        ),
        ("ELSEWHERE_DATABASE__URL", "sqlite://", "elsewhere: database.url: expected the path"),
        ("ELSEWHERE_DATABASE__URL", "oracle://x", "elsewhere: database.url: "),
    ] {
        let admin = ("ELSEWHERE_ADMIN__LISTEN", "127.0.0.1:0");
        let public = ("ELSEWHERE_SERVER__LISTEN", "127.0.0.1:0");
        let output = run(&["serve"], &[admin, public, (variable, value)]);
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.starts_with(begins) && error.lines().count() == 1, "{error}");
    }
    let output = run(&["serve", "--config", "nowhere.toml"], &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).starts_with("elsewhere: --config: cannot read nowhere.toml"));
    let folder = tempfile::tempdir().unwrap();
    let url = std::ffi::OsStr::from_bytes(b"sqlite://caf\xe9");
    let output =
        elsewhere(&folder, &["serve"]).env("ELSEWHERE_DATABASE__URL", url).output_in_time();
    let error = text(&output.stderr);
    assert_eq!(error, "elsewhere: ELSEWHERE_DATABASE__URL: expected UTF-8\n");
    assert_eq!(run(&["serve", "--colour"], &[]).status.code(), Some(2));
    assert_eq!(run(&["dance"], &[]).status.code(), Some(2));
}

#[test]
fn many_processes_can_migrate_one_file_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let migrations: Vec<_> = (0..8)
        .map(|_| {
            let mut command = elsewhere(&folder, &["migrate"]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for migration in migrations {
        let output = migration.output_in_time();
        assert_eq!(text(&output.stdout), "the database is at version 18\n", "{output:?}");
        assert!(output.status.success());
    }
    // The migrated database can be served.
    let (_running, public, ..) = serve(&folder, &[]);
    assert_eq!(send(public, "GET", "/health/ready", &[]).status, 200);
}

#[test]
fn kratos_database_is_never_migrated() {
    let kratos = crate::support::kratos::restore(crate::support::databases::Kind::Sqlite);
    let output = elsewhere(&kratos.folder, &["migrate"])
        .env("ELSEWHERE_DATABASE__SCHEMA", "kratos")
        .env("ELSEWHERE_DATABASE__URL", "sqlite://own.sqlite")
        .output_in_time();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).starts_with("elsewhere: database.schema: is \"kratos\""));
}

#[test]
fn serve_runs_until_a_stop_signal() {
    for signal in ["TERM", "INT"] {
        let folder = tempfile::tempdir().unwrap();
        let (mut running, public, _, mut lines) = serve(&folder, &[]);
        assert_eq!(send(public, "GET", "/health/alive", &[]).status, 200);
        running.signal(signal);
        assert!(running.wait().success());
        assert!(lines.any(|line| line["message"] == "stopped"));
    }
}

#[test]
fn request_is_one_log_line_without_its_credentials() {
    let folder = tempfile::tempdir().unwrap();
    let (mut running, public, _, lines) = serve(&folder, &[]);
    let headers: [(&str, &[u8]); 4] = [
        ("X-Session-Token", b"ory_st_hidden_token"),
        ("Cookie", b"ory_kratos_session=hidden_cookie"),
        ("Authorization", b"Bearer hidden_bearer"),
        ("X-Request-Id", b"my-request"),
    ];
    send(public, "GET", "/sessions?page_token=hidden_query", &headers);
    send(public, "GET", "/health/alive", &headers);
    running.signal("TERM");
    let lines: Vec<_> = lines.collect();
    assert!(running.wait().success());
    assert!(!format!("{lines:?}").contains("hidden"), "{lines:?}");
    let answered: Vec<_> = lines.iter().filter(|line| line["message"] == "answered").collect();
    let [line] = answered.as_slice() else { panic!("not one line: {lines:?}") };
    assert_eq!((&line["status"], &line["route"]), (&Value::from(400), &Value::from("/sessions")));
    assert_eq!(line["span"]["id"], "my-request");
    assert!(line["duration_ms"].is_number());
}

#[test]
fn healthcheck_reports_whether_the_service_is_ready() {
    let folder = tempfile::tempdir().unwrap();
    let (running, public, ..) = serve(&folder, &[]);
    let environment = [("ELSEWHERE_SERVER__LISTEN", format!("0.0.0.0:{}", public.port()))];
    let healthcheck =
        || elsewhere(&folder, &["healthcheck"]).envs(environment.clone()).output_in_time();
    let output = healthcheck();
    assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(0), "ready\n"));
    drop(running);
    assert_eq!(healthcheck().status.code(), Some(1));
}

#[test]
fn version_and_settings_can_be_printed() {
    let output = run(&["--version"], &[]);
    assert_eq!(text(&output.stdout), format!("elsewhere {}\n", env!("CARGO_PKG_VERSION")));
    let secret = ("ELSEWHERE_SESSION__COOKIE_SECRETS", "a-secret-of-16-characters");
    let output = run(&["config"], &[secret]);
    let shown = text(&output.stdout);
    assert!(output.status.success() && shown.contains("lifespan = \"720h\""), "{shown}");
    assert!(!shown.contains("a-secret"), "{shown}");
}

#[test]
fn example_configuration_equals_the_defaults() {
    let folder = tempfile::tempdir().unwrap();
    let example = include_str!("../../../config.example.toml");
    std::fs::write(folder.path().join("elsewhere.toml"), example).unwrap();
    let shown = |arguments: &[&str]| {
        let output = elsewhere(&folder, arguments).output_in_time();
        text(&output.stdout).parse::<toml::Table>().unwrap()
    };
    let defaults = shown(&["config"]);
    assert_eq!(shown(&["config", "--config", "elsewhere.toml"]), defaults);
    assert_eq!(example.parse::<toml::Table>().unwrap(), defaults);
}

#[test]
fn error_is_logged_with_its_request_id_at_any_level() {
    let folder = tempfile::tempdir().unwrap();
    let (mut running, public, _, lines) = serve(&folder, &[]);
    running.signal("TERM");
    assert!(running.wait().success());
    drop((public, lines));
    let mut command = elsewhere(&folder, &["serve"]);
    let child = command
        .env("ELSEWHERE_SERVER__LISTEN", public.to_string())
        .env("ELSEWHERE_ADMIN__LISTEN", "127.0.0.1:0")
        .env("ELSEWHERE_LOG__LEVEL", "error")
        .stderr(Stdio::piped())
        .spawn();
    let mut running = RunningProcess(child.unwrap());
    await_listener(public);
    assert_eq!(send(public, "GET", "/health/ready", &[]).status, 200);
    let database = folder.path().join("elsewhere.sqlite");
    crate::database::schemas::run(&database, "ALTER TABLE networks RENAME TO gone");
    // The database is checked again once the last result is a second old.
    let id: &[(&str, &[u8])] = &[("X-Request-Id", b"the-broken-one")];
    wait_until("not ready", || send(public, "GET", "/health/ready", id).status != 200);
    running.signal("TERM");
    let log = Lines::of(running.0.stderr.take().unwrap()).collect::<Vec<_>>().join("\n");
    assert!(log.contains("the-broken-one") && log.contains("no such table"), "{log}");
}
