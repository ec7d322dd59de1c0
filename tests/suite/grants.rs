//! The grants of `docs/grants.md`: users are made by them, and the service runs as those.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::{Duration, Instant};

use elsewhere::clock::Clock;
use elsewhere::config::Config;
use elsewhere::database;
use elsewhere::repository::BatchSize;
use time::macros::datetime;
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::databases::{Database, Kind};
use crate::http_client::{get, send, send_json};
use crate::kratos;
use crate::process::{Copy, Running, elsewhere};
use crate::service::{Service, config};

const DOCS: &str = include_str!("../../docs/grants.md");
const NOW: time::OffsetDateTime = datetime!(2026-11-24 09:35 UTC);

macro_rules! on_every_server {
    ($($test:ident),* $(,)?) => {
        mod on_postgres {
            $(#[test] fn $test() { super::$test(crate::databases::Kind::Postgres); })*
        }
        mod on_mysql {
            $(#[test] fn $test() { super::$test(crate::databases::Kind::MySql); })*
        }
    };
}

on_every_server! {
    beside_a_kratos_the_public_side_runs_and_the_admin_side_says_what_it_lacks,
    with_the_admin_sides_grants_nothing_is_lacking,
    each_grant_of_the_public_side_is_needed_and_named,
    each_grant_of_the_admin_side_is_needed_and_named,
    activity_has_its_own_grants,
    second_factors_have_their_own_grants,
    own_tables_are_migrated_by_one_user_and_served_by_another,
    with_the_right_to_read_alone_the_service_reads,
    a_right_that_is_taken_away_is_a_503_that_names_it,
    a_user_who_may_not_make_tables_does_not_migrate,
    a_command_needs_the_rights_of_what_it_does,
}

/// A database, and users who are made by the documents, dropped in this order.
struct Stage {
    kind: Kind,
    database: Database,
    id: String,
    _users: Users,
}

struct Users {
    kind: Kind,
    server: Database,
    id: String,
}

impl Drop for Users {
    fn drop(&mut self) {
        for name in ["u", "o"] {
            let name = format!("{name}_{}", self.id);
            self.server.run(&match self.kind {
                Kind::MySql => format!("DROP USER IF EXISTS '{name}'@'%'"),
                _ => format!("DROP ROLE IF EXISTS {name}"),
            });
        }
    }
}

impl Stage {
    fn of(database: Database) -> Self {
        let (kind, id) = (database.kind, Uuid::new_v4().simple().to_string()[..20].to_owned());
        let users = Users { kind, server: Database::empty(kind), id: id.clone() };
        if kind == Kind::Postgres {
            database.run("REVOKE ALL ON SCHEMA public FROM PUBLIC");
        }
        Self { kind, database, id, _users: users }
    }

    fn kratos(kind: Kind) -> Self {
        Self::of(kratos::restore(kind))
    }

    /// Grants of a section of the documents, with the names of this stage.
    fn grants(&self, section: &str) -> Vec<String> {
        let server =
            if self.kind == Kind::MySql { "## MySQL and MariaDB\n" } else { "## PostgreSQL\n" };
        let (_, text) = DOCS.split_once(server).unwrap();
        let (text, _) = text.split_once("\n## ").unwrap();
        let (_, text) = text.split_once(&format!("### {section}\n")).unwrap();
        let text = text.split("```").nth(1).unwrap().strip_prefix("sql\n").unwrap();
        let (name, owner) = (self.user("u"), self.user("o"));
        let place = format!("ON {}.", self.database_name());
        let text = text.replace("ON kratos.", &place).replace("ON elsewhere.", &place);
        let text = text.replace("'elsewhere'@'%'", &name).replace("'elsewhere_owner'@'%'", &owner);
        let text = text
            .replace("elsewhere_owner", &owner)
            .replace("TO elsewhere;", &format!("TO {name};"));
        let text = text.replace("ROLE elsewhere ", &format!("ROLE {name} "));
        text.lines().map(|line| line.trim_end_matches(';').to_owned()).collect()
    }

    /// One for each table.
    fn single_grants(&self, section: &str) -> Vec<String> {
        let grants = self.grants(section).into_iter().filter(|sql| sql.starts_with("GRANT"));
        grants
            .flat_map(|sql| {
                let (what, rest) = sql.split_once(" ON ").unwrap();
                let (tables, user) = rest.split_once(" TO ").unwrap();
                let one = |table| format!("{what} ON {table} TO {user}");
                tables.split(", ").map(one).collect::<Vec<_>>()
            })
            .collect()
    }

    fn grant(&self, section: &str) {
        self.grants(section).iter().for_each(|sql| self.database.run(sql));
    }

    fn database_name(&self) -> &str {
        self.database.url.rsplit('/').next().unwrap()
    }

    fn user(&self, name: &str) -> String {
        let name = format!("{name}_{}", self.id);
        if self.kind == Kind::MySql { format!("'{name}'@'%'") } else { name }
    }

    /// The database's URL for a user of the documents: `u` serves, `o` migrates.
    fn url(&self, name: &str) -> String {
        let (_, place) = self.database.url.split_once('@').unwrap();
        let scheme = if self.kind == Kind::MySql { "mysql" } else { "postgres" };
        format!("{scheme}://{name}_{}:secret@{place}", self.id)
    }

    fn kratos_config(&self, more: &[(&str, &str)]) -> Config {
        let url = self.url("u");
        let settings = [
            ("database.url", url.as_str()),
            ("database.schema", "kratos"),
            ("database.max_connections", "4"),
            // Longer than the recorded sessions live, so that an extension writes.
            ("session.lifespan", "1000000h"),
        ];
        config(settings.into_iter().chain(more.to_vec()))
    }

    fn serve(&self, more: &[(&str, &str)]) -> Service {
        Service::start(&self.kratos_config(more), Clock::fixed(NOW))
    }

    /// Why the service does not start.
    fn refusal(&self, more: &[(&str, &str)]) -> Option<String> {
        let config = self.kratos_config(more);
        let opened = Runtime::new().unwrap().block_on(database::open(&config));
        opened.err().map(|error| error.to_string())
    }

    fn run(command: &[&str], url: &str, schema: &str) -> std::process::Output {
        let folder = tempfile::tempdir().unwrap();
        elsewhere(&folder, command)
            .env("ELSEWHERE_DATABASE__URL", url)
            .env("ELSEWHERE_DATABASE__SCHEMA", schema)
            .output()
            .unwrap()
    }
}

/// How a grant is taken back.
fn revoke(grant: &str) -> String {
    grant.replacen("GRANT", "REVOKE", 1).replace(" TO ", " FROM ")
}

/// The token of somebody who is signed in in nine other places.
fn token(kind: Kind) -> String {
    let exchanges = kratos::exchanges(kind);
    let list = exchanges.iter().find(|exchange| exchange.name == "list/token").unwrap();
    list.request.headers["X-Session-Token"].as_str().unwrap().to_owned()
}

fn delete(service: SocketAddr, path: &str, token: &str) -> crate::http_client::Answer {
    send(service, "DELETE", path, &[("X-Session-Token", token.as_bytes())])
}

/// What people do, on the public side and what the admin side has of it.
fn lists_and_ends(service: &Service, token: &str) {
    let ids = get(service.public, "/sessions", token).ids();
    assert_eq!(get(service.public, "/sessions/whoami", token).status, 200);
    assert_eq!(delete(service.public, &format!("/sessions/{}", ids[0]), token).status, 204);
    assert_eq!(send(service.admin, "GET", "/admin/sessions?expand=identity", &[]).status, 200);
    let path = format!("/admin/sessions/{}", ids[1]);
    assert_eq!(send(service.admin, "GET", &path, &[]).status, 200);
    assert_eq!(send(service.admin, "DELETE", &path, &[]).status, 204);
    assert_eq!(get(service.public, "/sessions", token).ids(), ids[2..]);
    let others = delete(service.public, "/sessions", token);
    assert_eq!(others.json()["count"], ids.len() - 2);
    assert_eq!(get(service.public, "/health/ready", "").status, 200);
}

/// Extends and deletes, and gives both answers.
fn administers(service: &Service, token: &str) -> [crate::http_client::Answer; 2] {
    let whoami = get(service.public, "/sessions/whoami", token).json();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let (session, identity) = (text(&whoami["id"]), text(&whoami["identity"]["id"]));
    let path = format!("/admin/sessions/{session}/extend");
    let extended = send(service.admin, "PATCH", &path, &[]);
    let path = format!("/admin/identities/{identity}/sessions");
    [extended, send(service.admin, "DELETE", &path, &[])]
}

fn beside_a_kratos_the_public_side_runs_and_the_admin_side_says_what_it_lacks(kind: Kind) {
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

    // One line of the log warns of it.
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

fn with_the_admin_sides_grants_nothing_is_lacking(kind: Kind) {
    let stage = Stage::kratos(kind);
    stage.grant("Beside a Kratos, public side");
    stage.grant("Beside a Kratos, admin side");
    let service = stage.serve(&[]);
    lists_and_ends(&service, &token(kind));
    let [extended, deleted] = administers(&service, &token(kind));
    assert_eq!([extended.status, deleted.status], [200, 204], "{extended:?} {deleted:?}");
}

fn each_grant_of_the_public_side_is_needed_and_named(kind: Kind) {
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

fn each_grant_of_the_admin_side_is_needed_and_named(kind: Kind) {
    let stage = Stage::kratos(kind);
    stage.grant("Beside a Kratos, public side");
    stage.grant("Beside a Kratos, admin side");
    for grant in stage.single_grants("Beside a Kratos, admin side") {
        stage.database.run(&revoke(&grant));
        let service = stage.serve(&[]);
        let answers = administers(&service, &token(kind));
        let refused: Vec<_> = answers.iter().filter(|answer| answer.status == 403).collect();
        assert_eq!(refused.len(), 1, "without {grant}: {answers:?}");
        assert!(refused[0].reason().contains(&grant), "{refused:?}");
        stage.database.run(&grant);
        drop(service);
        // What was deleted is restored, where it was.
        if answers[1].status == 204 {
            return;
        }
    }
}

fn activity_has_its_own_grants(kind: Kind) {
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
    service.wait(service.app.activity().write()).unwrap();
    assert_eq!(stage.database.texts("SELECT CONCAT(COUNT(*), '') FROM elsewhere_activity"), ["1"]);
    // As the daily sweep does.
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
        // Who may not read it is not shown to need only that.
        let named = refusal.contains(&grant);
        assert!(named && refusal.starts_with("activity.enabled: "), "{refusal}");
        stage.database.run(&grant);
    }
}

fn second_factors_have_their_own_grants(kind: Kind) {
    const HIGHEST: (&str, &str) = ("session.required_aal", "highest_available");
    const SECTION: &str = "Beside a Kratos, second factors";
    let stage = Stage::kratos(kind);
    stage.grant("Beside a Kratos, public side");
    stage.grant(SECTION);
    let service = stage.serve(&[HIGHEST]);
    assert_eq!(get(service.public, "/sessions/whoami", &token(kind)).status, 200);
    for grant in stage.single_grants(SECTION) {
        stage.database.run(&revoke(&grant));
        let refusal = stage.refusal(&[HIGHEST]).unwrap();
        let needed = "session.required_aal: is \"highest_available\", which needs SELECT on ";
        assert!(refusal.starts_with(needed) && refusal.contains("denied"), "{refusal}");
        // Nobody looks at it otherwise, and nobody is let in without a look.
        assert_eq!(stage.refusal(&[]), None);
        assert_eq!(get(service.public, "/sessions/whoami", &token(kind)).status, 503);
        stage.database.run(&grant);
    }
    assert_eq!(get(service.public, "/sessions/whoami", &token(kind)).status, 200);
}

fn own_tables_are_migrated_by_one_user_and_served_by_another(kind: Kind) {
    let stage = Stage::of(Database::empty(kind));
    stage.grant("Own schema, migrate");
    let migrated = Stage::run(&["migrate"], &stage.url("o"), "own");
    assert!(migrated.status.success(), "{migrated:?}");
    stage.grant("Own schema, public side");
    stage.grant("Activity");
    let url = stage.url("u");
    let settings = [("database.url", url.as_str()), ("session.prune_every", "1s")];
    let issue = |copy: &Copy, identity: Uuid| {
        let path = format!("/admin/identities/{identity}/sessions");
        let body = r#"{"authentication_methods": [{"method": "password", "aal": "aal1"}],
                       "device": {"ip_address": "203.0.113.24"}}"#;
        send_json(copy.admin, "POST", &path, &[], body)
    };
    let copy = Copy::start(&settings);
    let refused = issue(&copy, Uuid::new_v4());
    assert_eq!(refused.status, 403, "{refused:?}");
    for grant in stage.single_grants("Own schema, admin side") {
        assert!(refused.reason().contains(&grant), "{grant}: {refused:?}");
    }

    stage.grant("Own schema, admin side");
    let copy = Copy::start(&settings);
    let ana = Uuid::new_v4();
    let (here, other) = (issue(&copy, ana).json(), issue(&copy, ana).json());
    let token = here["session_token"].as_str().unwrap();
    let other = other["session"]["id"].as_str().unwrap();
    assert_eq!(get(copy.public, "/sessions", token).ids(), [other]);
    assert_eq!(delete(copy.public, &format!("/sessions/{other}"), token).status, 204);
    let extend = format!("/admin/sessions/{}/extend", here["session"]["id"].as_str().unwrap());
    assert_eq!(send(copy.admin, "PATCH", &extend, &[]).status, 200);
    let (person, sessions) =
        (format!("/admin/identities/{ana}"), format!("/admin/identities/{ana}/sessions"));
    let change = r#"{"state": "inactive"}"#;
    assert_eq!(send_json(copy.admin, "PATCH", &person, &[], change).status, 204);
    assert_eq!(get(copy.public, "/sessions", token).status, 401);
    assert_eq!(send(copy.admin, "DELETE", &sessions, &[]).status, 204);
    assert_eq!(send(copy.admin, "DELETE", &person, &[]).status, 204);
    assert_eq!(get(copy.public, "/health/ready", "").status, 200);
}

fn with_the_right_to_read_alone_the_service_reads(kind: Kind) {
    const READ_ONLY: (&str, &str) = ("database.read_only", "true");
    let stage = Stage::kratos(kind);
    let grants = stage.grants("Beside a Kratos, public side");
    let (update, read): (Vec<_>, Vec<_>) = grants.iter().partition(|sql| sql.contains("UPDATE"));
    for sql in &read {
        stage.database.run(sql);
    }
    let named = format!("this user lacks: {}; or set database.read_only = true", update[0]);
    let refusal = stage.refusal(&[]).unwrap();
    assert_eq!(refusal, format!("database.url: {named}"));
    let folder = tempfile::tempdir().unwrap();
    let output = elsewhere(&folder, &["serve"])
        .env("ELSEWHERE_SERVER__LISTEN", "127.0.0.1:0")
        .env("ELSEWHERE_ADMIN__LISTEN", "127.0.0.1:0")
        .env("ELSEWHERE_DATABASE__URL", stage.url("u"))
        .env("ELSEWHERE_DATABASE__SCHEMA", "kratos")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");

    let service = stage.serve(&[READ_ONLY]);
    let token = token(kind);
    let ids = get(service.public, "/sessions", &token).ids();
    for path in ["/sessions".to_owned(), format!("/sessions/{}", ids[0])] {
        let answer = delete(service.public, &path, &token);
        assert_eq!(answer.status, 403, "{answer:?}");
        assert_eq!(answer.reason(), "This service only reads: database.read_only is true.");
    }
    assert_eq!(administers(&service, &token).map(|answer| answer.status), [403, 403]);
    assert_eq!(get(service.public, "/sessions", &token).ids(), ids);
    assert_eq!(get(service.public, "/health/ready", "").status, 200);
}

fn a_right_that_is_taken_away_is_a_503_that_names_it(kind: Kind) {
    let stage = Stage::kratos(kind);
    stage.grant("Beside a Kratos, public side");
    let grant = stage.single_grants("Beside a Kratos, public side").pop().unwrap();
    assert!(grant.contains("UPDATE"), "{grant}");
    let service = stage.serve(&[]);
    let token = token(kind);
    let ids = get(service.public, "/sessions", &token).ids();
    let becomes = |status| {
        let began = Instant::now();
        while get(service.public, "/health/ready", "").status != status {
            assert!(began.elapsed() < Duration::from_secs(5), "not {status}");
        }
    };
    becomes(200);
    stage.database.run(&revoke(&grant));
    for path in ["/sessions".to_owned(), format!("/sessions/{}", ids[0])] {
        let answer = delete(service.public, &path, &token);
        assert_eq!(
            (answer.status, answer.header("retry-after")),
            (503, "1".to_owned()),
            "{answer:?}"
        );
    }
    let cause = |done: Result<(), String>| done.unwrap_err();
    let ready = service.wait(service.repository.ready()).map_err(|error| error.to_string());
    let ready = cause(ready);
    assert!(ready.ends_with(&format!("this user lacks: {grant}")), "{ready}");
    let caller = service.wait(service.repository.get(ids[1].parse().unwrap())).unwrap().unwrap();
    let caller = caller.readable().unwrap();
    let ended = service.wait(service.repository.end_others(&caller, NOW));
    let ended = cause(ended.map(drop).map_err(|error| error.to_string()));
    assert!(ended.ends_with(&format!("this user lacks: {grant}")), "{ended}");
    becomes(503);
    // Who only reads is served.
    assert_eq!(get(service.public, "/sessions", &token).ids(), ids);

    stage.database.run(&grant);
    becomes(200);
    assert_eq!(delete(service.public, &format!("/sessions/{}", ids[0]), &token).status, 204);
}

fn a_user_who_may_not_make_tables_does_not_migrate(kind: Kind) {
    let stage = Stage::of(Database::empty(kind));
    let [user, ..] = &stage.grants("Own schema, public side")[..] else { panic!() };
    stage.database.run(user);
    if kind == Kind::Postgres {
        stage.database.run(&stage.grants("Own schema, public side")[1]);
    } else {
        let (name, database) = (stage.user("u"), stage.database_name());
        stage.database.run(&format!("GRANT SELECT ON {database}.* TO {name}"));
    }
    for command in ["migrate", "serve"] {
        let output = Stage::run(&[command], &stage.url("u"), "own");
        let said = String::from_utf8(output.stderr.clone()).unwrap();
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert_eq!(said.lines().count(), 1, "{said}");
        let expected = "elsewhere: database.url: this user may not migrate: ";
        assert!(said.starts_with(expected) && said.contains("docs/grants.md"), "{said}");
    }
}

fn a_command_needs_the_rights_of_what_it_does(kind: Kind) {
    let stage = Stage::kratos(kind);
    let grants = stage.grants("Beside a Kratos, public side");
    let read = grants.iter().filter(|sql| !sql.contains("UPDATE"));
    read.for_each(|sql| stage.database.run(sql));
    let whoami = stage.serve(&[("database.read_only", "true")]);
    let whoami = get(whoami.public, "/sessions/whoami", &token(kind)).json();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let (session, identity) = (text(&whoami["id"]), text(&whoami["identity"]["id"]));
    let url = stage.url("u");
    let list = Stage::run(&["sessions", "list", "--all", "--identity", &identity], &url, "kratos");
    assert!(list.status.success(), "{list:?}");
    let counted = Stage::run(&["prune", "--dry-run"], &url, "kratos");
    assert!(counted.status.success(), "{counted:?}");
    let revoked = Stage::run(&["sessions", "revoke", &session], &url, "kratos");
    assert_eq!(revoked.status.code(), Some(2), "{revoked:?}");
    assert!(String::from_utf8_lossy(&revoked.stderr).contains("GRANT UPDATE (active) ON"));
}

/// Not of a read-only user alone: on every database the setting has nothing written.
mod read_only {
    use super::{Clock, Kind, get, send, send_json};
    use crate::databases::on_every_database;
    use crate::people::{NOW, Own, person, session};
    use crate::service::{Service, config};

    on_every_database! {
        whatever_would_write_is_403_and_nothing_is_written,
    }

    fn whatever_would_write_is_403_and_nothing_is_written(kind: Kind) {
        let secrets = ("session.cookie_secrets", "a-secret-of-16-characters");
        let own = Own::start_on(kind, &[secrets]);
        let (here, other) = (session(1), session(2));
        let someone = person();
        own.issue(&someone, &[here.clone(), other.clone()]);
        let url = ("database.url", own.database.url.as_str());
        let settings = config([url, secrets, ("database.read_only", "true")]);
        let reads = Service::start(&settings, Clock::fixed(NOW));
        let token = here.token.expose();
        let (session, identity) = (other.session.id, someone.id);
        let header: &[(&str, &[u8])] = &[("X-Session-Token", token.as_bytes())];
        let body = r#"{"authentication_methods": [{"method": "password", "aal": "aal1"}]}"#;
        let of_identity = format!("/admin/identities/{identity}");
        let answers = [
            send(reads.public, "DELETE", "/sessions", header),
            send(reads.public, "DELETE", &format!("/sessions/{session}"), header),
            send(reads.admin, "DELETE", &format!("/admin/sessions/{session}"), &[]),
            send(reads.admin, "PATCH", &format!("/admin/sessions/{session}/extend"), &[]),
            send(reads.admin, "DELETE", &of_identity, &[]),
            send(reads.admin, "DELETE", &format!("{of_identity}/sessions"), &[]),
            send_json(reads.admin, "PATCH", &of_identity, &[], r#"{"state": "inactive"}"#),
            send_json(reads.admin, "POST", &format!("{of_identity}/sessions"), &[], body),
            send_json(
                reads.admin,
                "POST",
                "/admin/sessions",
                &[],
                r#"{"action": "delete", "identities": ["*"]}"#,
            ),
        ];
        for answer in answers {
            let reason = "This service only reads: database.read_only is true.";
            assert_eq!((answer.status, answer.reason().as_str()), (403, reason), "{answer:?}");
        }
        let cookie = own.cookie(&here);
        let form = send_form(&reads, &format!("/ui/sessions/{session}/sign-out"), &cookie);
        assert_eq!(form.status, 403, "{form:?}");
        assert!(form.body.contains("Not possible at the moment"), "{}", form.body);
        assert_eq!(get(reads.public, "/health/ready", "").status, 200);
        assert_eq!(get(reads.public, "/sessions", token).ids(), [session.to_string()]);
        reads.wait(reads.app.activity().write()).unwrap();
    }

    fn send_form(service: &Service, path: &str, cookie: &str) -> crate::http_client::Answer {
        let headers: &[(&str, &[u8])] = &[
            ("Cookie", cookie.as_bytes()),
            ("Sec-Fetch-Site", b"same-origin"),
            ("Content-Length", b"0"),
        ];
        send(service.public, "POST", path, headers)
    }
}
