//! Settings: their sources, and the errors for invalid ones.

pub mod browsers;
pub mod database_down;
pub mod files;
pub mod page_files;
pub mod printed;
pub mod refused;
pub mod value_kinds;
pub mod variables;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use elsewhere::config::Listen;
use elsewhere::config::{Config, CookieSecret, RequiredLevel, TokenStorage};

use crate::support::output::OutputInTime as _;
use crate::support::process::elsewhere;
use crate::support::service::variable;

fn load(file: &str, environment: &[(&str, &str)]) -> Result<Config, String> {
    let mut settings = tempfile::NamedTempFile::new().unwrap();
    settings.write_all(file.as_bytes()).unwrap();
    Config::load(Some(settings.path()), &variables(environment)).map_err(|e| e.to_string())
}

fn variables(environment: &[(&str, &str)]) -> BTreeMap<String, String> {
    environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn settings_have_defaults() {
    let config = load("", &[]).unwrap();
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:4433");
    assert_eq!(config.admin.listen, Listen::Tcp("127.0.0.1:4434".parse().unwrap()));
    assert_eq!(config.database.url.to_string(), "sqlite://elsewhere.sqlite");
    assert_eq!(config.database.max_connections, 16);
    assert_eq!(config.session.lifespan.as_secs(), 720 * 60 * 60);
    assert_eq!(config.session.required_aal, RequiredLevel::Aal1);
    assert_eq!(config.session.cookie_name.as_str(), "ory_kratos_session");
    assert_eq!(config.token_storage(), TokenStorage::Sha256);
}

#[test]
fn environment_overrides_the_file_and_the_file_overrides_the_defaults() {
    let file = "[database]\nmax_connections = 3\nacquire_timeout = '1s'";
    let config = load(file, &[("ELSEWHERE_DATABASE__MAX_CONNECTIONS", "4")]).unwrap();
    assert_eq!(config.database.max_connections, 4);
    assert_eq!(config.database.acquire_timeout.as_secs(), 1);
}

#[test]
fn durations_are_read_as_go_writes_them() {
    let file =
        "[session]\nlifespan = '720h0m0s'\nretention = '1.5h'\n[limits]\nbody_timeout = '500ms'";
    let config = load(file, &[("ELSEWHERE_DATABASE__ACQUIRE_TIMEOUT", "1m30s")]).unwrap();
    assert_eq!(config.session.lifespan.as_secs(), 720 * 60 * 60);
    assert_eq!(config.session.retention.as_secs(), 90 * 60);
    assert_eq!(config.limits.body_timeout.as_millis(), 500);
    assert_eq!(config.database.acquire_timeout.as_secs(), 90);
}

#[test]
fn max_conns_of_the_url_replaces_the_default_of_max_connections_only() {
    let file = "[database]\nurl = 'mysql://app:secret@tcp(db:3306)/kratos?max_conns=20'";
    assert_eq!(load(file, &[]).unwrap().database.max_connections, 20);
    let explicit = [("ELSEWHERE_DATABASE__MAX_CONNECTIONS", "16")];
    assert_eq!(load(file, &explicit).unwrap().database.max_connections, 16);
    let url = [("ELSEWHERE_DATABASE__URL", "postgres://db/kratos?max_conns=5")];
    let shown = Config::describe(None, &variables(&url)).unwrap();
    assert!(shown.contains("max_connections = 5"), "{shown}");
}

#[test]
fn beside_kratos_serving_needs_cookie_secrets_or_no_cookies() {
    const KRATOS: (&str, &str) = ("ELSEWHERE_DATABASE__SCHEMA", "kratos");
    const URL: (&str, &str) = ("ELSEWHERE_DATABASE__URL", "postgres://db/kratos");
    const SECRETS: (&str, &str) = ("ELSEWHERE_SESSION__COOKIE_SECRETS", "a-secret-of-kratos");
    const NO_COOKIES: (&str, &str) = ("ELSEWHERE_SESSION__COOKIES", "false");
    let serving = |environment: &[_]| load("", environment).unwrap().check_serving();
    assert_eq!(serving(&[KRATOS, URL, SECRETS]), Ok(()));
    assert_eq!(serving(&[KRATOS, URL, NO_COOKIES]), Ok(()));
    assert_eq!(serving(&[]), Ok(()));
    let error = serving(&[KRATOS, URL]).unwrap_err().to_string();
    assert!(error.starts_with("session.cookie_secrets: expected the secrets of"), "{error}");
    assert!(error.contains("set session.cookies = false") && !error.contains('\n'), "{error}");
}

#[test]
fn beside_kratos_the_url_of_the_database_has_no_default() {
    let folder = tempfile::tempdir().unwrap();
    for command in ["serve", "migrate", "prune", "config"] {
        let output = elsewhere(&folder, &[command])
            .env("ELSEWHERE_DATABASE__SCHEMA", "kratos")
            .env("ELSEWHERE_SESSION__COOKIE_SECRETS", "a-secret-of-kratos")
            .output_in_time();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), error.lines().count()), (Some(2), 1), "{error}");
        assert!(error.starts_with("elsewhere: database.url: expected Kratos's DSN"), "{error}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    let file = "[database]\nschema = 'kratos'\nurl = 'sqlite://elsewhere.sqlite'";
    assert_eq!(load(file, &[]).map(|_| ()), Ok(()));
}

#[test]
fn serving_beside_kratos_without_cookie_secrets_is_refused_before_anything_starts() {
    let folder = tempfile::tempdir().unwrap();
    let output = elsewhere(&folder, &["serve"])
        .env("ELSEWHERE_DATABASE__SCHEMA", "kratos")
        // Nothing answers there, and nothing is asked.
        .env("ELSEWHERE_DATABASE__URL", "postgres://kratos@127.0.0.1:1/kratos")
        .output_in_time();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), error.lines().count()), (Some(2), 1), "{error}");
    assert!(error.starts_with("elsewhere: session.cookie_secrets: "), "{error}");
}

#[test]
fn secret_can_come_from_a_file_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    std::fs::write(&path, "the-newest-secret, with a comma\nan-older-secret-0\n").unwrap();
    let path = path.to_str().unwrap();
    let config = load("", &[("ELSEWHERE_SESSION__COOKIE_SECRETS_FILE", path)]).unwrap();
    let secrets: Vec<_> = config.session.cookie_secrets.iter().map(CookieSecret::expose).collect();
    assert_eq!(secrets, [&b"the-newest-secret, with a comma"[..], b"an-older-secret-0"]);
    let both = [
        ("ELSEWHERE_SESSION__COOKIE_SECRETS_FILE", path),
        ("ELSEWHERE_SESSION__COOKIE_SECRETS", "a-third-secret-of-16"),
    ];
    let error = load("", &both).unwrap_err();
    assert!(error.starts_with("session.cookie_secrets: set twice"), "{error}");
}

#[test]
fn text_that_looks_like_a_number_stays_a_text() {
    let secrets = "1234567890123456,7890123456789012";
    let config = load("", &[("ELSEWHERE_SESSION__COOKIE_SECRETS", secrets)]).unwrap();
    assert_eq!(config.session.cookie_secrets[0].expose(), b"1234567890123456");
}

#[test]
fn unrelated_variables_are_ignored() {
    let kubernetes = [("ELSEWHERE_PORT", "tcp://10.0.0.1:4433"), ("ELSEWHERE_SERVICE_HOST", "x")];
    assert!(load("", &kubernetes).is_ok());
}

#[test]
fn beside_kratos_tokens_are_plain() {
    let config =
        load("[database]\nschema = 'kratos'\nurl = 'sqlite://kratos.sqlite'", &[]).unwrap();
    assert_eq!(config.token_storage(), TokenStorage::Plain);
}

/// Invalid settings, each with the beginning of its one-line error.
const WRONG_SETTINGS: &[(&str, &str, &str)] = &[
    ("server.listen", "localhost", "server.listen: "),
    ("server.base_url", "example.org", "server.base_url: expected a URL"),
    ("server.base_url", "ftp://example.org/", "server.base_url: expected a URL"),
    ("server.lisen", "127.0.0.1:1", "server.lisen: unknown setting"),
    ("servr.listen", "127.0.0.1:1", "servr.listen: unknown setting"),
    ("database.schema", "krator", "database.schema: expected `own` or `kratos`, got `krator`"),
    ("database.network", "not-a-uuid", "database.network: "),
    ("database.max_connections", "0", "database.max_connections: expected a number from 1"),
    ("database.max_connections", "many", "database.max_connections: expected a whole number"),
    ("session.lifespan", "tomorrow", "session.lifespan: expected a duration such as `720h`"),
    ("session.lifespan", "0s", "session.lifespan: expected a duration"),
    (
        "session.required_aal",
        "aal2",
        "session.required_aal: expected `aal1` or `highest_available`",
    ),
    ("session.cookie_name", "a b", "session.cookie_name: expected a cookie name"),
    ("session.cookie_secrets", "tooshort", "session.cookie_secrets[0]: expected a secret of at"),
    ("session.cookie_persistent", "yes", "session.cookie_persistent: expected true or false"),
    (
        "session.token_storage",
        "md5",
        "session.token_storage: expected `sha256` or `plain`, got `md5`",
    ),
    ("cors.allowed_origins", "*", "cors.allowed_origins[0]: expected an origin"),
    ("cors.allowed_origins", "https://*.example", "cors.allowed_origins[0]: expected an origin"),
    ("cors.allowed_origins", "https://a.example/", "cors.allowed_origins[0]: expected an origin"),
    ("cors.allowed_origins", "null", "cors.allowed_origins[0]: expected an origin"),
    ("cors.allowed_origins", "file://", "cors.allowed_origins[0]: expected an origin"),
    ("cors.allowed_headers", "*", "cors.allowed_headers: expected the name of a header such as"),
    ("cors.allowed_headers", "a b", "cors.allowed_headers: expected the name of a header such as"),
    ("log.level", "loud", "log.level: expected one of `error`, `warn`, `info`"),
    ("log.format", "xml", "log.format: expected `text` or `json`, got `xml`"),
];

#[test]
fn invalid_setting_is_one_line_that_names_the_key_and_its_origin() {
    for (key, value, begins) in WRONG_SETTINGS {
        let name = variable(key);
        let error = load("", &[(&name, value)]).unwrap_err();
        assert!(error.starts_with(begins), "{key} = {value}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
        assert!(error.ends_with(&format!("(from {name})")), "{error}");
    }
}

#[test]
fn invalid_file_is_one_line_too() {
    for (file, expected) in [
        ("[server]\nlisten = 4433", "server.listen: "),
        ("[server]\nlisten = '127.0.0.1:1'\nlisten = '127.0.0.1:2'", "line 3)"),
        ("[server", "line 1: "),
        ("server = 3", "server: expected a section"),
        ("[sever]\nlisten = ''", "sever.listen: unknown setting"),
        ("[database]\nmax_connections = 'three'", "database.max_connections: "),
        ("[session]\ncookie_secrets = 'one'", "session.cookie_secrets: "),
        (
            "[database]\nschema = 'kratos'\n[session]\ntoken_storage = 'sha256'",
            "session.token_storage: ",
        ),
        (
            "[session]\ncookies = false\ncookie_secrets = ['a-secret-of-kratos']",
            "session.cookie_secrets: expected none, because session.cookies is false",
        ),
        ("[session]\ncookies = false\n[ui]\nenabled = true", "ui.enabled: expected false"),
        ("[session]\ncookies = 'no'", "session.cookies: "),
    ] {
        let error = load(file, &[]).unwrap_err();
        assert!(error.contains(expected), "{file}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
    let missing = Config::load(Some(Path::new("/nowhere/at.all")), &BTreeMap::new()).unwrap_err();
    assert!(missing.to_string().starts_with("--config: cannot read /nowhere/at.all"));
    let missing = load("", &[("ELSEWHERE_DATABASE__URL_FILE", "/nowhere/at.all")]).unwrap_err();
    assert!(missing.starts_with("ELSEWHERE_DATABASE__URL_FILE: cannot read"), "{missing}");
}

#[test]
fn no_error_contains_a_secret() {
    for value in ["'the-production-secret'", "['the-production-secret', 7777777777]", "7777777777"]
    {
        let error = load(&format!("[session]\ncookie_secrets = {value}"), &[]).unwrap_err();
        assert!(error.starts_with("session.cookie_secrets"), "{error}");
        assert!(!error.contains("production") && !error.contains("7777"), "{error}");
    }
}
