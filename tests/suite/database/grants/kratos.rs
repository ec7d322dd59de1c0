//! Beside Kratos: the grants that each API requires, and the errors for missing grants.

use std::process::Stdio;

use elsewhere::repository::BatchSize;
use uuid::Uuid;

use crate::database::grants::fixture::{
    Fixture, extend_and_delete, list_and_revoke, revoke, token,
};
use crate::database::late_tables::{NETWORK, Starting};
use crate::support::databases::{Database, Kind, on_every_server};
use crate::support::http_client::{get, send};
use crate::support::kratos::older_versions::older_versions;
use crate::support::output::Lines;
use crate::support::process::{RunningProcess, elsewhere};
use crate::support::wait::wait_until;

on_every_server! {
    public_grants_run_the_public_api_and_the_admin_api_names_missing_grants,
    public_and_admin_grants_together_are_sufficient,
    each_public_grant_is_required_and_named,
    each_admin_grant_is_required_and_named,
    each_second_factor_grant_is_required_and_named,
    each_activity_grant_is_required_and_named,
    each_event_grant_is_required_and_named,
    each_login_identifier_grant_is_named_and_only_the_search_needs_it,
}

fn public_grants_run_the_public_api_and_the_admin_api_names_missing_grants(kind: Kind) {
    let fixture = Fixture::kratos(kind);
    fixture.grant("Beside a Kratos, public side");
    let missing = fixture.single_grants("Beside a Kratos, admin side");
    let service = fixture.serve(&[]);
    list_and_revoke(&service, &token(kind));
    for answer in extend_and_delete(&service, &token(kind)) {
        assert_eq!(answer.status, 403, "{answer:?}");
        let reason = answer.reason();
        assert!(missing.iter().all(|grant| reason.contains(grant)), "{reason}");
    }
    assert_eq!(get(service.public, "/health/ready", "").status, 200);

    // The log has exactly one warning about it.
    let folder = tempfile::tempdir().unwrap();
    let child = elsewhere(&folder, &["serve"])
        .env("ELSEWHERE_SERVER__LISTEN", "127.0.0.1:0")
        .env("ELSEWHERE_ADMIN__LISTEN", "127.0.0.1:0")
        .env("ELSEWHERE_DATABASE__URL", fixture.url("u"))
        .env("ELSEWHERE_DATABASE__SCHEMA", "kratos")
        .env("ELSEWHERE_SESSION__COOKIES", "false")
        .stderr(Stdio::piped())
        .spawn();
    let mut running = RunningProcess(child.unwrap());
    let stderr = Lines::of(running.0.stderr.take().unwrap());
    let stderr: Vec<_> = stderr.take_while(|line| !line.contains("listening")).collect();
    let warned: Vec<_> = stderr.iter().filter(|line| line.contains("WARN")).collect();
    assert_eq!(warned.len(), 1, "{stderr:?}");
    assert!(missing.iter().all(|grant| warned[0].contains(grant)), "{warned:?}");
}

fn public_and_admin_grants_together_are_sufficient(kind: Kind) {
    let fixture = Fixture::kratos(kind);
    fixture.grant("Beside a Kratos, public side");
    fixture.grant("Beside a Kratos, admin side");
    let service = fixture.serve(&[]);
    list_and_revoke(&service, &token(kind));
    let [extended, deleted] = extend_and_delete(&service, &token(kind));
    assert_eq!([extended.status, deleted.status], [200, 204], "{extended:?} {deleted:?}");
}

fn each_public_grant_is_required_and_named(kind: Kind) {
    let fixture = Fixture::kratos(kind);
    fixture.grant("Beside a Kratos, public side");
    assert_eq!(fixture.startup_error(&[]), None);
    for grant in fixture.single_grants("Beside a Kratos, public side") {
        fixture.database.run(&revoke(&grant));
        let startup_error = fixture.startup_error(&[]).unwrap();
        let named = format!("database.url: this user lacks: {grant}");
        assert!(startup_error.starts_with(&named), "without {grant}: {startup_error}");
        let others = startup_error.matches("GRANT").count() - 1;
        assert_eq!(others, 0, "only that one: {startup_error}");
        fixture.database.run(&grant);
    }
    assert_eq!(fixture.startup_error(&[]), None);
}

fn each_admin_grant_is_required_and_named(kind: Kind) {
    let fixture = Fixture::kratos(kind);
    fixture.grant("Beside a Kratos, public side");
    fixture.grant("Beside a Kratos, admin side");
    let [extend, delete] = &fixture.single_grants("Beside a Kratos, admin side")[..] else {
        panic!()
    };
    // The grant to delete comes first, because the last round deletes all sessions.
    for (grant, statuses) in [(delete, [200, 403]), (extend, [403, 204])] {
        fixture.database.run(&revoke(grant));
        // An early expiry, so that the extension has something to write.
        fixture.database.run("UPDATE sessions SET expires_at = '2026-11-25 09:35:00'");
        let answers = extend_and_delete(&fixture.serve(&[]), &token(kind));
        let given = [answers[0].status, answers[1].status];
        assert_eq!(given, statuses, "without {grant}: {answers:?}");
        let refused = answers.iter().find(|answer| answer.status == 403).unwrap();
        assert!(refused.reason().ends_with(&format!("lacks: {grant}.")), "{refused:?}");
        fixture.database.run(grant);
    }
}

fn each_second_factor_grant_is_required_and_named(kind: Kind) {
    const HIGHEST: (&str, &str) = ("session.required_aal", "highest_available");
    const SECTION: &str = "Beside a Kratos, second factors";
    let fixture = Fixture::kratos(kind);
    fixture.grant("Beside a Kratos, public side");
    fixture.grant(SECTION);
    let service = fixture.serve(&[HIGHEST]);
    let whoami = || get(service.public, "/sessions/whoami", &token(kind)).status;
    assert_eq!(whoami(), 200);
    for grant in fixture.single_grants(SECTION) {
        fixture.database.run(&revoke(&grant));
        let startup_error = fixture.startup_error(&[HIGHEST]);
        let named = format!("session.required_aal: this user lacks: {grant}");
        assert_eq!(startup_error, Some(named), "without {grant}");
        // Other settings do not read second factors. With this one, no session is accepted without
        // reading them.
        assert_eq!(fixture.startup_error(&[]), None);
        assert_eq!(whoami(), 503);
        fixture.database.run(&grant);
    }
    assert_eq!(whoami(), 200);
    assert_eq!(get(service.public, "/health/ready", "").status, 200);
}

fn each_login_identifier_grant_is_named_and_only_the_search_needs_it(kind: Kind) {
    const SECTION: &str = "Beside a Kratos, login identifiers";
    let fixture = Fixture::on(older_versions(kind)[2].database(kind, 1));
    fixture.grant("Beside a Kratos, public side");
    assert_eq!(fixture.startup_error(&[]), None);
    let search = |address| {
        let command = ["sessions", "list", "--email", address];
        let output = Fixture::run_command(&command, &fixture.url("u"), "kratos");
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let all = fixture.single_grants(SECTION).join("; ");
    let problem =
        |grants: &str| format!("login identifiers were not searched: this user lacks: {grants}\n");
    let nobody = "elsewhere: nobody has the e-mail address zoe@example.org";
    // A trait finds her.
    assert_eq!(search("ana@example.org"), (0, format!("elsewhere: {}", problem(&all))));
    assert_eq!(search("zoe@example.org"), (2, format!("{nobody}, but {}", problem(&all))));
    fixture.grant(SECTION);
    assert_eq!(search("ana@example.org"), (0, String::new()));
    assert_eq!(search("zoe@example.org"), (1, format!("{nobody}\n")));
    for grant in fixture.single_grants(SECTION) {
        fixture.database.run(&revoke(&grant));
        assert_eq!(search("zoe@example.org"), (2, format!("{nobody}, but {}", problem(&grant))));
        fixture.database.run(&grant);
    }
}

fn each_activity_grant_is_required_and_named(kind: Kind) {
    const ON: (&str, &str) = ("activity.enabled", "true");
    let fixture = Fixture::kratos(kind);
    fixture.grant("Beside a Kratos, public side");
    let startup_error = fixture.startup_error(&[ON]).unwrap();
    assert!(startup_error.starts_with("activity.enabled: "), "{startup_error}");
    let made = Fixture::run_command(&["migrate", "--activity"], &fixture.database.url, "kratos");
    assert!(made.status.success(), "{made:?}");
    fixture.grant("Activity");
    let service = fixture.serve(&[ON]);
    assert_eq!(get(service.public, "/sessions/whoami", &token(kind)).status, 200);
    service.wait(service.sessions.flush_activity()).unwrap();
    assert_eq!(
        fixture.database.texts("SELECT CONCAT(COUNT(*), '') FROM elsewhere_activity"),
        ["1"]
    );
    // As in the daily cleanup.
    fixture.database.run("DELETE FROM sessions");
    assert_eq!(
        service.wait(service.repository.forget_deleted(Uuid::nil(), BatchSize::MAX)).unwrap(),
        None
    );
    assert_eq!(
        fixture.database.texts("SELECT CONCAT(COUNT(*), '') FROM elsewhere_activity"),
        ["0"]
    );

    let [all] = &fixture.single_grants("Activity")[..] else { panic!() };
    for privilege in ["SELECT", "INSERT", "UPDATE", "DELETE"] {
        let grant = all.replace("SELECT, INSERT, UPDATE, DELETE", privilege);
        fixture.database.run(&revoke(&grant));
        let startup_error = fixture.startup_error(&[ON]).unwrap();
        // Without SELECT, the message may name other grants, too.
        let named = startup_error.contains(&grant);
        assert!(named && startup_error.starts_with("activity.enabled: "), "{startup_error}");
        fixture.database.run(&grant);
    }
}

fn each_event_grant_is_required_and_named(kind: Kind) {
    const ON: [(&str, &str); 3] = [
        ("events.enabled", "true"),
        ("webhooks.chat.url", "http://127.0.0.1:9/"),
        ("webhooks.chat.secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
    ];
    let fixture = Fixture::kratos(kind);
    fixture.grant("Beside a Kratos, public side");
    let startup_error = fixture.startup_error(&ON).unwrap();
    assert!(startup_error.starts_with("events.enabled: "), "{startup_error}");
    let made = Fixture::run_command(&["migrate", "--events"], &fixture.database.url, "kratos");
    assert!(made.status.success(), "{made:?}");
    fixture.grant("Events");
    fixture.grant("Webhooks");
    let service = fixture.serve(&ON);
    list_and_revoke(&service, &token(kind));
    wait_until("the events are in order", || {
        let page = send(service.admin, "GET", "/admin/events", &[]).json();
        page["events"].as_array().is_some_and(|events| events.len() > 2)
    });
    for all in ["Events", "Webhooks"].iter().flat_map(|section| fixture.single_grants(section)) {
        let (privileges, place) =
            all.strip_prefix("GRANT ").and_then(|all| all.split_once(" ON ")).unwrap();
        // A list of columns has a comma, too.
        let privileges = if privileges.contains('(') {
            vec![privileges]
        } else {
            privileges.split(", ").collect()
        };
        for privilege in privileges {
            let grant = format!("GRANT {privilege} ON {place}");
            fixture.database.run(&revoke(&grant));
            let startup_error = fixture.startup_error(&ON).unwrap();
            let named = startup_error.contains(&grant);
            assert!(named && startup_error.starts_with("events.enabled: "), "{startup_error}");
            fixture.database.run(&grant);
        }
    }
    assert_eq!(fixture.startup_error(&ON), None);
}

/// A user with grants on columns has none on a column that a migration adds. (MariaDB does not even
/// show the column to this user.)
#[test]
fn an_added_column_is_read_once_it_is_granted() {
    let kind = Kind::Postgres;
    let fixture = Fixture::kratos(kind);
    fixture.grant("Beside a Kratos, public side");
    fixture.database.run("ALTER TABLE identities DROP COLUMN external_id");
    let columns = fixture.database.texts(
        "SELECT CAST(column_name AS TEXT) FROM information_schema.columns
         WHERE table_schema = 'public' AND table_name = 'identities'",
    );
    let (columns, user) = (columns.join(", "), fixture.user("u"));
    fixture.database.run(&format!("REVOKE SELECT ON identities FROM {user}"));
    fixture.database.run(&format!("GRANT SELECT ({columns}) ON identities TO {user}"));
    let service = fixture.serve(&[]);
    let external_id = || {
        service.wait(service.repository.look_for_migration()).unwrap();
        assert_eq!(get(service.public, "/health/ready", "").status, 200);
        let whoami = get(service.public, "/sessions/whoami", &token(kind));
        assert_eq!(whoami.status, 200, "{whoami:?}");
        whoami.json()["identity"]["external_id"].clone()
    };
    assert!(external_id().is_null());
    fixture.database.run(
        "ALTER TABLE identities ADD COLUMN external_id VARCHAR(64);
         UPDATE identities SET external_id = CAST(id AS TEXT)",
    );
    assert!(external_id().is_null());
    fixture.database.run(&format!("GRANT SELECT (external_id) ON identities TO {user}"));
    // A look at the tables counts for a moment.
    wait_until("the external id is shown", || external_id().is_string());
}

/// `docs/grants.md` grants table by table, which is possible once Kratos has created the tables.
#[test]
fn grants_that_follow_the_tables_are_waited_for() {
    let fixture = Fixture::on(Database::empty(Kind::Postgres));
    let grants = fixture.grants("Beside a Kratos, public side");
    let (late, early): (Vec<_>, Vec<_>) =
        grants.iter().partition(|sql| sql.contains("SELECT") || sql.contains("UPDATE"));
    for sql in early {
        fixture.database.run(sql);
    }
    let mut starting = Starting::serve(&fixture.url("u"), "kratos");
    starting.expect("for tables");
    fixture.database.run(older_versions(Kind::Postgres)[2].schema());
    let line = starting.expect("for grants");
    assert!(line["problem"].as_str().unwrap().contains("this user lacks: GRANT"), "{line}");
    for sql in late {
        fixture.database.run(sql);
    }
    starting.expect("for a row in the table networks");
    fixture.database.run(NETWORK);
    starting.expect("listening");
}
