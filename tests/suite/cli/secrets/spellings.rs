//! The spellings of a secret in settings.

use crate::cli::secrets::fixture::{
    COOKIE, PSEUDONYM_KEY, Setting, TOKEN, UNREACHABLE, URL, encoded,
};

fn variable(name: &'static str, value: String) -> Setting {
    Setting { environment: vec![(name, value)], file: String::new() }
}

fn file(text: String) -> Setting {
    Setting { environment: Vec::new(), file: text }
}

pub type Spelling = (&'static str, fn(&str) -> Setting);

/// The spellings of a secret: right, wrong, and by mistake.
pub const SPELLINGS: &[Spelling] = &[
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
    ("mysql, in Go's form", |s| {
        variable(URL, format!("mysql://sys_d:{s}@tcp({UNREACHABLE})/dbkn?parseTime=true"))
    }),
    ("mysql, in Go's form with a socket", |s| {
        variable(URL, format!("mysql://sys_d:{s}@unix(/nowhere/my.sock)/dbkn"))
    }),
    ("mysql, in Go's form without a database", |s| {
        variable(URL, format!("mysql://sys_d:{s}@tcp({UNREACHABLE})"))
    }),
    ("mysql, as a value of Go's driver", |s| {
        variable(URL, format!("mysql://sys_d@tcp({UNREACHABLE})/d?tls={}", encoded(s)))
    }),
    ("mysql, as an ignored value", |s| {
        let attributes = format!("connectionAttributes={}", encoded(s));
        variable(URL, format!("mysql://sys_d@tcp({UNREACHABLE})/d?{attributes}"))
    }),
    ("postgres, as a limit of the pool", |s| {
        variable(URL, format!("postgres://sys_d@{UNREACHABLE}/d?max_conns={}", encoded(s)))
    }),
    ("cockroach", |s| variable(URL, format!("cockroach://sys_d:{s}@{UNREACHABLE}/d"))),
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
