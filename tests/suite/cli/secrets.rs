//! No part of a secret setting reaches a log or a screen, whatever the settings, the
//! command and the log level.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::ffi::OsStrExt as _;
use std::sync::Mutex;

use proptest::prelude::*;
use tempfile::TempDir;
use uuid::Uuid;

use crate::support::databases::{Database, Kind};
use crate::support::http_client::send;
use crate::support::process::{ServeProcess, elsewhere, serve_raw};
use crate::support::sign_in::SignIn;

/// The length of the shortest piece of a secret that counts as shown.
const PIECE_LENGTH: usize = 4;
/// An address at which nothing listens.
const UNREACHABLE: &str = "127.0.0.1:1";

/// The place of a secret: environment variables and a settings file.
#[derive(Default)]
struct Setting {
    environment: Vec<(&'static str, String)>,
    file: String,
}

const URL: &str = "ELSEWHERE_DATABASE__URL";
const COOKIE: &str = "ELSEWHERE_SESSION__COOKIE_SECRETS";
const TOKEN: &str = "ELSEWHERE_ADMIN__TOKENS";
const PSEUDONYM_KEY: &str = "ELSEWHERE_AUDIT__PSEUDONYM_KEY";

fn variable(name: &'static str, value: String) -> Setting {
    Setting { environment: vec![(name, value)], file: String::new() }
}

fn file(text: String) -> Setting {
    Setting { environment: Vec::new(), file: text }
}

fn encoded(secret: &str) -> String {
    secret.bytes().flat_map(|byte| format!("%{byte:02X}").into_bytes()).map(char::from).collect()
}

type Spelling = (&'static str, fn(&str) -> Setting);

/// The ways in which a person may write a secret: right, wrong, and by mistake.
const SPELLINGS: &[Spelling] = &[
    ("postgres, as it is", |s| variable(URL, format!("postgres://sys_d:{s}@{UNREACHABLE}/dbkn"))),
    ("postgres, encoded", |s| {
        variable(URL, format!("postgres://sys_d:{}@{UNREACHABLE}/dbkn", encoded(s)))
    }),
    ("postgres, several hosts", |s| {
        variable(URL, format!("postgres://sys_d:{}@{UNREACHABLE},127.0.0.2:1/dbkn", encoded(s)))
    }),
    ("postgres, in its query", |s| {
        variable(URL, format!("postgres://sys_d@{UNREACHABLE}/dbkn?password={s}"))
    }),
    ("postgres, in its query, encoded", |s| {
        variable(URL, format!("postgres://sys_d@{UNREACHABLE}/dbkn?password={}", encoded(s)))
    }),
    ("postgres, as an unknown parameter", |s| {
        variable(URL, format!("postgres://sys_d@{UNREACHABLE}/dbkn?passwort={}", encoded(s)))
    }),
    ("postgres, as a wrong value", |s| {
        variable(URL, format!("postgres://sys_d@{UNREACHABLE}/dbkn?sslmode={}", encoded(s)))
    }),
    ("postgres, without a host", |s| variable(URL, format!("postgres://sys_d:{s}@/dbkn"))),
    // With an @, it would be a password and a host, and the mistake could not be detected.
    ("postgres, as a port", |s| {
        variable(URL, format!("postgres://sys_d:{}/dbkn", s.replace('@', ":")))
    }),
    ("postgres, libpq's options", |s| {
        let options = encoded(&format!("-c my.secret={s}"));
        variable(URL, format!("postgres://sys_d@{UNREACHABLE}/dbkn?options={options}"))
    }),
    ("mysql, as it is", |s| variable(URL, format!("mysql://sys_d:{s}@{UNREACHABLE}/dbkn"))),
    ("mysql, encoded", |s| {
        variable(URL, format!("mysql://sys_d:{}@{UNREACHABLE}/dbkn", encoded(s)))
    }),
    ("mysql, in its query", |s| {
        variable(URL, format!("mysql://sys_d@{UNREACHABLE}/dbkn?password={}", encoded(s)))
    }),
    ("mysql, as a wrong value", |s| {
        variable(URL, format!("mysql://sys_d@{UNREACHABLE}/dbkn?ssl-mode={}", encoded(s)))
    }),
    ("sqlite, in its query", |s| variable(URL, format!("sqlite://own.sqlite?key={s}"))),
    ("sqlite, as a wrong value", |s| variable(URL, format!("sqlite://own.sqlite?mode={s}"))),
    ("another scheme", |s| variable(URL, format!("oracle://sys_d:{s}@db/x"))),
    ("no URL at all", |s| variable(URL, s.to_owned())),
    ("a secret in place of its file", |s| variable("ELSEWHERE_DATABASE__URL_FILE", s.to_owned())),
    ("a cookie secret", |s| variable(COOKIE, format!("0123456789abcdef{s}"))),
    ("cookie secrets that look like URLs", |s| {
        variable(COOKIE, format!("sqlite://{s}/0123456789,https://x:{s}@y/0123456789?{s}"))
    }),
    ("a short cookie secret", |s| variable(COOKIE, s.chars().take(9).collect())),
    ("an admin token", |s| variable(TOKEN, format!("0123456789abcdef{s}"))),
    ("a pseudonym key", |s| variable(PSEUDONYM_KEY, s.to_owned())),
    ("a pseudonym key that looks like a URL", |s| {
        variable(PSEUDONYM_KEY, format!("https://x:y@z/?{s}"))
    }),
    ("in a file, well quoted", |s| {
        let quoted = toml::Value::from(format!("postgres://sys_d:{}@{UNREACHABLE}/d", encoded(s)));
        file(format!("[database]\nurl = {quoted}"))
    }),
    ("in a file, badly quoted", |s| {
        file(format!("[database]\nurl = \"postgres://sys_d:{s}@{UNREACHABLE}/dbkn\""))
    }),
    ("in a file, not quoted", |s| {
        file(format!("[database]\nurl = postgres://sys_d:{s}@{UNREACHABLE}/dbkn"))
    }),
    ("in a file, a list in place of a text", |s| {
        file(format!("[audit]\npseudonym_key = [{}]", toml::Value::from(s)))
    }),
    ("in a file, a table in place of a list", |s| {
        let quoted = toml::Value::from(s);
        file(format!("[session.cookie_secrets]\none = {quoted}\n[admin.tokens]\none = {quoted}"))
    }),
    ("in a file, lists in a list", |s| {
        file(format!("[session]\ncookie_secrets = [[{}]]", toml::Value::from(s)))
    }),
];

/// The complete output of a command. If the setting names no database, the command gets an
/// unreachable one, so that every command ends.
fn run_command(command: &str, setting: &Setting, folder: &TempDir) -> String {
    std::fs::write(folder.path().join("settings.toml"), &setting.file).unwrap();
    let mut command = elsewhere(folder, &[command, "--config", "settings.toml"]);
    if !setting.file.contains("[database]") {
        command.env(URL, format!("postgres://sys_d@{UNREACHABLE}/dbkn"));
    }
    if setting.environment.iter().any(|(name, _)| name.ends_with("_FILE")) {
        command.env_remove(URL);
    }
    let output = command
        .env("ELSEWHERE_LOG__LEVEL", "trace")
        .env("ELSEWHERE_DATABASE__START_TIMEOUT", "1ms")
        .env("ELSEWHERE_SERVER__LISTEN", "127.0.0.1:0")
        .env("ELSEWHERE_ADMIN__LISTEN", "127.0.0.1:0")
        .envs(setting.environment.iter().map(|(name, value)| (*name, value.as_str())))
        .output()
        .unwrap();
    let texts = [output.stdout, output.stderr];
    texts.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat()
}

fn pieces(text: &str) -> BTreeSet<String> {
    let characters: Vec<_> = text.chars().collect();
    characters.windows(PIECE_LENGTH).map(String::from_iter).collect()
}

/// The pieces of `secret`, plain or encoded, that are in `shown` but not in `baseline`.
fn leaked(secret: &str, shown: &str, baseline: &str) -> Vec<String> {
    let written = [secret.to_owned(), encoded(secret)];
    let secret: BTreeSet<_> = written.iter().flat_map(|secret| pieces(secret)).collect();
    let baseline = pieces(baseline);
    secret.into_iter().filter(|piece| shown.contains(piece) && !baseline.contains(piece)).collect()
}

/// The output of `command` for a secret that has nothing in common with any other.
fn baseline(spelling: usize, command: &'static str, folder: &TempDir) -> String {
    static SHOWN: Mutex<BTreeMap<(usize, &str), String>> = Mutex::new(BTreeMap::new());
    let known = SHOWN.lock().unwrap().get(&(spelling, command)).cloned();
    known.unwrap_or_else(|| {
        let shown = run_command(command, &SPELLINGS[spelling].1("~~~~~~~~~~~~"), folder);
        SHOWN.lock().unwrap().insert((spelling, command), shown.clone());
        shown
    })
}

fn assert_nothing_leaks(secret: &str, commands: &[&'static str]) -> Result<(), TestCaseError> {
    let folder = tempfile::tempdir().unwrap();
    for (nth, (spelling, set)) in SPELLINGS.iter().enumerate() {
        for command in commands {
            let shown = run_command(command, &set(secret), &folder);
            let leaked = leaked(secret, &shown, &baseline(nth, command, &folder));
            prop_assert!(
                leaked.is_empty(),
                "{spelling}: {command} shows {leaked:?} of {secret}: {shown}"
            );
        }
    }
    Ok(())
}

#[test]
fn no_command_shows_a_part_of_a_secret_that_once_leaked() {
    let commands = ["config", "serve", "migrate", "healthcheck"];
    assert_nothing_leaks("/7M+r?E':dHz", &commands).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, max_shrink_iters: 20, ..ProptestConfig::default() })]

    #[test]
    fn no_command_shows_a_part_of_any_secret(
        secret in "[A-Z]{1,4}[!-z]{5,12}([/?#@:%&=+,'\"\\\\\\[\\]{} ü€]{1,4}[A-Z0-9]{2,6}){1,3}"
    ) {
        assert_nothing_leaks(secret.trim(), &["config", "serve"])?;
    }
}

#[test]
fn empty_secret_is_shown_as_empty_and_any_other_as_hidden() {
    let folder = tempfile::tempdir().unwrap();
    let shown = run_command("config", &Setting::default(), &folder);
    for line in [
        "tokens = []",
        "cookie_secrets = []",
        "pseudonym_key = \"\"",
        "url = \"postgres://sys_d@127.0.0.1:1/dbkn\"",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line}: {shown}");
    }
    let url = "postgres://app:secret@one:5433,two/sessions?sslmode=require&password=x&user=me";
    let set = Setting {
        environment: vec![
            (URL, url.to_owned()),
            (COOKIE, "a-secret-of-16-characters,https://user:pass@a.example".to_owned()),
            (PSEUDONYM_KEY, "a key".to_owned()),
        ],
        file: String::new(),
    };
    let shown = run_command("config", &set, &folder);
    let url =
        "postgres://app:(hidden)@one:5433,two/sessions?sslmode=require&password=(hidden)&user=me";
    for line in [
        &format!("url = \"{url}\""),
        "cookie_secrets = [\"(hidden)\", \"(hidden)\"]",
        "pseudonym_key = \"(hidden)\"",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line}: {shown}");
    }
}

#[test]
fn secret_that_is_not_utf_8_is_refused_without_being_shown() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = std::ffi::OsStr::from_bytes(b"postgres://u:QXWZ\xff@h/d");
    for name in [URL, COOKIE, TOKEN, PSEUDONYM_KEY] {
        let output = elsewhere(&folder, &["config"]).env(name, bytes).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(output.stderr, format!("elsewhere: {name}: expected UTF-8\n").into_bytes());
    }
    std::fs::write(folder.path().join("secret"), b"postgres://u:QXWZ\xff@h/d").unwrap();
    let mut command = elsewhere(&folder, &["config"]);
    let output = command.env("ELSEWHERE_DATABASE__URL_FILE", "secret").output().unwrap();
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
    ("mysql://root:pw@tcp(db:3306)/d", "host"),
    ("postgres://u:p@h:http/d", "port"),
    ("postgres://u:p@h:70000/d", "port"),
    ("postgres://u:p@h:/d", "port"),
    ("postgres://u:p@h/d?max_conns=20", "sslmode"),
    ("postgres://u:p@h/d?sslmode=always", "sslmode"),
    ("mysql://u:p@h/d?parseTime=true", "ssl-mode"),
    ("sqlite://own.sqlite?_fk=true", "mode"),
    ("sqlite://own.sqlite?mode=append", "mode"),
    ("sqlite://%3Amemory%3A", "the path of a file"),
    ("postgres:u:p@h", "://"),
];

#[test]
fn invalid_database_url_is_one_line_that_explains_the_fix() {
    let folder = tempfile::tempdir().unwrap();
    for (url, hint) in WRONG_URLS {
        let output = elsewhere(&folder, &["migrate"]).env(URL, url).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{url}: {error}");
        assert!(error.starts_with("elsewhere: database.url: "), "{url}: {error}");
        assert!(error.contains(hint) && error.lines().count() == 1, "{url}: {error}");
    }
}

/// Runs a service at level trace, sends it requests, and returns all that it wrote.
fn service_output(url: &str, settings: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let trace = [(URL, url), ("ELSEWHERE_LOG__LEVEL", "trace")];
    let environment = [&trace, settings].concat();
    let ServeProcess { mut running, admin, startup_lines, lines, .. } =
        serve_raw(&folder, &environment);
    let reader = std::thread::spawn(move || lines.map(Result::unwrap).collect::<Vec<_>>());
    let bearer = format!("Bearer {}", settings.iter().find(|(key, _)| *key == TOKEN).unwrap().1);
    for (token, status) in [(bearer.as_str(), 201), ("Bearer another", 401)] {
        let sign_in = SignIn::new(Uuid::new_v4()).header("Authorization", token);
        assert_eq!(sign_in.send(admin).status, status);
    }
    assert_eq!(send(admin, "GET", "/metrics/prometheus", &[]).status, 200);
    running.signal("TERM");
    assert!(running.0.wait().unwrap().success());
    [startup_lines, reader.join().unwrap()].concat().join("\n")
}

#[test]
fn running_service_writes_no_part_of_its_secrets() {
    const SECRETS: [(&str, &str); 3] = [
        (COOKIE, "https://QK4v:JW9z@X8yq/Z7kw?PV6x"),
        (TOKEN, "QJ3w-ZK5v/XW2y?YQ9z"),
        (PSEUDONYM_KEY, "postgres://KZ1q:WX7j@QY4v"),
    ];
    let database = Database::empty(Kind::Postgres);
    let (name, password) = (Uuid::new_v4().simple().to_string(), "/VJ8+q?ZW':kXQ%");
    database.run(&format!(
        "CREATE ROLE u{name} LOGIN SUPERUSER PASSWORD '{}'",
        password.replace('\'', "''")
    ));
    let mut url = url::Url::parse(&database.url).unwrap();
    url.set_username(&format!("u{name}")).unwrap();
    let url = |password: &str| {
        let mut url = url.clone();
        url.set_password(None).unwrap();
        url.as_str().replacen('@', &format!(":{}@", encoded(password)), 1)
    };
    let good = url(password);
    let written = std::panic::catch_unwind(|| service_output(&good, &SECRETS));
    // The role's objects are given away, so that the role can be dropped.
    database.run(&format!("REASSIGN OWNED BY u{name} TO CURRENT_USER; DROP ROLE u{name}"));
    let written = written.unwrap();
    for secret in SECRETS.map(|(_, secret)| secret).iter().chain([&password]) {
        let leaked = leaked(secret, &written, "https:// postgres://");
        assert!(leaked.is_empty(), "{leaked:?} of {secret}: {written}");
    }
}

#[test]
fn panic_is_one_line_without_its_message() {
    let folder = tempfile::tempdir().unwrap();
    // Rust's `println!` panics if nobody reads its output.
    let (_, nobody_reads) = std::io::pipe().unwrap();
    let output = elsewhere(&folder, &["migrate"]).stdout(nobody_reads).output().unwrap();
    let shown = String::from_utf8(output.stderr).unwrap();
    assert!(shown.starts_with("elsewhere: panicked at ") && shown.lines().count() == 1, "{shown}");
    assert!(!shown.contains("Broken pipe"), "{shown}");
}
