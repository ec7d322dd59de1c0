//! Where nothing runs, an SQLite database is one file: it can be copied as it is.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use uuid::Uuid;

use crate::support::databases::Kind;
use crate::support::http_client::get;
use crate::support::kratos;
use crate::support::process::{Copy, Running, elsewhere};

const ANY_PORT: &str = "127.0.0.1:0";
const NAME: &str = "own.sqlite";

fn url(folder: &Path) -> String {
    format!("sqlite://{}", folder.join(NAME).display())
}

fn start(folder: &Path) -> Copy {
    Copy::start(&[("database.url", &url(folder))])
}

/// The token of a new session; none where the service is not there any more.
fn sign_in(copy: &Copy, identity: Uuid) -> Option<String> {
    let body = r#"{"authentication_methods": [{"method": "password", "aal": "aal1"}]}"#;
    let request = format!(
        "POST /admin/identities/{identity}/sessions HTTP/1.1\r\nHost: localhost\r\n\
         Connection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(copy.admin).ok()?;
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let issued: Value = serde_json::from_str(body).unwrap();
    head.starts_with("HTTP/1.1 201").then(|| issued["session_token"].as_str().unwrap().to_owned())
}

fn stop(mut copy: Copy) {
    copy.running.signal("TERM");
    assert!(copy.running.0.wait().unwrap().success());
}

fn files(folder: &Path) -> Vec<String> {
    let names = folder.read_dir().unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_service_that_is_stopped_while_people_sign_in_leaves_all_of_it_in_one_file() {
    for _ in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let mut copy = start(folder.path());
        let tokens: Vec<String> = std::thread::scope(|scope| {
            let writers: Vec<_> = (0..4)
                .map(|_| {
                    let copy = &copy;
                    scope.spawn(move || {
                        let identity = Uuid::new_v4();
                        std::iter::from_fn(|| sign_in(copy, identity)).collect::<Vec<_>>()
                    })
                })
                .collect();
            // In the midst of it, however long that takes.
            let written = || get(copy.admin, "/admin/sessions?page_size=200", "").ids().len();
            while written() < 100 {}
            copy.running.signal("TERM");
            writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
        });
        assert!(copy.running.0.wait().unwrap().success());
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
        let output = command.env("ELSEWHERE_DATABASE__URL", url(folder.path())).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        assert_eq!(files(folder.path()), [NAME], "{arguments:?}");
    };
    run(&["migrate"], 0);
    let copy = start(folder.path());
    let identity = Uuid::new_v4();
    sign_in(&copy, identity).unwrap();
    let session = get(copy.admin, "/admin/sessions", "").ids().remove(0);
    stop(copy);
    assert_eq!(files(folder.path()), [NAME]);
    let identity = identity.to_string();
    run(&["prune", "--dry-run"], 0);
    run(&["prune"], 0);
    run(&["sessions", "list", "--identity", &identity], 0);
    run(&["sessions", "revoke", &session], 0);
    run(&["sessions", "revoke", "--identity", &identity, "--yes"], 0);
    let copies = tempfile::tempdir().unwrap();
    let backup = copies.path().join("backup.sqlite");
    run(&["backup", backup.to_str().unwrap()], 0);
    assert_eq!(files(copies.path()), ["backup.sqlite"]);
    // What fails leaves no more than what succeeds.
    run(&["backup", backup.to_str().unwrap()], 2);
    let wrong_network = [("ELSEWHERE_DATABASE__NETWORK", Uuid::new_v4().to_string())];
    let wrong_certificate = ["CERTIFICATE", "KEY"]
        .map(|name| (format!("ELSEWHERE_SERVER__TLS__{name}"), "nowhere.pem".to_owned()));
    let listen = ["SERVER", "ADMIN"].map(|side| (format!("ELSEWHERE_{side}__LISTEN"), ANY_PORT));
    // Which connection a process closes last is a matter of chance, unless it waits.
    for _ in 0..10 {
        for command in ["prune", "serve"] {
            let mut command = elsewhere(&folder, &[command]);
            command.env("ELSEWHERE_DATABASE__URL", url(folder.path())).envs(listen.clone());
            let wrong_network = command.envs(wrong_network.clone()).output().unwrap();
            assert_eq!(wrong_network.status.code(), Some(2), "{wrong_network:?}");
            assert_eq!(files(folder.path()), [NAME]);
        }
        let mut serve = elsewhere(&folder, &["serve"]);
        serve.env("ELSEWHERE_DATABASE__URL", url(folder.path())).envs(listen.clone());
        let wrong_certificate = serve.envs(wrong_certificate.clone()).output().unwrap();
        assert_eq!(wrong_certificate.status.code(), Some(2), "{wrong_certificate:?}");
        assert_eq!(files(folder.path()), [NAME]);
    }
}

#[test]
fn so_does_a_demo() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["demo", "--database", NAME, "--listen", "127.0.0.1:0"];
    let child = elsewhere(&folder, &arguments).stdout(Stdio::piped()).spawn().unwrap();
    let mut demo = Running(child);
    let mut lines = BufReader::new(demo.0.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == "Stop with Ctrl-C."));
    demo.signal("TERM");
    assert!(demo.0.wait().unwrap().success());
    assert_eq!(files(folder.path()), [NAME]);
}

#[test]
fn a_command_beside_a_service_takes_nothing_from_it() {
    let folder = tempfile::tempdir().unwrap();
    let copy = start(folder.path());
    let token = sign_in(&copy, Uuid::new_v4()).unwrap();
    for arguments in [["prune", "--dry-run"], ["sessions", "list"]] {
        let who = ["--email", "nobody@example.org"];
        let who = if arguments[0] == "sessions" { &who[..] } else { &[] };
        let mut command = elsewhere(&folder, &[&arguments[..], who].concat());
        let command = command.env("ELSEWHERE_DATABASE__URL", url(folder.path()));
        assert!(command.output().unwrap().status.success());
        assert_eq!(get(copy.public, "/sessions/whoami", &token).status, 200);
        assert!(sign_in(&copy, Uuid::new_v4()).is_some());
    }
    stop(copy);
    assert_eq!(files(folder.path()), [NAME]);
}

/// Whichever journal Kratos has chosen.
#[test]
fn beside_a_kratos_its_journal_stays_as_it_is() {
    for mode in ["delete", "wal"] {
        let database = kratos::restore(Kind::Sqlite);
        database.run(&format!("PRAGMA journal_mode = {mode}"));
        let settings = [("database.url", database.url.as_str()), ("database.schema", "kratos")];
        let copy = Copy::start(&settings);
        assert_eq!(get(copy.admin, "/admin/sessions", "").status, 200);
        stop(copy);
        let file = database.url.strip_prefix("sqlite://").unwrap();
        // The journal that a file has stands in its header (https://sqlite.org/fileformat.html).
        let versions = fs::read(file).unwrap()[18..20].to_vec();
        assert_eq!(versions, if mode == "wal" { [2, 2] } else { [1, 1] });
        assert_eq!(files(database.folder.path()).len(), 1);
    }
}
