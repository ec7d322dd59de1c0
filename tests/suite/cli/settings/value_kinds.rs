//! Values of a wrong kind: every setting of the example file, with every other kind of value.

use toml::{Table, Value};

use super::load;

const EXAMPLE: &str = include_str!("../../../../config.example.toml");
/// A text that must not be shown where it stands for a secret.
const CANARY: &str = "canary-7391-of-a-secret";
const SECRETS: [&str; 4] =
    ["admin.tokens", "audit.pseudonym_key", "database.url", "session.cookie_secrets"];
/// Words of Rust, serde and toml.
const FOREIGN: [&str; 14] = [
    "i64",
    "u32",
    "i128",
    "f64",
    "bool",
    "str`",
    "invalid type",
    "unknown variant",
    "sequence",
    "untagged",
    "map",
    "TOML",
    "unit",
    "did not match",
];

/// The section, the key and the default of every setting, and of those of a template.
fn settings() -> Vec<(String, String, Value)> {
    fn collect(section: &str, keys: &Table, found: &mut Vec<(String, String, Value)>) {
        for (key, value) in keys {
            match value {
                Value::Table(keys) => collect(&format!("{section}.{key}"), keys, found),
                value => found.push((section.to_owned(), key.clone(), value.clone())),
            }
        }
    }
    let mut found = Vec::new();
    for (section, keys) in &EXAMPLE.parse::<Table>().unwrap() {
        collect(section, keys.as_table().unwrap(), &mut found);
    }
    for key in ["ttl", "jwks_url", "claims_mapper_url", "subject_source"] {
        let section = "session.tokenizer.templates.a".to_owned();
        found.push((section, key.to_owned(), Value::String(String::new())));
    }
    found
}

/// Values of kinds that a setting with this default does not accept.
fn wrong_values(path: &str, default: &Value) -> Vec<String> {
    let text = format!("\"{CANARY}\"");
    let list = format!("[\"{CANARY}\"]");
    let is_number = default.is_integer();
    let is_list = default.is_array();
    let optional = ["activity.enabled", "cache.enabled", "events.enabled", "ui.enabled"];
    let accepts_flags = default.is_bool() || optional.contains(&path);
    let all = [
        (text, default.is_str() || path == "admin.tokens"),
        (list, is_list),
        ("7391".to_owned(), is_number),
        ("73.91".to_owned(), false),
        ("inf".to_owned(), false),
        ("true".to_owned(), accepts_flags),
        ("1979-05-27T07:32:00Z".to_owned(), false),
        (format!("{{ one = \"{CANARY}\" }}"), false),
        ("[7391]".to_owned(), false),
        (format!("[[\"{CANARY}\"]]"), false),
        (format!("[\"a-text-of-16-characters\", {{ one = \"{CANARY}\" }}]"), false),
        // Not quoted.
        (CANARY.to_owned(), false),
        ("99999999999999999999999".to_owned(), false),
    ];
    all.into_iter().filter(|(_, is_accepted)| !is_accepted).map(|(value, _)| value).collect()
}

#[test]
fn value_of_a_wrong_kind_is_one_line_in_our_words() {
    let settings = settings();
    assert!(settings.len() > 60, "{}", settings.len());
    for (section, key, default) in settings {
        let path = format!("{section}.{key}");
        for value in wrong_values(&path, &default) {
            let Err(error) = load(&format!("[{section}]\n{key} = {value}"), &[]) else {
                panic!("accepted: {path} = {value}");
            };
            let case = format!("{path} = {value}: {error}");
            assert_eq!(error.lines().count(), 1, "{case}");
            assert!(error.starts_with(&path), "{case}");
            let problem = error.split_once(": ").unwrap().1.split(" (from ").next().unwrap();
            let is_ours = problem.starts_with("expected ") || problem.contains("must be quoted");
            assert!(is_ours, "{case}");
            assert!(FOREIGN.iter().all(|word| !problem.contains(word)), "{case}");
            let shows_value = problem.contains("canary") || problem.contains("7391");
            assert!(!SECRETS.contains(&&*path) || !shows_value, "{case}");
        }
    }
}

/// Texts where only a few are accepted.
#[test]
fn text_of_a_wrong_form_is_one_line_in_our_words() {
    for (section, key, default) in settings() {
        let path = format!("{section}.{key}");
        let value = match default {
            Value::String(_) => format!("\"\\u001b[1m{CANARY}\\nanother line\""),
            Value::Array(_) => format!("[\"a {CANARY}\\nanother line\"]"),
            _ => continue,
        };
        let file = format!("[{section}]\n{key} = {value}");
        if let Err(error) = load(&file, &[]) {
            assert!(error.starts_with(path.rsplit_once('.').unwrap().0), "{file}: {error}");
            assert!(error.contains(": expected "), "{file}: {error}");
            assert!(!error.contains(char::is_control), "{file}: {error}");
            assert!(!SECRETS.contains(&&*path) || !error.contains("canary"), "{file}: {error}");
        }
    }
}
