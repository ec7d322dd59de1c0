//! Ory's published clients, unchanged: what they are asked for, and what they have to read,
//! stands in `tests/clients/`. `tests/run` installs them.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;

use crate::support::databases::{Database, Kind, on_every_database};
use crate::support::process::Copy;

on_every_database! {
    that_of_npm_works_unchanged,
    that_of_pypi_works_unchanged,
}

fn works(kind: Kind, program: &str, script: &str) {
    let database = Database::empty(kind);
    let copy = Copy::start(&[
        ("database.url", database.url.as_str()),
        ("session.cookie_secrets", "a-secret-of-16-characters"),
    ]);
    let folder = PathBuf::from(std::env::var_os("CLIENTS").unwrap());
    let url = |side: SocketAddr| format!("http://{side}");
    let mut command = Command::new(program.replace("CLIENTS", folder.to_str().unwrap()));
    command.arg(folder.join(script)).env("PUBLIC", url(copy.public)).env("ADMIN", url(copy.admin));
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    let wrong = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && told.contains("ok: "), "{told}{wrong}");
}

fn that_of_npm_works_unchanged(kind: Kind) {
    works(kind, "node", "javascript/sessions.mjs");
}

fn that_of_pypi_works_unchanged(kind: Kind) {
    works(kind, "CLIENTS/python/venv/bin/python", "python/sessions.py");
}
