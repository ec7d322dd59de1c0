//! Several files, standard input, and files that contain a configuration below their top.

use std::io::Write as _;
use std::process::{Output, Stdio};

use elsewhere::kratos_config::{Format, convert};
use tempfile::TempDir;

use super::text;
use crate::support::output::OutputInTime as _;
use crate::support::process::elsewhere;

fn merged(files: &[(&str, &str)]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let mut arguments = vec!["config"];
    for (name, content) in files {
        std::fs::write(folder.path().join(name), content).unwrap();
        arguments.extend(["--from-kratos", name]);
    }
    elsewhere(&folder, &arguments).output_in_time()
}

#[test]
fn later_files_take_precedence_key_by_key_and_replace_lists() {
    let base = "dsn: postgres://one/kratos\n\
                secrets: {cookie: [the-first-secret-16, the-second-secret-1]}\n\
                session: {lifespan: 1h, cookie: {name: a_cookie, domain: a.example}}\n\
                cookies: {path: /a}\n\
                selfservice: {methods: {code: {enabled: true}}}";
    let output = merged(&[
        ("base.yml", base),
        ("env.toml", "dsn = 'postgres://two/kratos'\n[session.cookie]\ndomain = 'b.example'"),
        ("secrets.json", r#"{"secrets": {"cookie": ["the-third-secret-16"]}}"#),
        ("more.yaml", "selfservice: {methods: {code: {mfa_enabled: true}}}\ncookies:\n"),
    ]);
    assert!(output.status.success(), "{output:?}");
    let written = text(&output.stdout);
    assert!(written.contains("the Kratos of base.yml, env.toml, secrets.json, more.yaml."));
    let settings: toml::Table = written.parse().unwrap();
    let session = settings["session"].as_table().unwrap();
    for (key, expected) in [
        ("lifespan", "1h"),
        ("cookie_name", "a_cookie"),
        ("cookie_domain", "b.example"),
        ("cookie_path", "/a"),
    ] {
        assert_eq!(session[key].as_str(), Some(expected), "{key}");
    }
    assert_eq!(session["cookie_secrets"].as_array().unwrap().len(), 1);
    assert_eq!(session["second_factors"].as_array().unwrap().len(), 4);
    assert_eq!(settings["database"]["url"].as_str(), Some("postgres://two/kratos"));
}

#[test]
fn errors_of_merged_files_name_them() {
    let output = merged(&[("a.yml", "session: {lifespan: 1h}"), ("b.yml", "session: 12")]);
    assert_eq!(output.status.code(), Some(2));
    let error = text(&output.stderr);
    assert_eq!(error, "elsewhere: session: expected keys and values (from a.yml, b.yml)\n");
    let output = merged(&[("a.yml", "session: {lifespan: 1h}"), ("b.yml", "kind: ConfigMap")]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).starts_with("elsewhere: b.yml: expected a Kratos"), "{output:?}");
}

fn from_standard_input(folder: &TempDir, arguments: &[&str], input: &str) -> Output {
    let mut running = elsewhere(folder, arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // In a thread, because a program that reads nothing lets the pipe fill.
    let (mut stdin, input) = (running.stdin.take().unwrap(), input.to_owned());
    std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    running.output_in_time()
}

#[test]
fn standard_input_is_a_file_too() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("base.yml"), "session: {lifespan: 1h}\nlog: {}").unwrap();
    let alone = ["config", "--from-kratos", "-"];
    let output = from_standard_input(&folder, &alone, "session: {lifespan: 2h}");
    let written = text(&output.stdout);
    assert!(written.contains("lifespan = \"2h\"") && written.contains("of standard input."));
    let arguments = ["config", "--from-kratos", "-", "--from-kratos", "base.yml"];
    let output = from_standard_input(&folder, &arguments, "session: {lifespan: 2h}");
    assert!(text(&output.stdout).contains("lifespan = \"1h\""), "{output:?}");
    let output = from_standard_input(&folder, &alone, "");
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    assert!(text(&output.stderr).starts_with("elsewhere: standard input: expected a Kratos conf"));
}

#[test]
fn configuration_below_the_top_is_refused_and_its_place_named() {
    let configuration = "dsn: memory, selfservice: {methods: {totp: {enabled: true}}}";
    let data = "|\n    version: v1.3.1\n    dsn: memory\n    session:\n      lifespan: 1h\n";
    let helm = "replicaCount: 1\nimage: {tag: v1.3.1}\ncourier: {enabled: true}\nsecret: {}\n";
    for (file, place) in [
        (format!("{helm}kratos: {{config: {{{configuration}}}}}"), "kratos.config"),
        (format!("kratos: {{automigration: {{}}, config: {{{configuration}}}}}"), "kratos.config"),
        ("courier: {}\nkratos: {config: {dsn: memory}}".to_owned(), "kratos.config"),
        (format!("ory: {{kratos: {{config: {{{configuration}}}}}}}"), "ory.kratos.config"),
        (format!("kratos: {{kratos: {{config: {{{configuration}}}}}}}"), "kratos.kratos.config"),
        (format!("config: {{{configuration}}}"), "config"),
        (format!("image: {{}}\nconfig: {data}"), "config"),
        (format!("kratos: {{{configuration}}}"), "kratos"),
        (format!("kind: ConfigMap\ndata:\n  kratos.yaml: {data}"), "data.\"kratos.yaml\""),
        (format!("kind: ConfigMap\ndata:\n  kratos.yml: {data}"), "data.\"kratos.yml\""),
        (format!("kind: ConfigMap\ndata:\n  base.yaml: {data}"), "data.\"base.yaml\""),
        (
            "kind: ConfigMap\ndata: {a.json: \"{\\n  \\\"dsn\\\": 1\\n}\", b.json: '{}'}"
                .to_owned(),
            "data.\"a.json\"",
        ),
        (
            "kind: ConfigMap\ndata: {a.toml: \"dsn = 'memory'\\n[session]\\n\"}".to_owned(),
            "data.\"a.toml\"",
        ),
        ("kind: Secret\ndata: {kratos.yaml: ZHNuOiBtZW1vcnk=}".to_owned(), "data.\"kratos.yaml\""),
        (
            format!(
                "kind: List\nitems: [{{kind: Service}}, {{data: {{config: {{{configuration}}}}}}}]"
            ),
            "items[1].data.config",
        ),
        (
            format!(
                "kind: HelmRelease\nspec: {{values: {{kratos: {{config: {{{configuration}}}}}}}}}"
            ),
            "spec.values.kratos.config",
        ),
        (
            format!("services: {{identity: {{config: {{{configuration}}}}}}}"),
            "services.identity.config",
        ),
        (
            format!(
                "version: '3.7'\nservices: {{}}\nconfigs: {{kratos: {{content: \"{}\"}}}}",
                "dsn: memory\\nserve: {}\\n"
            ),
            "configs.kratos.content",
        ),
    ] {
        let error = convert(&file, Format::Yaml, "values.yml").unwrap_err().to_string();
        assert_eq!(
            error,
            format!(
                "values.yml: expected a Kratos configuration at the top, but it is below {place}. \
                 Save that part as a file of its own"
            ),
            "{file}"
        );
    }
}

#[test]
fn files_without_a_configuration_are_refused() {
    for file in [
        "{}",
        "---",
        "a: 1",
        "replicaCount: 1\nimage: {tag: v1.3.1}\nkratos: {development: false}",
        "apiVersion: v1\nkind: ConfigMap\ndata: {identity.schema.json: '{\"type\": \"object\"}'}",
        "version: '3.7'\nservices: {kratos: {image: oryd/kratos}}\nvolumes: {}",
        "version: '3.7'\nservices: {}\nnetworks: {}\nsecrets: {a: {file: b}}",
        "server: {listen: ''}\ndatabase: {url: ''}\nadmin: {}",
        "issuer: https://example.org\nurls: {}\noidc: {}",
        "$id: https://schemas.example.org/identity.json\ntype: object\ntitle: Person",
        "config: a.yml",
        "SESSION_LIFESPAN: 1h",
    ] {
        let error = convert(file, Format::Yaml, "x.yml").unwrap_err().to_string();
        assert!(error.starts_with("x.yml: expected a Kratos configuration"), "{file}: {error}");
        assert!(!error.contains("below") && error.lines().count() == 1, "{file}: {error}");
    }
}

/// The keys of a configuration do not count as parts of another one.
#[test]
fn small_and_unusual_configurations_are_accepted() {
    for file in [
        "courier: {smtp: {connection_uri: 'smtp://x'}}",
        "log: {level: info}",
        "version: v1.3.1\nconfig: [a.yml]",
        "x-shared: &x {lifespan: 1h}\nsession: *x\nserve: {}",
        "selfservice: {methods: {oidc: {config: {providers: [{id: a}]}}}}",
        "new_in_a_later_version: {config: {a: 1}}\ndsn: memory\nidentity: {}",
    ] {
        assert!(convert(file, Format::Yaml, "kratos.yml").is_ok(), "{file}");
    }
}
