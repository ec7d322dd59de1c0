//! A database that cannot be used at the start is one line in plain words.

use std::io::Write as _;
use std::net::TcpListener;
use std::thread;

use crate::support::databases::{Database, Kind};
use crate::support::output::OutputInTime as _;
use crate::support::process::elsewhere;

/// Runs a command on this database, which has to fail with this exit code, and returns its error.
fn error_of(url: &str, code: i32) -> String {
    let folder = tempfile::tempdir().unwrap();
    let output = elsewhere(&folder, &["migrate"])
        .env("ELSEWHERE_DATABASE__URL", url)
        .env("ELSEWHERE_DATABASE__START_TIMEOUT", "200ms")
        .output_in_time();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), error.lines().count()), (Some(code), 1), "{url}: {error}");
    error.trim_end().to_owned()
}

fn assert_plain(url: &str, expected: &str) {
    // It may answer later.
    let error = error_of(url, 1);
    assert!(error.starts_with(&format!("elsewhere: database.url: {expected}")), "{url}: {error}");
    for foreign in ["os error", "pool timed out", "sqlx", "communicating", "Kind", "SSLRequest"] {
        assert!(!error.contains(foreign), "{url}: {error}");
    }
}

#[test]
fn server_that_is_down_is_said_in_plain_words() {
    for (url, expected) in [
        ("postgres://u@127.0.0.1:1/d", "no server listens at this address"),
        ("mysql://u@127.0.0.1:1/d", "no server listens at this address"),
        ("mysql://u:p@tcp(127.0.0.1:1)/d", "no server listens at this address"),
        ("postgres://u@127.0.0.1:1,127.0.0.1:2/d", "no server listens at this address"),
        ("postgres:///d?host=/nowhere&user=u", "no server listens at this socket"),
        ("mysql://u@unix(/nowhere/s.sock)/d", "no server listens at this socket"),
        ("postgres://u@no-such-host.invalid/d", "its host name cannot be resolved"),
        ("mysql://u@no-such-host.invalid/d", "its host name cannot be resolved"),
    ] {
        assert_plain(url, expected);
    }
}

#[test]
fn server_of_another_kind_is_said_in_plain_words() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let _ = stream.unwrap().write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    for scheme in ["postgres", "mysql"] {
        assert_plain(&format!("{scheme}://u@{address}/d"), "the server ");
    }
}

#[test]
fn server_that_does_not_answer_is_said_in_plain_words() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    for scheme in ["postgres", "mysql"] {
        assert_plain(&format!("{scheme}://u@{address}/d"), "the server does not answer");
    }
}

#[test]
fn file_that_cannot_be_opened_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("no-such-folder/own.sqlite");
    let error = error_of(&format!("sqlite://{}", path.display()), 2);
    assert!(error.contains("database.url: cannot open ") && error.contains("no-such-folder"));
    for foreign in ["error returned from database", "(code:", "os error"] {
        assert!(!error.contains(foreign), "{error}");
    }
}

/// A refusal is nearly always a wrong setting, so nobody waits for another answer.
#[test]
fn refusal_is_exit_code_2_at_once() {
    for (kind, code) in [(Kind::Postgres, "does not exist"), (Kind::MySql, "nknown database")] {
        let database = Database::empty(kind);
        let error = error_of(&format!("{}_none", database.url), 2);
        assert!(error.contains(code), "{error}");
        let (scheme, place) = database.url.split_once("://").unwrap();
        let (_, place) = place.split_once('@').unwrap();
        let error = error_of(&format!("{scheme}://nobody_of_this_name:wrong@{place}"), 2);
        assert!(error.starts_with("elsewhere: database.url: "), "{error}");
    }
}
