//! `elsewhere config`: the settings in force, and their sources.

use std::path::Path;

use elsewhere::config::Config;

use super::{load, variables};
use crate::support::output::OutputInTime as _;
use crate::support::process::elsewhere;

#[test]
fn printed_settings_hide_secrets() {
    let environment = variables(&[
        ("ELSEWHERE_DATABASE__URL", "postgres://user:hunter2hunter2@db/sessions"),
        ("ELSEWHERE_SESSION__COOKIE_SECRETS", "first-secret-of-16,second-secret-of-16"),
    ]);
    let shown = Config::describe(None, &environment).unwrap();
    assert!(shown.contains("listen = \"127.0.0.1:4433\""), "{shown}");
    assert!(shown.contains("@db/sessions"), "{shown}");
    for secret in ["hunter2", "first-secret", "second-secret"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn each_setting_is_printed_with_its_source() {
    let folder = tempfile::tempdir().unwrap();
    let file = "[session]\nlifespan = '1h'\ncookie_domain = ''\n[log]\nlevel = 'warn'\n\
                [session.tokenizer.templates.'my.app']\njwks_url = 'file:///keys.json'";
    std::fs::write(folder.path().join("mine.toml"), file).unwrap();
    let output = elsewhere(&folder, &["config", "--config", "mine.toml"])
        .env("ELSEWHERE_LOG__LEVEL", "error")
        .env("ELSEWHERE_UI__NAME", "")
        .env("ELSEWHERE_DATABASE__URL", "postgres://db/kratos?max_conns=5")
        .env("ELSEWHERE_SESSION__TOKENIZER__TEMPLATES__B__JWKS_URL", "file:///b.json")
        .output_in_time();
    assert!(output.status.success(), "{output:?}");
    let shown = String::from_utf8(output.stdout).unwrap();
    for line in [
        "lifespan = \"1h\" # from mine.toml",
        "cookie_domain = \"\" # from mine.toml",
        "level = \"error\" # from ELSEWHERE_LOG__LEVEL",
        "name = \"\" # from ELSEWHERE_UI__NAME",
        "url = \"postgres://db/kratos?max_conns=5\" # from ELSEWHERE_DATABASE__URL",
        "max_connections = 5 # from database.url",
        "required_aal = \"aal1\" # default",
        "allowed_origins = [] # default",
        "[session.tokenizer.templates.\"my.app\"]",
        "jwks_url = \"file:///keys.json\" # from mine.toml",
        "[session.tokenizer.templates.b]",
        "jwks_url = \"file:///b.json\" # from ELSEWHERE_SESSION__TOKENIZER__TEMPLATES__B__JWKS_URL",
        "ttl = \"1m\" # default",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line}: {shown}");
    }
}

/// A source may have any name, and a template, too: the output stays valid.
#[test]
fn printed_settings_can_be_loaded_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a\n[log]\nlevel = 'x' # .toml");
    let file = "[session]\ncookie_secrets = ['a-secret-of-16-chars']\nretention = '1h'\n\
                [session.tokenizer.templates.\"a \\\"b\\\\.\\u0000c\\u007f\"]\nttl = '5m'\n\
                jwks_url = 'file:///keys.json'\n\
                [admin]\ntokens = 'a-token-of-16-chars'\n\
                [ui]\nname = \"it's \\\"mine\\\"\\n\"";
    std::fs::write(&path, file).unwrap();
    let url = variables(&[("ELSEWHERE_DATABASE__URL", "postgres://u:hunter2@db/sessions")]);
    let shown = Config::describe(Some(Path::new(&path)), &url).unwrap();
    let again = load(&shown, &[]).unwrap_or_else(|error| panic!("{error}: {shown}"));
    assert_eq!(again.session.retention.as_secs(), 3600);
    assert_eq!(again.ui.name, "it's \"mine\"\n");
    assert_eq!(again.session.tokenizer.templates.keys().next().unwrap(), "a \"b\\.\0c\u{7f}");
    // A placeholder is no secret.
    assert!(again.session.cookie_secrets.is_empty() && again.admin.tokens.is_empty(), "{shown}");
    assert_eq!(again.database.url.to_string(), "sqlite://elsewhere.sqlite");
    assert!(shown.contains("# url = \"postgres://u:(hidden)@db/sessions\" # from ELSE"), "{shown}");
    assert!(
        !shown.contains("hunter2") && !shown.contains("a-token") && !shown.contains("a-secret")
    );
}
