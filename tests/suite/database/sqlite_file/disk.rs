//! Full and read-only disks.

use std::fs;

use tempfile::TempDir;
use uuid::Uuid;

use crate::database::sqlite_file::fixture::{
    INTEGRITY_CHECK, delete, query, sign_in, start, url, whoami,
};
use crate::support::databases::Kind;
use crate::support::http_client::get;
use crate::support::kratos;
use crate::support::output::OutputInTime as _;
use crate::support::process::{Replica, elsewhere};
use crate::support::sign_in::{SignIn, SignedIn};

/// A file system of this size, mounted for one test.
struct Disk(TempDir);

impl Disk {
    fn with_size(kibibytes: u32) -> Self {
        let disk = Self(tempfile::tempdir().unwrap());
        disk.mount(&["-t", "tmpfs", "-o", &format!("size={kibibytes}k"), "none"]);
        disk
    }

    fn mount(&self, arguments: &[&str]) {
        let mut mount = std::process::Command::new("mount");
        assert!(mount.args(arguments).arg(self.0.path()).output_in_time().status.success());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg(self.0.path()).output_in_time();
    }
}

#[test]
fn a_full_disk_causes_503_for_writes_and_loses_nothing() {
    let disk = Disk::with_size(2048);
    let file = disk.0.path().join("own.sqlite");
    let replica = start(&file);
    let ana = Uuid::new_v4();
    let mut tokens = vec![sign_in(&replica, ana).token];
    let filler = disk.0.path().join("filler");
    fs::write(&filler, vec![0; 1024 * 1024]).unwrap();
    let refused = loop {
        let answer = SignIn::new(ana).send(replica.admin);
        if answer.status != 201 {
            break answer;
        }
        tokens.push(SignedIn::read(&answer.json()).token);
        assert!(tokens.len() < 10_000);
    };
    assert_eq!(refused.status, 503, "{refused:?}");
    assert!(tokens.iter().all(|token| whoami(&replica, token) == 200));
    fs::remove_file(&filler).unwrap();
    sign_in(&replica, ana);
    sign_in(&replica, ana);
    drop(replica);
    assert_eq!(query(&file, INTEGRITY_CHECK), "ok");
}

#[test]
fn startup_fails_on_a_read_only_disk() {
    let disk = Disk::with_size(2048);
    let file = disk.0.path().join("own.sqlite");
    drop(start(&file));
    disk.mount(&["-o", "remount,ro"]);
    let folder = tempfile::tempdir().unwrap();
    let mut serve = elsewhere(&folder, &["serve"]);
    serve
        .env("ELSEWHERE_SERVER__LISTEN", "127.0.0.1:0")
        .env("ELSEWHERE_ADMIN__LISTEN", "127.0.0.1:0");
    let output = serve.env("ELSEWHERE_DATABASE__URL", url(&file)).output_in_time();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(stderr.contains("database.url: cannot open"), "{stderr}");
    assert!(stderr.contains("set database.read_only = true"), "{stderr}");
}

#[test]
fn a_read_only_disk_works_with_the_read_only_setting() {
    let disk = Disk::with_size(4096);
    let file = disk.0.path().join("own.sqlite");
    let replica = start(&file);
    let ana = Uuid::new_v4();
    let here = sign_in(&replica, ana).token;
    let id = sign_in(&replica, ana).session;
    let reads = || {
        disk.mount(&["-o", "remount,ro"]);
        let replica =
            Replica::start(&[("database.url", &url(&file)), ("database.read_only", "true")]);
        assert_eq!(get(replica.public, "/sessions", &here).ids(), std::slice::from_ref(&id));
        assert_eq!(delete(&replica, &here, &id), 403);
        assert_eq!(get(replica.public, "/health/ready", "").status, 200);
        drop(replica);
        disk.mount(&["-o", "remount,rw"]);
    };
    replica.running.signal("KILL");
    drop(replica);
    // The last writes are in the journal beside the file.
    assert!(file.with_extension("sqlite-wal").metadata().unwrap().len() > 0);
    reads();

    // The last connection moves the journal into the file.
    assert_eq!(query(&file, INTEGRITY_CHECK), "ok");
    assert!(!file.with_extension("sqlite-wal").exists());
    reads();

    // An unreadable journal is an error. It is not ignored.
    let replica = start(&file);
    sign_in(&replica, ana);
    replica.running.signal("KILL");
    drop(replica);
    fs::remove_file(file.with_extension("sqlite-shm")).unwrap();
    disk.mount(&["-o", "remount,ro"]);
    let folder = tempfile::tempdir().unwrap();
    let output = elsewhere(&folder, &["prune", "--dry-run"])
        .env("ELSEWHERE_DATABASE__URL", url(&file))
        .env("ELSEWHERE_DATABASE__READ_ONLY", "true")
        .output_in_time();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
}

/// Startup does not touch Kratos's file, not even to detect the read-only disk.
#[test]
fn startup_fails_for_kratos_on_a_read_only_disk() {
    let disk = Disk::with_size(8192);
    let restored = kratos::restore(Kind::Sqlite);
    let file = disk.0.path().join("kratos.sqlite");
    fs::copy(restored.folder.path().join("own.sqlite"), &file).unwrap();
    disk.mount(&["-o", "remount,ro"]);
    let folder = tempfile::tempdir().unwrap();
    let output = elsewhere(&folder, &["serve"])
        .env("ELSEWHERE_DATABASE__URL", url(&file))
        .env("ELSEWHERE_DATABASE__SCHEMA", "kratos")
        .env("ELSEWHERE_SESSION__COOKIES", "false")
        .output_in_time();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(stderr.contains("set database.read_only = true"), "{stderr}");
    let settings = [
        ("database.url", &*url(&file)),
        ("database.schema", "kratos"),
        ("session.cookies", "false"),
        ("database.read_only", "true"),
    ];
    let replica = Replica::start(&settings);
    assert_eq!(get(replica.public, "/sessions", "nobodys").status, 401);
}
