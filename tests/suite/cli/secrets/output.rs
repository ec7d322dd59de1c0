//! The printed settings and the log of a running service hide secrets.

use uuid::Uuid;

use crate::cli::secrets::fixture::{
    COOKIE, PSEUDONYM_KEY, Setting, TOKEN, URL, encoded, leaked, run_command,
};
use crate::support::databases::{Database, Kind};
use crate::support::http_client::send;
use crate::support::process::{ServeProcess, serve_raw};
use crate::support::sign_in::SignIn;

#[test]
fn empty_secret_is_shown_as_empty_and_any_other_as_hidden() {
    let folder = tempfile::tempdir().unwrap();
    let shown = run_command("config", &Setting::default(), &folder);
    for line in [
        "tokens = [] # default",
        "cookie_secrets = [] # default",
        "pseudonym_key = \"\" # default",
        "url = \"postgres://sys_d@127.0.0.1:1/dbkn\" # from ELSEWHERE_DATABASE__URL",
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
        &format!("# url = \"{url}\" # from {URL}"),
        &format!("# cookie_secrets = [\"(hidden)\", \"(hidden)\"] # from {COOKIE}"),
        &format!("# pseudonym_key = \"(hidden)\" # from {PSEUDONYM_KEY}"),
    ] {
        assert!(shown.lines().any(|shown| shown == *line), "{line}: {shown}");
    }
}

/// Runs a service at level trace, sends it requests, and returns all that it wrote.
fn service_output(url: &str, settings: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let trace = [(URL, url), ("ELSEWHERE_LOG__LEVEL", "trace")];
    let environment = [&trace, settings].concat();
    let ServeProcess { mut running, admin, startup_lines, lines, .. } =
        serve_raw(&folder, &environment);
    let reader = std::thread::spawn(|| lines.until_closed().collect::<Vec<_>>());
    let bearer = format!("Bearer {}", settings.iter().find(|(key, _)| *key == TOKEN).unwrap().1);
    for (token, status) in [(bearer.as_str(), 201), ("Bearer another", 401)] {
        let sign_in = SignIn::new(Uuid::new_v4()).header("Authorization", token);
        assert_eq!(sign_in.send(admin).status, status);
    }
    assert_eq!(send(admin, "GET", "/metrics/prometheus", &[]).status, 200);
    running.signal("TERM");
    assert!(running.wait().success());
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
