//! The output of operators' commands: plurals, JSON, labels of devices, terminals and closed
//! pipes.

use std::fs::OpenOptions;
use std::process::{Output, Stdio};

use elsewhere::repository::NewSession;
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use crate::support::http_client::send;
use crate::support::output::OutputInTime as _;
use crate::support::people::{TestService, person, session};
use crate::support::process::{elsewhere, serve};

const CHROME: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like \
                      Gecko) Chrome/138.0.0.0 Safari/537.36";

fn run(test: &TestService, arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    elsewhere(&folder, arguments)
        .env("ELSEWHERE_DATABASE__URL", &test.database.url)
        .env("ELSEWHERE_AUDIT__ENABLED", "false")
        .output_in_time()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn parsed(output: &Output) -> Value {
    let text = stdout(output);
    assert_eq!(text.lines().count(), 1, "{output:?}");
    serde_json::from_str(&text).unwrap()
}

/// A session that expires in a hundred years: the commands use the system's clock.
fn long_lived(age: i64) -> NewSession {
    let mut issued = session(age);
    issued.session.expires_at += time::Duration::days(36_500);
    issued
}

fn used_by(user_agent: Option<&str>, location: Option<&str>) -> NewSession {
    let mut issued = long_lived(1);
    let device = &mut issued.session.devices[0];
    device.user_agent = user_agent.map(str::to_owned);
    device.location = location.map(str::to_owned);
    issued
}

#[test]
fn revoke_says_what_happened_to_each_session() {
    let test = TestService::start(&[]);
    let mut ended = long_lived(3);
    ended.session.active = false;
    let sessions = [long_lived(0), long_lived(1), long_lived(2), ended];
    test.issue(&person(), &sessions);
    let [first, second, third, ended] = sessions.map(|issued| issued.session.id.to_string());
    let unknown = Uuid::new_v4().to_string();
    let no_session = format!("elsewhere: there is no session {unknown}\n");
    let ended_already = format!("0 sessions revoked\nsession {ended} had ended already\n");
    for (ids, code, out, error) in [
        (vec![&unknown], 1, "0 sessions revoked\n".to_owned(), no_session.clone()),
        (vec![&ended], 0, ended_already, String::new()),
        (vec![&first], 0, "1 session revoked\n".to_owned(), String::new()),
        (vec![&second, &second], 0, "1 session revoked\n".to_owned(), String::new()),
        (
            vec![&unknown, &third, &first],
            1,
            format!("1 session revoked\nsession {first} had ended already\n"),
            no_session.clone(),
        ),
    ] {
        let ids: Vec<_> = ids.into_iter().map(String::as_str).collect();
        let output = run(&test, &[vec!["sessions", "revoke", "--yes"], ids.clone()].concat());
        let given = (output.status.code(), stdout(&output), stderr(&output));
        assert_eq!(given, (Some(code), out, error), "{ids:?}");
    }
    let output = run(&test, &["sessions", "revoke", "--yes", "--json", &third, &ended, &unknown]);
    assert_eq!(output.status.code(), Some(1));
    let nothing: [&str; 0] = [];
    let expected = json!({
        "ended": 0, "sessions": nothing, "already_ended": [third, ended], "unknown": [unknown]
    });
    assert_eq!(parsed(&output), expected);
}

#[test]
fn results_can_be_read_by_programs() {
    let test = TestService::start(&[]);
    let (ana, only) = (person(), long_lived(1));
    let mut old = session(3600 * 24 * 400);
    old.session.expires_at -= time::Duration::days(300);
    test.issue(&ana, &[only.clone(), old]);
    let copy = TempDir::new().unwrap();
    let copy = copy.path().join("copy.sqlite").display().to_string();
    let id = only.session.id.to_string();
    let nothing: [&str; 0] = [];
    for (arguments, expected) in [
        (vec!["migrate"], json!({"version": 18})),
        (vec!["backup", &copy], json!({"file": copy})),
        (vec!["prune", "--dry-run"], json!({"sessions": 1, "dry_run": true})),
        (vec!["prune"], json!({"sessions": 1, "dry_run": false})),
        (vec!["prune"], json!({"sessions": 0, "dry_run": false})),
        (
            vec!["sessions", "revoke", "--email", "someone@example.org"],
            json!({"ended": 1, "sessions": [id], "already_ended": nothing, "unknown": nothing}),
        ),
        (vec!["sessions", "list", "--email", "someone@example.org"], json!(nothing)),
    ] {
        let output = run(&test, &[arguments.clone(), vec!["--json"]].concat());
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        assert_eq!(parsed(&output), expected, "{arguments:?}");
    }
    let folder = tempfile::tempdir().unwrap();
    let (_running, public, ..) = serve(&folder, &[]);
    assert_eq!(send(public, "GET", "/health/ready", &[]).status, 200);
    let output = elsewhere(&folder, &["healthcheck", "--json"])
        .env("ELSEWHERE_SERVER__LISTEN", public.to_string())
        .output_in_time();
    assert_eq!(parsed(&output), json!({"ready": true}));
}

#[test]
fn one_is_not_many() {
    let test = TestService::start(&[]);
    let old = |age: i64| {
        let mut old = session(3600 * 24 * 400 + age);
        old.session.expires_at -= time::Duration::days(300);
        old
    };
    test.issue(&person(), &[old(1), long_lived(1)]);
    assert_eq!(stdout(&run(&test, &["prune", "--dry-run"])), "1 session would be deleted\n");
    assert_eq!(stdout(&run(&test, &["prune"])), "1 session deleted\n");
    test.issue(&person(), &[old(2), old(3)]);
    assert_eq!(stdout(&run(&test, &["prune"])), "2 sessions deleted\n");
    assert_eq!(stdout(&run(&test, &["prune"])), "0 sessions deleted\n");
    let revoke = run(&test, &["sessions", "revoke", "--email", "someone@example.org", "--yes"]);
    assert_eq!(stdout(&revoke), "1 session revoked\n");
}

#[test]
fn tables_show_labels_and_nothing_that_controls_a_terminal() {
    let test = TestService::start(&[]);
    for (user_agent, location, shown) in [
        (Some(CHROME), None, "Chrome on Windows, 192.0.2.1"),
        (Some(CHROME), Some("Berlin, DE"), "Chrome on Windows, 192.0.2.1, Berlin, DE"),
        (Some("curl/8.5.0"), None, "curl, 192.0.2.1"),
        (None, None, "Unknown device, 192.0.2.1"),
        // Wide and combining characters.
        (Some("\u{65e5}\u{672c}\u{8a9e}/1.0"), None, "\u{65e5}\u{672c}\u{8a9e} 1.0, 192.0.2.1"),
        (Some("Cafe\u{301}/2.0"), None, "Cafe\u{301} 2.0, 192.0.2.1"),
        // Escape sequences, in 7 and in 8 bits; new lines; deletions.
        (Some("Ev\u{1b}[2Jil/1.0"), None, "Ev, 192.0.2.1"),
        (Some(CHROME), Some("\u{9b}31mRed"), "Chrome on Windows, 192.0.2.1, 31mRed"),
        (Some(CHROME), Some("a\r\nb\tc\u{7f}"), "Chrome on Windows, 192.0.2.1, abc"),
        // Other directions of text, and invisible letters.
        (Some(CHROME), Some("\u{202e}txet\u{2066}"), "Chrome on Windows, 192.0.2.1, txet"),
        (Some(CHROME), Some("\u{200b}\u{feff}\u{200f}x"), "Chrome on Windows, 192.0.2.1, x"),
        (Some(CHROME), Some("  "), "Chrome on Windows, 192.0.2.1"),
    ] {
        let ana = person();
        test.issue(&ana, &[used_by(user_agent, location)]);
        let id = ana.id.to_string();
        let table = stdout(&run(&test, &["sessions", "list", "--identity", &id]));
        let [heading, row] = table.lines().collect::<Vec<_>>()[..] else {
            panic!("{table:?}");
        };
        let start = heading.find("LAST DEVICE").unwrap();
        assert_eq!(&row[start..], shown, "{user_agent:?} {location:?}");

        let output = run(&test, &["sessions", "list", "--json", "--identity", &id]);
        let line = stdout(&output);
        let is_harmless =
            |letter: char| !letter.is_control() && !"\u{202e}\u{2066}\u{200b}".contains(letter);
        assert!(line.trim_end().chars().all(is_harmless), "{line:?}");
        let device = &parsed(&output)[0]["devices"][0];
        assert_eq!(device["user_agent"], json!(user_agent), "{line}");
        assert_eq!(device["location"], json!(location), "{line}");
        assert!(
            shown.contains(device["label"]["text"].as_str().unwrap().trim_end())
                || line.contains("\\u001b")
        );
    }
    let ana = person();
    test.issue(&ana, &[used_by(Some(CHROME), Some(&"e\u{301}".repeat(500)))]);
    let table = stdout(&run(&test, &["sessions", "list", "--identity", &ana.id.to_string()]));
    assert!(table.lines().all(|line| line.chars().count() < 300), "{table}");
}

#[test]
fn a_closed_pipe_is_no_error() {
    let test = TestService::start(&[]);
    let ana = person();
    let sessions: Vec<_> = (0..600).map(long_lived).collect();
    test.issue(&ana, &sessions);
    let (id, only) = (ana.id.to_string(), sessions[0].session.id.to_string());
    for arguments in [
        vec!["sessions", "list", "--identity", &id],
        vec!["sessions", "list", "--identity", &id, "--json"],
        vec!["sessions", "revoke", &only],
        vec!["sessions", "revoke", "--identity", &id, "--yes", "--json"],
        vec!["prune"],
        vec!["prune", "--json"],
        vec!["migrate"],
        vec!["config"],
        vec!["openapi"],
        vec!["openapi", "--admin"],
        vec!["--help"],
        vec!["--version"],
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut command = elsewhere(&folder, &arguments);
        // A pipe whose reader has gone.
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = command
            .env("ELSEWHERE_DATABASE__URL", &test.database.url)
            .env("ELSEWHERE_AUDIT__ENABLED", "false")
            .stdout(writer)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
            .output_in_time();
        assert_eq!(
            (output.status.code(), stderr(&output).as_str()),
            (Some(0), ""),
            "{arguments:?}"
        );
    }
    // The commands have done their work.
    let left = run(&test, &["sessions", "list", "--identity", &id, "--json"]);
    assert_eq!(parsed(&left), json!([]));
}

#[test]
fn output_that_cannot_be_written_is_an_error() {
    let test = TestService::start(&[]);
    let ana = person();
    test.issue(&ana, &[long_lived(1)]);
    for arguments in
        [vec!["sessions", "list", "--email", "someone@example.org"], vec!["prune"], vec!["openapi"]]
    {
        let folder = tempfile::tempdir().unwrap();
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut command = elsewhere(&folder, &arguments);
        command.env("ELSEWHERE_DATABASE__URL", &test.database.url).stdout(full);
        let output = command.stderr(Stdio::piped()).spawn().unwrap().output_in_time();
        let error = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {error}");
        assert!(error.starts_with("elsewhere: cannot write to standard output: "), "{error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}
