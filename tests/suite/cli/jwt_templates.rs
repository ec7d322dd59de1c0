//! Settings of JWT templates: their sources, and the errors for invalid ones.

use std::collections::BTreeMap;
use std::path::Path;

use elsewhere::config::{Config, Source, SubjectSource};

/// Loads settings from a file with this content, and from the environment.
fn load(file: &str, environment: &[(&str, &str)]) -> Result<Config, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("settings.toml");
    std::fs::write(&path, file).unwrap();
    let environment = variables(environment);
    Config::load(Some(&path), &environment).map_err(|error| error.to_string())
}

fn variables(environment: &[(&str, &str)]) -> BTreeMap<String, String> {
    let prefixed = |name: &str| format!("ELSEWHERE_SESSION__TOKENIZER__TEMPLATES__{name}");
    environment.iter().map(|(name, value)| (prefixed(name), (*value).to_owned())).collect()
}

#[test]
fn templates_come_from_the_file_and_from_the_environment() {
    let file = "
        [session.tokenizer.templates.gateway]
        ttl = '10m'
        jwks_url = 'file:///etc/keys.json'
        subject_source = 'external_id'
        [session.tokenizer.templates.'my.app']
        jwks_url = 'base64://e30='
    ";
    let environment = [("GATEWAY__TTL", "5m"), ("OTHER__JWKS_URL", "file:///other.json")];
    let templates = load(file, &environment).unwrap().session.tokenizer.templates;
    assert_eq!(templates.keys().collect::<Vec<_>>(), ["gateway", "my.app", "other"]);
    let gateway = &templates["gateway"];
    assert_eq!(gateway.ttl.as_secs(), 300);
    assert_eq!(gateway.subject_source, SubjectSource::ExternalId);
    assert!(gateway.claims_mapper_url.is_none());
    let Source::File(path) = &gateway.jwks_url else { panic!("a file") };
    assert_eq!(path, Path::new("/etc/keys.json"));
    assert_eq!(templates["other"].ttl.as_secs(), 60);
    assert_eq!(templates["other"].subject_source, SubjectSource::Id);
}

#[test]
fn invalid_templates_are_refused_with_their_key() {
    for (setting, expected) in [
        ("TTL = '1m'", "a.TTL: unknown setting, did you mean `session.tokenizer.templates.a.ttl`?"),
        (
            "jwks_url = 'base64://e30='\nttl = 'soon'",
            "a.ttl: expected a duration such as `720h`, got `soon`",
        ),
        ("ttl = '1m'", "a.jwks_url: expected `base64://` and content in base64, or `file://`"),
        ("jwks_url = 'https://example.org/jwks'", "a.jwks_url: expected `base64://` and content"),
        ("jwks_url = 'base64://*'", "a.jwks_url: expected `base64://` and content in base64"),
        ("jwks_url = 'file://'", "a.jwks_url: expected `base64://` and content in base64"),
        (
            "jwks_url = 'base64://e30='\nsubject_source = 'email'",
            "a.subject_source: expected `id` or `external_id`, got `email`",
        ),
        ("ttl = 60", "a.ttl: expected a string in quotes, such as \"1m\", got a number"),
        ("jwks_url = ['base64://e30=']", "a.jwks_url: expected a string in quotes, got a list"),
        ("jwks_url = 'base64://e30='\nttl = '1M'", "a.ttl: expected a duration in days"),
        ("jwks_url = 'base64://e30='\nclaims_mapper_url = 'x'", "a.claims_mapper_url: expected"),
    ] {
        let file = format!("[session.tokenizer.templates.a]\n{setting}");
        let error = load(&file, &[]).unwrap_err();
        let expected = format!("session.tokenizer.templates.{expected}");
        assert!(error.starts_with(&expected), "{error}, in place of {expected}");
    }
    let error = load("session.tokenizer.templates.a = 'x'", &[]).unwrap_err();
    assert!(error.starts_with("session.tokenizer.templates.a: expected a section"), "{error}");
}

/// Content in the settings may be a private key. It is neither shown nor part of an error.
#[test]
fn keys_in_the_settings_are_hidden() {
    let environment = variables(&[
        ("A__JWKS_URL", "base64://c2VjcmV0"),
        ("B__JWKS_URL", "file:///etc/keys.json"),
    ]);
    let shown = Config::describe(None, &environment).unwrap();
    assert!(shown.contains("jwks_url = \"base64://(hidden)\""), "{shown}");
    assert!(shown.contains("jwks_url = \"file:///etc/keys.json\""), "{shown}");
    assert!(!shown.contains("c2VjcmV0"));
    let error = load("", &[("A__JWKS_URL", "base64:/c2VjcmV0")]).unwrap_err();
    assert!(!error.contains("c2VjcmV0"), "{error}");
}
