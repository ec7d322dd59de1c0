//! Configurations that are made to break the conversion.

use elsewhere::kratos_config::{Format, convert};
use proptest::prelude::*;

fn convert_yaml(kratos: &str) -> Result<String, String> {
    convert(kratos, Format::Yaml, "kratos.yml").map_err(|error| error.to_string())
}

/// Ten levels of ten aliases: ten thousand million values.
#[test]
fn aliases_do_not_expand_without_bound() {
    let levels = (1..10).map(|level| {
        let below = format!("*a{}, ", level - 1).repeat(10);
        format!("a{level}: &a{level} [{below}]\n")
    });
    let bomb: Vec<_> =
        [format!("a0: &a0 [{}]\n", "x, ".repeat(10))].into_iter().chain(levels).collect();
    let error = convert_yaml(&bomb.concat()).unwrap_err();
    assert!(error.contains("with aliases expanded"), "{error}");
    let long = format!("a: &a {}\nb: [{}]", "x".repeat(100_000), "*a, ".repeat(100_000));
    let error = convert_yaml(&long).unwrap_err();
    assert!(error.contains("with aliases expanded"), "{error}");
    let error = convert_yaml("a: &a [*a]").unwrap_err();
    assert_eq!(error, "kratos.yml: line 1: an alias contains itself");
}

#[test]
fn nesting_ends_somewhere() {
    for deep in ["[", "{a: ", "- ", "? "] {
        let error = convert_yaml(&deep.repeat(100_000)).unwrap_err();
        assert!(error.starts_with("kratos.yml: line 1: "), "{deep}: {error}");
    }
}

#[test]
fn aliases_and_merged_keys_are_read() {
    let kratos = "x: &all {domain: a.example, path: /a}\n\
                  cookies: *all\n\
                  session: {cookie: {<<: *all, path: /b}}";
    let settings = convert_yaml(kratos).unwrap();
    for line in ["cookie_domain = \"a.example\"", "cookie_path = \"/b\""] {
        assert!(settings.contains(line), "{settings}");
    }
}

/// Text from the file cannot end the comment or the string in which it stands.
#[test]
fn text_stays_within_its_comment_or_string() {
    let attack = r#"\n[admin]\nlisten = '0.0.0.0:1'\n\u0000\u007f\"\\'''"#;
    let kratos = format!(
        r#"{{"dsn": "x{attack}",
            "session": {{"{attack}": 1, "cookie": {{"domain": "{attack}"}}, "whoami": {{"tokenizer":
                {{"templates": {{"{attack}": {{"jwks_url": "file://{attack}"}},
                    "b{attack}": {{"jwks_url": "http://"}}}}}}}}}},
            "serve": {{"public": {{"cors": {{"enabled": true, "allowed_origins": ["{attack}"]}}}}}},
            "log": {{"format": "{attack}"}}}}"#
    );
    let settings: toml::Table = convert_yaml(&kratos).unwrap().parse().unwrap();
    assert_eq!(settings.keys().collect::<Vec<_>>(), ["database", "session"]);
    let dsn = settings["database"]["url"].as_str().unwrap();
    assert_eq!(dsn, "x\n[admin]\nlisten = '0.0.0.0:1'\n\0\u{7f}\"\\'''");
}

proptest! {
    #[test]
    fn any_text_is_an_error_or_valid_toml(
        kratos in "[ -~\n\t]{0,200}|[a-z:&*<>{}\\[\\], \n-]{0,60}",
    ) {
        let kratos = format!("dsn: x\nserve: {{}}\nsession: {{}}\n{kratos}");
        if let Ok(settings) = convert_yaml(&kratos) {
            prop_assert!(settings.parse::<toml::Table>().is_ok(), "{settings}");
        }
    }
}
