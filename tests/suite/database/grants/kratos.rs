//! Beside Kratos: the grants that each API requires, and the errors for missing grants.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use elsewhere::repository::BatchSize;
use uuid::Uuid;

use crate::database::grants::stage::{Stage, administers, lists_and_ends, revoke, token};
use crate::support::databases::Kind;
use crate::support::http_client::get;
use crate::support::process::{Running, elsewhere};

on_every_server! {
    public_grants_run_the_public_api_and_the_admin_api_names_missing_grants,
    public_and_admin_grants_together_are_sufficient,
    each_public_grant_is_required_and_named,
    each_admin_grant_is_required_and_named,
    each_second_factor_grant_is_required_and_named,
    each_activity_grant_is_required_and_named,
}

fn public_grants_run_the_public_api_and_the_admin_api_names_missing_grants(kind: Kind) {
    let stage = Stage::kratos(kind);
    stage.grant("Beside a Kratos, public side");
    let lacking = stage.single_grants("Beside a Kratos, admin side");
    let service = stage.serve(&[]);
    lists_and_ends(&service, &token(kind));
    for answer in administers(&service, &token(kind)) {
        assert_eq!(answer.status, 403, "{answer:?}");
        let reason = answer.reason();
        assert!(lacking.iter().all(|grant| reason.contains(grant)), "{reason}");
    }
    assert_eq!(get(service.public, "/health/ready", "").status, 200);

    // The log has exactly one warning about it.
    let folder = tempfile::tempdir().unwrap();
    let child = elsewhere(&folder, &["serve"])
        .env("ELSEWHERE_SERVER__LISTEN", "127.0.0.1:0")
        .env("ELSEWHERE_ADMIN__LISTEN", "127.0.0.1:0")
        .env("ELSEWHERE_DATABASE__URL", stage.url("u"))
        .env("ELSEWHERE_DATABASE__SCHEMA", "kratos")
        .stderr(Stdio::piped())
        .spawn();
    let mut running = Running(child.unwrap());
    let said = BufReader::new(running.0.stderr.take().unwrap()).lines().map(Result::unwrap);
    let said: Vec<_> = said.take_while(|line| !line.contains("listening")).collect();
    let warned: Vec<_> = said.iter().filter(|line| line.contains("WARN")).collect();
    assert_eq!(warned.len(), 1, "{said:?}");
    assert!(lacking.iter().all(|grant| warned[0].contains(grant)), "{warned:?}");
}

fn public_and_admin_grants_together_are_sufficient(kind: Kind) {
    let stage = Stage::kratos(kind);
    stage.grant("Beside a Kratos, public side");
    stage.grant("Beside a Kratos, admin side");
    let service = stage.serve(&[]);
    lists_and_ends(&service, &token(kind));
    let [extended, deleted] = administers(&service, &token(kind));
    assert_eq!([extended.status, deleted.status], [200, 204], "{extended:?} {deleted:?}");
}

fn each_public_grant_is_required_and_named(kind: Kind) {
    let stage = Stage::kratos(kind);
    stage.grant("Beside a Kratos, public side");
    assert_eq!(stage.refusal(&[]), None);
    for grant in stage.single_grants("Beside a Kratos, public side") {
        stage.database.run(&revoke(&grant));
        let refusal = stage.refusal(&[]).unwrap();
        let named = format!("database.url: this user lacks: {grant}");
        assert!(refusal.starts_with(&named), "without {grant}: {refusal}");
        let others = refusal.matches("GRANT").count() - 1;
        assert_eq!(others, 0, "only that one: {refusal}");
        stage.database.run(&grant);
    }
    assert_eq!(stage.refusal(&[]), None);
}

fn each_admin_grant_is_required_and_named(kind: Kind) {
    let stage = Stage::kratos(kind);
    stage.grant("Beside a Kratos, public side");
    stage.grant("Beside a Kratos, admin side");
    let [extend, delete] = &stage.single_grants("Beside a Kratos, admin side")[..] else {
        panic!()
    };
    // The grant to delete comes first, because the last round deletes all sessions.
    for (grant, statuses) in [(delete, [200, 403]), (extend, [403, 204])] {
        stage.database.run(&revoke(grant));
        // An early expiry, so that the extension has something to write.
        stage.database.run("UPDATE sessions SET expires_at = '2026-11-25 09:35:00'");
        let answers = administers(&stage.serve(&[]), &token(kind));
        let given = [answers[0].status, answers[1].status];
        assert_eq!(given, statuses, "without {grant}: {answers:?}");
        let refused = answers.iter().find(|answer| answer.status == 403).unwrap();
        assert!(refused.reason().ends_with(&format!("lacks: {grant}.")), "{refused:?}");
        stage.database.run(grant);
    }
}

fn each_second_factor_grant_is_required_and_named(kind: Kind) {
    const HIGHEST: (&str, &str) = ("session.required_aal", "highest_available");
    const SECTION: &str = "Beside a Kratos, second factors";
    let stage = Stage::kratos(kind);
    stage.grant("Beside a Kratos, public side");
    stage.grant(SECTION);
    let service = stage.serve(&[HIGHEST]);
    let whoami = || get(service.public, "/sessions/whoami", &token(kind)).status;
    assert_eq!(whoami(), 200);
    for grant in stage.single_grants(SECTION) {
        stage.database.run(&revoke(&grant));
        let refusal = stage.refusal(&[HIGHEST]);
        let named = format!("session.required_aal: this user lacks: {grant}");
        assert_eq!(refusal, Some(named), "without {grant}");
        // Other settings do not read second factors. With this one, no session is accepted without
        // reading them.
        assert_eq!(stage.refusal(&[]), None);
        assert_eq!(whoami(), 503);
        stage.database.run(&grant);
    }
    assert_eq!(whoami(), 200);
    assert_eq!(get(service.public, "/health/ready", "").status, 200);
}

fn each_activity_grant_is_required_and_named(kind: Kind) {
    const ON: (&str, &str) = ("activity.enabled", "true");
    let stage = Stage::kratos(kind);
    stage.grant("Beside a Kratos, public side");
    let refusal = stage.refusal(&[ON]).unwrap();
    assert!(refusal.starts_with("activity.enabled: "), "{refusal}");
    let made = Stage::run(&["migrate", "--activity"], &stage.database.url, "kratos");
    assert!(made.status.success(), "{made:?}");
    stage.grant("Activity");
    let service = stage.serve(&[ON]);
    assert_eq!(get(service.public, "/sessions/whoami", &token(kind)).status, 200);
    service.wait(service.sessions.flush_activity()).unwrap();
    assert_eq!(stage.database.texts("SELECT CONCAT(COUNT(*), '') FROM elsewhere_activity"), ["1"]);
    // As in the daily cleanup.
    stage.database.run("DELETE FROM sessions");
    assert_eq!(
        service.wait(service.repository.forget_deleted(Uuid::nil(), BatchSize::MAX)).unwrap(),
        None
    );
    assert_eq!(stage.database.texts("SELECT CONCAT(COUNT(*), '') FROM elsewhere_activity"), ["0"]);

    let [all] = &stage.single_grants("Activity")[..] else { panic!() };
    for privilege in ["SELECT", "INSERT", "UPDATE", "DELETE"] {
        let grant = all.replace("SELECT, INSERT, UPDATE, DELETE", privilege);
        stage.database.run(&revoke(&grant));
        let refusal = stage.refusal(&[ON]).unwrap();
        // Without SELECT, the message may name other grants, too.
        let named = refusal.contains(&grant);
        assert!(named && refusal.starts_with("activity.enabled: "), "{refusal}");
        stage.database.run(&grant);
    }
}
