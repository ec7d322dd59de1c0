//! SQLite databases: while nothing runs, a database is one file that can be copied as it is.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Stdio;
use std::time::Instant;

use serde_json::Value;
use uuid::Uuid;

use crate::support::databases::Kind;
use crate::support::http_client::get;
use crate::support::kratos;
use crate::support::output::{Lines, OutputInTime as _};
use crate::support::process::{Replica, RunningProcess, elsewhere};
use crate::support::sign_in::{SignIn, SignedIn};
use crate::support::wait::{LIMIT, wait_until};

const ANY_PORT: &str = "127.0.0.1:0";
const NAME: &str = "own.sqlite";

fn url(folder: &Path) -> String {
    format!("sqlite://{}", folder.join(NAME).display())
}

fn start(folder: &Path) -> Replica {
    Replica::start(&[("database.url", &url(folder))])
}

/// Signs in and returns the token, or none if the service has stopped.
fn sign_in(replica: &Replica, identity: Uuid) -> Option<String> {
    let mut stream = TcpStream::connect_timeout(&replica.admin, LIMIT).ok()?;
    stream.set_read_timeout(Some(LIMIT)).ok()?;
    stream.write_all(&SignIn::new(identity).request()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let issued: Value = serde_json::from_str(body).unwrap();
    head.starts_with("HTTP/1.1 201").then(|| SignedIn::read(&issued).token)
}

fn stop(mut replica: Replica) {
    replica.running.signal("TERM");
    assert!(replica.running.wait().success());
}

fn files(folder: &Path) -> Vec<String> {
    let names = folder.read_dir().unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn service_stopped_during_sign_ins_leaves_all_of_them_in_one_file() {
    for _ in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let mut replica = start(folder.path());
        let tokens: Vec<String> = std::thread::scope(|scope| {
            let writers: Vec<_> = (0..4)
                .map(|_| {
                    let replica = &replica;
                    scope.spawn(move || {
                        let (identity, began) = (Uuid::new_v4(), Instant::now());
                        std::iter::from_fn(|| sign_in(replica, identity))
                            .take_while(|_| began.elapsed() < LIMIT)
                            .collect::<Vec<_>>()
                    })
                })
                .collect();
            // Stops the service in the midst of sign-ins, however long it takes to get there.
            let written = || get(replica.admin, "/admin/sessions?page_size=200", "").ids().len();
            wait_until("100 sign-ins", || written() >= 100);
            replica.running.signal("TERM");
            writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
        });
        assert!(replica.running.wait().success());
        assert!(tokens.len() >= 100);
        assert_eq!(files(folder.path()), [NAME]);

        let other = tempfile::tempdir().unwrap();
        fs::copy(folder.path().join(NAME), other.path().join(NAME)).unwrap();
        let copied = start(other.path());
        for token in &tokens {
            assert_eq!(get(copied.public, "/sessions/whoami", token).status, 200);
        }
    }
}

#[test]
fn each_command_leaves_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str], code: i32| {
        let mut command = elsewhere(&folder, arguments);
        let output = command.env("ELSEWHERE_DATABASE__URL", url(folder.path())).output_in_time();
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        assert_eq!(files(folder.path()), [NAME], "{arguments:?}");
    };
    run(&["migrate"], 0);
    let replica = start(folder.path());
    let identity = Uuid::new_v4();
    sign_in(&replica, identity).unwrap();
    let session = get(replica.admin, "/admin/sessions", "").ids().remove(0);
    stop(replica);
    assert_eq!(files(folder.path()), [NAME]);
    let identity = identity.to_string();
    run(&["prune", "--dry-run"], 0);
    run(&["prune"], 0);
    run(&["sessions", "list", "--identity", &identity], 0);
    run(&["sessions", "revoke", &session], 0);
    run(&["sessions", "revoke", "--identity", &identity, "--yes"], 0);
    let backups = tempfile::tempdir().unwrap();
    let backup = backups.path().join("backup.sqlite");
    run(&["backup", backup.to_str().unwrap()], 0);
    assert_eq!(files(backups.path()), ["backup.sqlite"]);
    // A command that fails leaves no more files than one that succeeds.
    run(&["backup", backup.to_str().unwrap()], 2);
    let wrong_network = [("ELSEWHERE_DATABASE__NETWORK", Uuid::new_v4().to_string())];
    let wrong_certificate = ["CERTIFICATE", "KEY"]
        .map(|name| (format!("ELSEWHERE_SERVER__TLS__{name}"), "nowhere.pem".to_owned()));
    let listen =
        ["SERVER", "ADMIN"].map(|listener| (format!("ELSEWHERE_{listener}__LISTEN"), ANY_PORT));
    // Unless a process waits, chance decides which connection it closes last.
    for _ in 0..10 {
        for command in ["prune", "serve"] {
            let mut command = elsewhere(&folder, &[command]);
            command.env("ELSEWHERE_DATABASE__URL", url(folder.path())).envs(listen.clone());
            let wrong_network = command.envs(wrong_network.clone()).output_in_time();
            assert_eq!(wrong_network.status.code(), Some(2), "{wrong_network:?}");
            assert_eq!(files(folder.path()), [NAME]);
        }
        let mut serve = elsewhere(&folder, &["serve"]);
        serve.env("ELSEWHERE_DATABASE__URL", url(folder.path())).envs(listen.clone());
        let wrong_certificate = serve.envs(wrong_certificate.clone()).output_in_time();
        assert_eq!(wrong_certificate.status.code(), Some(2), "{wrong_certificate:?}");
        assert_eq!(files(folder.path()), [NAME]);
    }
}

#[test]
fn demo_leaves_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["demo", "--database", NAME, "--listen", "127.0.0.1:0"];
    let child = elsewhere(&folder, &arguments).stdout(Stdio::piped()).spawn().unwrap();
    let mut demo = RunningProcess(child);
    let mut lines = Lines::of(demo.0.stdout.take().unwrap());
    assert!(lines.any(|line| line == "Stop with Ctrl-C."));
    demo.signal("TERM");
    assert!(demo.wait().success());
    assert_eq!(files(folder.path()), [NAME]);
}

#[test]
fn command_beside_a_service_does_not_affect_it() {
    let folder = tempfile::tempdir().unwrap();
    let replica = start(folder.path());
    let token = sign_in(&replica, Uuid::new_v4()).unwrap();
    let search = ["sessions", "list", "--email", "nobody@example.org"];
    for (arguments, code) in [(&["prune", "--dry-run"][..], 0), (&search, 1)] {
        let mut command = elsewhere(&folder, arguments);
        let command = command.env("ELSEWHERE_DATABASE__URL", url(folder.path()));
        assert_eq!(command.output_in_time().status.code(), Some(code));
        assert_eq!(get(replica.public, "/sessions/whoami", &token).status, 200);
        assert!(sign_in(&replica, Uuid::new_v4()).is_some());
    }
    stop(replica);
    assert_eq!(files(folder.path()), [NAME]);
}

/// This holds for every journal mode that Kratos may have chosen.
#[test]
fn journal_mode_of_a_kratos_database_is_kept() {
    for mode in ["delete", "wal"] {
        let database = kratos::restore(Kind::Sqlite);
        database.run(&format!("PRAGMA journal_mode = {mode}"));
        let settings = [
            ("database.url", database.url.as_str()),
            ("database.schema", "kratos"),
            ("session.cookies", "false"),
        ];
        let replica = Replica::start(&settings);
        assert_eq!(get(replica.admin, "/admin/sessions", "").status, 200);
        stop(replica);
        let file = database.url.strip_prefix("sqlite://").unwrap();
        // The file's header contains its journal mode (https://sqlite.org/fileformat.html).
        let versions = fs::read(file).unwrap()[18..20].to_vec();
        assert_eq!(versions, if mode == "wal" { [2, 2] } else { [1, 1] });
        assert_eq!(files(database.folder.path()).len(), 1);
    }
}
