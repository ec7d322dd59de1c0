//! Ory's published clients, unchanged. The scripts in `tests/clients/` define the calls and
//! the results that the clients must read. `tests/run` installs the clients.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;

use crate::support::databases::{Database, Kind, on_every_database};
use crate::support::process::Replica;

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
    let output = command.output().unwrap();
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
