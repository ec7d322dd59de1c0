//! A file that is moved away or replaced.

use std::fs;

use uuid::Uuid;

use crate::database::sqlite_file::fixture::{
    INTEGRITY_CHECK, delete, query, sign_in, start, whoami,
};
use crate::support::http_client::get;
use crate::support::sign_in::SignIn;

#[test]
fn a_moved_file_causes_503_until_it_is_back() {
    let folder = tempfile::tempdir().unwrap();
    let (file, away) = (folder.path().join("own.sqlite"), folder.path().join("away.sqlite"));
    let replica = start(&file);
    let ana = Uuid::new_v4();
    let (here, other) = (sign_in(&replica, ana), sign_in(&replica, ana));

    fs::rename(&file, &away).unwrap();
    assert_eq!(whoami(&replica, &here.token), 503);
    // SQLite itself would accept the write, into a file that is no longer at its path.
    assert_eq!(delete(&replica, &here.token, &other.session), 503);
    assert_eq!(SignIn::new(ana).send(replica.admin).status, 503);
    assert_eq!(get(replica.public, "/health/ready", "").status, 503);
    assert!(!file.exists());

    fs::rename(&away, &file).unwrap();
    assert_eq!(delete(&replica, &here.token, &other.session), 204);
    assert_eq!(whoami(&replica, &other.token), 401);
}

#[test]
fn a_replaced_file_causes_503_until_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let (file, other) = (folder.path().join("own.sqlite"), folder.path().join("other.sqlite"));
    let bea = sign_in(&start(&other), Uuid::new_v4()).token;
    // The last connection moves the journal into the file.
    assert_eq!(query(&other, INTEGRITY_CHECK), "ok");
    let replica = start(&file);
    let ana = sign_in(&replica, Uuid::new_v4()).token;

    fs::rename(&other, &file).unwrap();
    assert_eq!([whoami(&replica, &ana), whoami(&replica, &bea)], [503, 503]);
    drop(replica);
    for journal in ["own.sqlite-wal", "own.sqlite-shm"] {
        let _ = fs::remove_file(folder.path().join(journal));
    }
    let replica = start(&file);
    assert_eq!([whoami(&replica, &ana), whoami(&replica, &bea)], [401, 200]);
}
