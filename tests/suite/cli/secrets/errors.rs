//! Errors about secrets, and panics, do not show them.

use std::os::unix::ffi::OsStrExt as _;

use crate::cli::secrets::fixture::{COOKIE, PSEUDONYM_KEY, TOKEN, URL};
use crate::support::output::OutputInTime as _;
use crate::support::process::elsewhere;

#[test]
fn secret_that_is_not_utf_8_is_refused_without_being_shown() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = std::ffi::OsStr::from_bytes(b"postgres://u:QXWZ\xff@h/d");
    for name in [URL, COOKIE, TOKEN, PSEUDONYM_KEY] {
        let output = elsewhere(&folder, &["config"]).env(name, bytes).output_in_time();
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(output.stderr, format!("elsewhere: {name}: expected UTF-8\n").into_bytes());
    }
    std::fs::write(folder.path().join("secret"), b"postgres://u:QXWZ\xff@h/d").unwrap();
    let mut command = elsewhere(&folder, &["config"]);
    let output = command.env("ELSEWHERE_DATABASE__URL_FILE", "secret").output_in_time();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.starts_with("elsewhere: ELSEWHERE_DATABASE__URL_FILE: cannot read"), "{error}");
    assert!(!error.contains("QXWZ"), "{error}");
}

/// Invalid database URLs, each with a part of its one-line error.
const WRONG_URLS: &[(&str, &str)] = &[
    ("postgres://sys_d:/7M+r?E':dHz@127.0.0.1:5199/dbkn", "percent-encode"),
    ("postgres://u:a#b@h/d", "percent-encode"),
    ("postgres://u:100%@h/d", "percent-encode"),
    ("postgres://u:%ff@h/d", "percent-encode"),
    ("mysql://u:a?b@h/d", "percent-encode"),
    ("sqlite://100%.sqlite", "percent-encode"),
    ("postgres://u:p@/d", "host"),
    ("postgres://u:p@one,,two/d", "host"),
    ("postgres://u:p@one two/d", "host"),
    ("mysql://root:pw@tcp(one two)/d", "host"),
    ("mysql://root:pw@tcp(db:3306)", "host"),
    ("mysql://root:pw@tcp(db:0)/d", "port"),
    ("mysql://root:pw@unix(my.sock)/d", "unix()"),
    ("postgres://u:p@h:http/d", "port"),
    ("postgres://u:p@h:70000/d", "port"),
    ("postgres://u:p@h:/d", "port"),
    ("postgres://u:p@h/d?max_cons=20", "max_conns"),
    ("postgres://u:p@h/d?max_conns=0", "from 1 to 10000 for the parameter max_conns"),
    ("postgres://u:p@h/d?sslmode=always", "sslmode"),
    ("mysql://u:p@tcp(h)/d?parsetime=true", "parseTime"),
    ("mysql://u:p@tcp(h)/d?loc=Local", "expected UTC"),
    ("mysql://u:p@tcp(h)/d?tls=custom", "tls"),
    ("cockroach://u:p@h:26257/d", "CockroachDB"),
    ("memory", "in memory"),
    ("sqlite://own.sqlite?_key=x", "mode"),
    ("sqlite://own.sqlite?mode=append", "mode"),
    ("sqlite://%3Amemory%3A", "the path of a file"),
    ("postgres:u:p@h", "://"),
];

#[test]
fn invalid_database_url_is_one_line_that_explains_the_fix() {
    let folder = tempfile::tempdir().unwrap();
    for (url, hint) in WRONG_URLS {
        let output = elsewhere(&folder, &["migrate"]).env(URL, url).output_in_time();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{url}: {error}");
        assert!(error.starts_with("elsewhere: database.url: "), "{url}: {error}");
        assert!(error.contains(hint) && error.lines().count() == 1, "{url}: {error}");
    }
}
