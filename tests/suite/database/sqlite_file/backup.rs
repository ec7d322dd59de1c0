//! `elsewhere backup`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use uuid::Uuid;

use crate::database::sqlite_file::fixture::{INTEGRITY_CHECK, query, sign_in, start, url, whoami};
use crate::support::output::OutputInTime as _;
use crate::support::process::elsewhere;
use crate::support::simulated_users::SimulatedUsers;

#[test]
fn a_backup_made_during_writes_can_be_served() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.sqlite");
    let replica = start(&file);
    let here = sign_in(&replica, Uuid::new_v4()).token;
    let users = SimulatedUsers::start(&[&replica], 3);
    let backup = |name: &str| {
        let mut command = elsewhere(&folder, &["backup", name]);
        command.env("ELSEWHERE_DATABASE__URL", url(&file)).output_in_time()
    };
    for nth in 0..5 {
        let name = format!("{nth}.sqlite");
        let output = backup(&name);
        assert!(output.status.success(), "{output:?}");
        let made = folder.path().join(&name);
        assert_eq!(made.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(query(&made, INTEGRITY_CHECK), "ok");
    }
    users.stop().assert_never_refused();
    let files = folder.path().read_dir().unwrap().count();

    // An existing file is not overwritten.
    let before = fs::read(folder.path().join("0.sqlite")).unwrap();
    let output = backup("0.sqlite");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert_eq!(fs::read(folder.path().join("0.sqlite")).unwrap(), before);
    assert_eq!(folder.path().read_dir().unwrap().count(), files, "something was left behind");

    drop(replica);
    let restored = start(&folder.path().join("4.sqlite"));
    assert_eq!(whoami(&restored, &here), 200);
}

#[test]
fn backup_of_a_server_is_refused_and_names_its_own_tool() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = elsewhere(&folder, &["backup", "copy"]);
    let output =
        command.env("ELSEWHERE_DATABASE__URL", "postgres://nobody@nowhere/none").output_in_time();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("pg_dump"), "{output:?}");
}
