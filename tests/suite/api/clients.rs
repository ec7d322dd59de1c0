//! Ory's published clients, unchanged. The scripts in `tests/clients/` define the calls and
//! the results that the clients must read. `tests/run` installs the clients.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;

use crate::support::databases::{Database, Kind, on_every_database};
use crate::support::output::OutputInTime as _;
use crate::support::process::Replica;

/// `PyJWT` verifies JWTs of every algorithm, with the published keys.
#[test]
fn pyjwt_verifies_jwts_of_all_algorithms() {
    let clients = PathBuf::from(std::env::var_os("CLIENTS").unwrap());
    let keys = tempfile::tempdir().unwrap();
    let script = |action: &str| {
        let mut command = Command::new(clients.join("python/venv/bin/python"));
        command.arg(clients.join("python/jwts.py")).arg(action).arg(keys.path());
        command
    };
    assert!(script("keys").output_in_time().status.success());
    let mut settings = vec![
        ("database.url".to_owned(), "sqlite://sessions.sqlite".to_owned()),
        ("server.base_url".to_owned(), "https://accounts.example.org/".to_owned()),
    ];
    for file in std::fs::read_dir(keys.path()).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let key = format!("session.tokenizer.templates.{name}.jwks_url");
        settings.push((key, format!("file://{}", path.display())));
    }
    let settings: Vec<_> = settings.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let replica = Replica::start(&settings);
    let mut command = script("verify");
    command.env("PUBLIC", format!("http://{}", replica.public));
    command.env("ADMIN", format!("http://{}", replica.admin));
    let output = command.output_in_time();
    let stderr_text = String::from_utf8_lossy(&output.stderr);
    assert!(output.stdout.ends_with(b"ok: 13 checks\n"), "{stderr_text}");
}

on_every_database! {
    npm_client_works_unchanged,
    pypi_client_works_unchanged,
}

fn assert_client_works(kind: Kind, program: &str, script: &str) {
    let database = Database::empty(kind);
    let replica = Replica::start(&[
        ("database.url", database.url.as_str()),
        ("session.cookie_secrets", "a-secret-of-16-characters"),
    ]);
    let folder = PathBuf::from(std::env::var_os("CLIENTS").unwrap());
    let url = |address: SocketAddr| format!("http://{address}");
    let mut command = Command::new(program.replace("CLIENTS", folder.to_str().unwrap()));
    command
        .arg(folder.join(script))
        .env("PUBLIC", url(replica.public))
        .env("ADMIN", url(replica.admin));
    let output = command.output_in_time();
    let stdout_text = String::from_utf8_lossy(&output.stdout);
    let stderr_text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && stdout_text.contains("ok: "), "{stdout_text}{stderr_text}");
}

fn npm_client_works_unchanged(kind: Kind) {
    assert_client_works(kind, "node", "javascript/sessions.mjs");
}

fn pypi_client_works_unchanged(kind: Kind) {
    assert_client_works(kind, "CLIENTS/python/venv/bin/python", "python/sessions.py");
}
