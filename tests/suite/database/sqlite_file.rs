//! The SQLite file under a running service: moved, replaced, locked, on a full or read-only disk,
//! backed up.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::support::http_client::{get, send};
use crate::support::process::{Replica, elsewhere};
use crate::support::sign_in::{SignIn, SignedIn};
use crate::support::simulated_users::SimulatedUsers;

fn url(file: &Path) -> String {
    format!("sqlite://{}", file.display())
}

fn start(file: &Path) -> Replica {
    Replica::start(&[("database.url", &url(file))])
}

fn sign_in(replica: &Replica, identity: Uuid) -> SignedIn {
    SignIn::new(identity).at(replica.admin)
}

fn delete(replica: &Replica, token: &str, session: &str) -> u16 {
    let headers: &[(&str, &[u8])] = &[("X-Session-Token", token.as_bytes())];
    send(replica.public, "DELETE", &format!("/sessions/{session}"), headers).status
}

fn whoami(replica: &Replica, token: &str) -> u16 {
    get(replica.public, "/sessions/whoami", token).status
}

/// Queries the file directly, as another process would.
fn query(file: &Path, sql: &'static str) -> String {
    Runtime::new().unwrap().block_on(async {
        let mut connection = SqliteConnectOptions::new().filename(file).connect().await.unwrap();
        let answer = sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        answer
    })
}

const INTEGRITY_CHECK: &str = "PRAGMA integrity_check";

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

#[test]
fn a_long_write_of_another_process_causes_503_for_writes_only() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.sqlite");
    let replica = start(&file);
    let ana = Uuid::new_v4();
    let here = sign_in(&replica, ana).token;
    let id = sign_in(&replica, ana).session;

    let runtime = Runtime::new().unwrap();
    let options = SqliteConnectOptions::new().filename(&file);
    let mut other = runtime.block_on(options.connect()).unwrap();
    let lock = runtime.block_on(other.begin_with("BEGIN IMMEDIATE")).unwrap();
    let began = Instant::now();
    assert_eq!(delete(&replica, &here, &id), 503);
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    assert_eq!(get(replica.public, "/sessions", &here).ids().len(), 1);
    runtime.block_on(lock.rollback()).unwrap();
    assert_eq!(delete(&replica, &here, &id), 204);
}

/// As in a power cut, except that writes buffered by the operating system are not lost.
#[test]
fn a_kill_during_writes_loses_no_confirmed_change() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.sqlite");
    // The token of each session, and whether a response confirmed its end.
    let answered = Arc::new(Mutex::new(Vec::<(String, bool)>::new()));
    let mut replica = start(&file);
    for round in 0..10 {
        let current = Arc::new(replica);
        let writers: Vec<_> = (0..4)
            .map(|_| {
                let (replica, answered) = (Arc::clone(&current), Arc::clone(&answered));
                // Ends with a panic when the service no longer responds.
                std::thread::spawn(move || {
                    let ana = Uuid::new_v4();
                    let here = sign_in(&replica, ana).token;
                    answered.lock().unwrap().push((here.clone(), false));
                    loop {
                        let SignedIn { token, session } = sign_in(&replica, ana);
                        answered.lock().unwrap().push((token.clone(), false));
                        // From here on the session may have ended, with or without a response.
                        answered.lock().unwrap().retain(|(known, _)| *known != token);
                        assert_eq!(delete(&replica, &here, &session), 204);
                        answered.lock().unwrap().push((token, true));
                        let token = sign_in(&replica, ana).token;
                        answered.lock().unwrap().push((token, false));
                    }
                })
            })
            .collect();
        std::thread::sleep(Duration::from_millis(100 + 37 * round));
        current.running.signal("KILL");
        for writer in writers {
            assert!(writer.join().is_err(), "it went on without a service");
        }
        drop(current);
        assert_eq!(query(&file, INTEGRITY_CHECK), "ok");
        replica = start(&file);
        for (token, ended) in answered.lock().unwrap().drain(..) {
            assert_eq!(whoami(&replica, &token), if ended { 401 } else { 200 });
        }
    }
}

#[test]
fn a_backup_made_during_writes_can_be_served() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.sqlite");
    let replica = start(&file);
    let here = sign_in(&replica, Uuid::new_v4()).token;
    let users = SimulatedUsers::start(&[&replica], 3);
    let backup = |name: &str| {
        let mut command = elsewhere(&folder, &["backup", name]);
        command.env("ELSEWHERE_DATABASE__URL", url(&file)).output().unwrap()
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

/// The names of all files in a folder, sorted.
fn files(folder: &TempDir) -> Vec<String> {
    let names = folder.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

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
        assert!(replica.running.0.wait().unwrap().success());
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
    let commands: [&[&str]; 6] = [
        &["migrate"],
        &["prune"],
        &["sessions", "list", "--identity", &identity],
        &["sessions", "revoke", "--identity", &identity],
        &["sessions", "revoke", &identity],
        &["backup", "backup.sqlite"],
    ];
    for arguments in commands {
        let mut command = elsewhere(&folder, arguments);
        let command = command.env("ELSEWHERE_DATABASE__URL", "sqlite://own.sqlite");
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let _ = fs::remove_file(folder.path().join("backup.sqlite"));
        assert_eq!(files(&folder), ["own.sqlite"], "{arguments:?}");
    }
}

#[test]
fn backup_of_a_server_is_refused_and_names_its_own_tool() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = elsewhere(&folder, &["backup", "copy"]);
    let output = command.env("ELSEWHERE_DATABASE__URL", "postgres://nobody@nowhere/none").output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("pg_dump"), "{output:?}");
}

/// A file system of this size, mounted for one test.
struct Disk(TempDir);

impl Disk {
    fn of(kibibytes: u32) -> Self {
        let disk = Self(tempfile::tempdir().unwrap());
        disk.mount(&["-t", "tmpfs", "-o", &format!("size={kibibytes}k"), "none"]);
        disk
    }

    fn mount(&self, arguments: &[&str]) {
        let mut mount = std::process::Command::new("mount");
        assert!(mount.args(arguments).arg(self.0.path()).status().unwrap().success());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_causes_503_for_writes_and_loses_nothing() {
    let disk = Disk::of(2048);
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
    let disk = Disk::of(2048);
    let file = disk.0.path().join("own.sqlite");
    drop(start(&file));
    disk.mount(&["-o", "remount,ro"]);
    let folder = tempfile::tempdir().unwrap();
    let mut serve = elsewhere(&folder, &["serve"]);
    serve
        .env("ELSEWHERE_SERVER__LISTEN", "127.0.0.1:0")
        .env("ELSEWHERE_ADMIN__LISTEN", "127.0.0.1:0");
    let output = serve.env("ELSEWHERE_DATABASE__URL", url(&file)).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(stderr.contains("database.url: cannot open"), "{stderr}");
    assert!(stderr.contains("set database.read_only = true"), "{stderr}");
}

#[test]
fn a_read_only_disk_works_with_the_read_only_setting() {
    let disk = Disk::of(4096);
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
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
}

/// Startup does not touch Kratos's file, not even to detect the read-only disk.
#[test]
fn startup_fails_for_kratos_on_a_read_only_disk() {
    let disk = Disk::of(8192);
    let restored = crate::support::kratos::restore(crate::support::databases::Kind::Sqlite);
    let file = disk.0.path().join("kratos.sqlite");
    fs::copy(restored.folder.path().join("own.sqlite"), &file).unwrap();
    disk.mount(&["-o", "remount,ro"]);
    let folder = tempfile::tempdir().unwrap();
    let output = elsewhere(&folder, &["serve"])
        .env("ELSEWHERE_DATABASE__URL", url(&file))
        .env("ELSEWHERE_DATABASE__SCHEMA", "kratos")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(stderr.contains("set database.read_only = true"), "{stderr}");
    let settings = [
        ("database.url", &*url(&file)),
        ("database.schema", "kratos"),
        ("database.read_only", "true"),
    ];
    let replica = Replica::start(&settings);
    assert_eq!(get(replica.public, "/sessions", "nobodys").status, 401);
}
