//! `elsewhere events`: lists and follows the log.

use std::process::{Output, Stdio};

use serde_json::Value;
use uuid::Uuid;

use crate::support::databases::{Database, Kind};
use crate::support::http_client::send;
use crate::support::output::{Lines, OutputInTime as _};
use crate::support::process::{Replica, RunningProcess, elsewhere};
use crate::support::sign_in::SignIn;

fn events(database: &Database, arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let mut command = elsewhere(&folder, &[&["events"], arguments].concat());
    command.env("ELSEWHERE_DATABASE__URL", &database.url).output_in_time()
}

fn parsed(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}"))
}

#[test]
fn events_are_listed_for_people_and_for_programs() {
    let database = Database::empty(Kind::Sqlite);
    let replica = Replica::start(&[("database.url", &database.url)]);
    let ana = Uuid::new_v4();
    let session = SignIn::new(ana).at(replica.admin).session;
    SignIn::new(Uuid::new_v4()).at(replica.admin);
    send(replica.admin, "DELETE", &format!("/admin/sessions/{session}"), &[]);

    let all = events(&database, &["--json"]);
    let text = String::from_utf8(all.stdout).unwrap();
    let all: Vec<_> = text.lines().map(parsed).collect();
    assert_eq!(all.len(), 5);
    assert_eq!(all[4]["data"]["session_id"], session);
    let arguments = ["--type", "session.revoked", "--identity", &ana.to_string()];
    let listed = String::from_utf8(events(&database, &arguments).stdout).unwrap();
    let expected =
        format!("session.revoked session={session} identity={ana} by operator (operator)");
    assert!(listed.trim_end().ends_with(&expected), "{listed}");
    assert_eq!(listed.lines().count(), 1, "{listed}");
    let after = all[3]["id"].as_str().unwrap();
    let last = String::from_utf8(events(&database, &["--json", "--after", after]).stdout).unwrap();
    assert_eq!(last.lines().map(parsed).collect::<Vec<_>>(), all[4..]);
}

#[test]
fn arguments_that_select_nothing_are_refused() {
    let database = Database::empty(Kind::Sqlite);
    drop(Replica::start(&[("database.url", &database.url)]));
    for (arguments, problem) in [
        (["--type", "session.stolen"], "expected one of session.issued"),
        (["--after", "7"], "expected the id of an event"),
        (["--after", "00000000000000ff"], "--after: expected the id of an event of this log"),
    ] {
        let refused = events(&database, &arguments);
        let stderr = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains(problem), "{stderr}");
    }
}

#[test]
fn new_events_are_followed_until_ctrl_c() {
    let database = Database::empty(Kind::Sqlite);
    let replica = Replica::start(&[("database.url", &database.url)]);
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["events", "--follow", "--json", "--type", "session.issued"];
    let mut command = elsewhere(&folder, &arguments);
    command.env("ELSEWHERE_DATABASE__URL", &database.url).stdout(Stdio::piped());
    let mut following = RunningProcess(command.spawn().unwrap());
    let mut lines = Lines::of(following.0.stdout.take().unwrap());
    for _ in 0..3 {
        let session = SignIn::new(Uuid::new_v4()).at(replica.admin).session;
        assert_eq!(parsed(&lines.next().unwrap())["data"]["session_id"], session);
    }
    following.signal("INT");
    assert!(following.wait().success());
}
