//! While nothing runs, the database is a single file.

use std::fs;

use tempfile::TempDir;
use uuid::Uuid;

use crate::database::sqlite_file::fixture::{sign_in, start, whoami};
use crate::support::output::OutputInTime as _;
use crate::support::process::elsewhere;
use crate::support::simulated_users::SimulatedUsers;

#[test]
fn a_stopped_service_leaves_a_single_complete_file() {
    for _ in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("own.sqlite");
        let mut replica = start(&file);
        let users = SimulatedUsers::start(&[&replica], 3);
        users.wait_for_actions(50);
        users.stop();
        // A write immediately before the end.
        let last = sign_in(&replica, Uuid::new_v4()).token;
        replica.running.signal("TERM");
        assert!(replica.running.wait().success());
        assert_eq!(files(&folder), ["own.sqlite"]);

        let elsewhere = tempfile::tempdir().unwrap();
        let moved = elsewhere.path().join("moved.sqlite");
        fs::copy(&file, &moved).unwrap();
        assert_eq!(whoami(&start(&moved), &last), 200);
    }
}

#[test]
fn a_command_leaves_a_single_file() {
    let folder = tempfile::tempdir().unwrap();
    let identity = Uuid::new_v4().to_string();
    // There is no such identity or session.
    let commands: [(&[&str], i32); 6] = [
        (&["migrate"], 0),
        (&["prune"], 0),
        (&["sessions", "list", "--identity", &identity], 1),
        (&["sessions", "revoke", "--identity", &identity], 1),
        (&["sessions", "revoke", &identity], 1),
        (&["backup", "backup.sqlite"], 0),
    ];
    for (arguments, code) in commands {
        let mut command = elsewhere(&folder, arguments);
        let command = command.env("ELSEWHERE_DATABASE__URL", "sqlite://own.sqlite");
        let output = command.output_in_time();
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        let _ = fs::remove_file(folder.path().join("backup.sqlite"));
        assert_eq!(files(&folder), ["own.sqlite"], "{arguments:?}");
    }
}

/// The names of all files in a folder, sorted.
fn files(folder: &TempDir) -> Vec<String> {
    let names = folder.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}
