//! `elsewhere config --from-kratos`: from Kratos's configuration to a service beside it.

pub mod conversion;
pub mod files;
pub mod gaps;
pub mod hostile;

use std::process::Output;

use tempfile::TempDir;

use crate::support::databases::Kind;
use crate::support::http_client::send;
use crate::support::kratos;
use crate::support::output::OutputInTime as _;
use crate::support::process::{elsewhere, serve_from_file};

/// A configuration as people write it, with the secrets of the recorded Kratos.
const KRATOS_YML: &str = include_str!("../../kratos/config/kratos.yml");

fn run(folder: &TempDir, name: &str, content: &str) -> Output {
    std::fs::write(folder.path().join(name), content).unwrap();
    elsewhere(folder, &["config", "--from-kratos", name]).output_in_time()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn service_with_the_converted_settings_knows_the_sessions_of_that_kratos() {
    let database = kratos::restore(Kind::Sqlite);
    let folder = tempfile::tempdir().unwrap();
    let dsn = "sqlite:///var/lib/kratos/db.sqlite?_fk=true&mode=rwc";
    let converted = run(&folder, "kratos.yml", &KRATOS_YML.replace(dsn, &database.url));
    assert!(converted.status.success() && converted.stderr.is_empty(), "{converted:?}");
    let settings = text(&converted.stdout);
    assert!(!settings.contains("Refused"), "{settings}");
    std::fs::write(folder.path().join("elsewhere.toml"), &settings).unwrap();

    let service = serve_from_file(&folder, "elsewhere.toml");
    let keys = send(service.public, "GET", "/.well-known/jwks.json", &[]).json();
    assert_eq!(keys["keys"][0]["kid"], "open-es256");
    for name in ["whoami/token", "whoami/cookie", "whoami/older secret", "whoami/unknown token"] {
        let exchanges = kratos::exchanges(Kind::Sqlite);
        let exchange = exchanges.iter().find(|exchange| exchange.name == name).unwrap();
        let headers = exchange.request.headers.iter();
        let headers: Vec<_> = headers
            .map(|(key, value)| (key.as_str(), value.as_str().unwrap().as_bytes()))
            .collect();
        let answer = send(service.public, "GET", "/sessions/whoami", &headers);
        assert_eq!(answer.status, exchange.response.status, "{name}");
        assert_eq!(answer.json()["id"], exchange.response.body["id"], "{name}");
    }
}

#[test]
fn output_goes_nowhere_but_to_standard_output() {
    let folder = tempfile::tempdir().unwrap();
    let converted = run(&folder, "kratos.yml", KRATOS_YML);
    assert!(text(&converted.stdout).starts_with("# This file contains secrets"), "{converted:?}");
    assert!(converted.stderr.is_empty());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn wrong_files_are_one_line_and_exit_code_2() {
    let folder = tempfile::tempdir().unwrap();
    let missing = elsewhere(&folder, &["config", "--from-kratos", "none.yml"]).output_in_time();
    let both = ["config", "--from-kratos", "kratos.yml", "--config", "kratos.yml"];
    assert_eq!(elsewhere(&folder, &both).output_in_time().status.code(), Some(2));
    for (output, begins) in [
        (missing, "elsewhere: --from-kratos: cannot read none.yml: "),
        (
            run(&folder, "kratos.yml", "session:\n  lifespan: 12\n"),
            "elsewhere: session.lifespan: expected a duration such as `24h` (from kratos.yml)",
        ),
        (run(&folder, "kratos.yml", "a: [1\nb"), "elsewhere: kratos.yml: line "),
        (run(&folder, "kratos.toml", "a = 1\na = 2\n"), "elsewhere: kratos.toml: line 2: "),
        (run(&folder, "kratos.json", "[]"), "elsewhere: kratos.json: expected a Kratos config"),
    ] {
        let error = text(&output.stderr);
        assert!(error.starts_with(begins) && error.lines().count() == 1, "{begins}: {error}");
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{begins}");
    }
}
