//! The operators' commands: `sessions list`, `sessions revoke` and `prune`.

use std::process::Output;

use serde_json::Value;

use crate::support::databases::{Kind, on_every_database};
use crate::support::http_client::get;
use crate::support::kratos;
use crate::support::output::OutputInTime as _;
use crate::support::people::{NOW, TestService, json, person, session};
use crate::support::process::elsewhere;

on_every_database! {
    sessions_are_listed_by_identity_and_by_email,
    sessions_are_revoked_by_id_and_by_identity,
    prune_counts_and_deletes_old_sessions,
    sessions_of_kratos_can_be_listed_too,
}

fn run(url: &str, arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    elsewhere(&folder, arguments).env("ELSEWHERE_DATABASE__URL", url).output_in_time()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn rows(output: &Output) -> Vec<Value> {
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A session that expires in a hundred years: the commands use the system's clock.
fn long_lived(age: i64) -> elsewhere::repository::NewSession {
    let mut issued = session(age);
    issued.session.expires_at += time::Duration::days(36_500);
    issued
}

fn sessions_are_listed_by_identity_and_by_email(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let mut ana = person();
    ana.traits = json(r#"{"email":"ana@example.org"}"#);
    let (here, mut ended) = (long_lived(600), long_lived(601));
    ended.session.active = false;
    test.issue(&ana, &[here.clone(), ended.clone()]);
    test.issue(&person(), &[long_lived(3)]);
    let used = NOW - time::Duration::minutes(5);
    test.service.wait(test.service.repository.note_activity(&[here.session.id], used)).unwrap();
    let list = |rest: &[&str]| run(&test.database.url, &[&["sessions", "list"], rest].concat());
    let id = ana.id.to_string();
    for selector in [["--identity", id.as_str()], ["--email", "ana@example.org"]] {
        let live = rows(&list(&[&selector[..], &["--json"]].concat()));
        assert_eq!(live.len(), 1);
        assert_eq!(live[0]["id"], here.session.id.to_string());
        assert_eq!(live[0]["devices"][0]["ip_address"], "192.0.2.1");
        assert_eq!(live[0]["last_active_at"], "2026-11-23T11:55:00Z");
        let all = rows(&list(&[&selector[..], &["--json", "--all"]].concat()));
        assert_eq!((all.len(), &all[1]["last_active_at"]), (2, &Value::Null));
    }
    let table = text(&list(&["--identity", &id]).stdout);
    assert_eq!(table.lines().count(), 2);
    assert!(table.contains(&here.session.id.to_string()) && table.contains("curl, 192.0.2.1"));
    assert!(table.contains("2026-11-23T11:55:00Z"));
    assert!(!table.contains(here.token.expose()));
    assert_eq!(list(&["--email", "nobody@example.org", "--json"]).status.code(), Some(1));
    assert_eq!(list(&[]).status.code(), Some(2));
}

fn sessions_are_revoked_by_id_and_by_identity(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let ana = person();
    let sessions: Vec<_> = (0..5).map(long_lived).collect();
    test.issue(&ana, &sessions);
    let revoke = |rest: &[&str]| run(&test.database.url, &[&["sessions", "revoke"], rest].concat());
    let ids: Vec<_> = sessions.iter().map(|issued| issued.session.id.to_string()).collect();
    let status = |nth: usize| {
        get(test.service.public, "/sessions/whoami", sessions[nth].token.expose()).status
    };
    assert_eq!(text(&revoke(&[&ids[0]]).stdout), "1 session revoked\n");
    assert_eq!((status(0), status(1)), (401, 200));
    // More than one session needs a confirmation, and there is no terminal to give it.
    let asked = revoke(&[&ids[1], &ids[2]]);
    assert_eq!((asked.status.code(), status(1)), (Some(2), 200), "{asked:?}");
    let revoked = revoke(&[&ids[1], &ids[2], "--yes", "--json"]);
    assert_eq!(serde_json::from_slice::<Value>(&revoked.stdout).unwrap()["ended"], 2);
    let id = ana.id.to_string();
    assert_eq!(revoke(&["--identity", &id]).status.code(), Some(2));
    assert_eq!(status(3), 200);
    assert_eq!(text(&revoke(&["--identity", &id, "--yes"]).stdout), "2 sessions revoked\n");
    assert_eq!((status(3), status(4)), (401, 401));
    assert_eq!(revoke(&["not-a-uuid"]).status.code(), Some(2));
}

fn prune_counts_and_deletes_old_sessions(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let mut old = session(3600 * 24 * 400);
    old.session.expires_at -= time::Duration::days(300);
    test.issue(&person(), &[old, long_lived(1)]);
    let prune = |rest: &[&str]| text(&run(&test.database.url, &[&["prune"], rest].concat()).stdout);
    assert_eq!(prune(&["--dry-run"]), "1 session would be deleted\n");
    assert_eq!(prune(&[]), "1 session deleted\n");
    assert_eq!(prune(&[]), "0 sessions deleted\n");
}

fn sessions_of_kratos_can_be_listed_too(kind: Kind) {
    let database = kratos::restore(kind);
    let folder = tempfile::tempdir().unwrap();
    let output = elsewhere(&folder, &["sessions", "list", "--email", "ana@example.org", "--json"])
        .env("ELSEWHERE_DATABASE__URL", &database.url)
        .env("ELSEWHERE_DATABASE__SCHEMA", "kratos")
        .output_in_time();
    assert_eq!(rows(&output).len(), 10);
}
