//! The fixture of these tests: a database, and users with the grants of `docs/grants.md`.

use std::net::SocketAddr;

use elsewhere::clock::Clock;
use elsewhere::config::Config;
use elsewhere::database;
use time::macros::datetime;
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::support::databases::{Database, Kind};
use crate::support::http_client::{Answer, get, send};
use crate::support::kratos;
use crate::support::output::OutputInTime as _;
use crate::support::process::elsewhere;
use crate::support::service::{Service, config};
use crate::support::wait::BlockOnInTime as _;

const DOCS: &str = include_str!("../../../../docs/grants.md");
/// One day after the recording.
pub const NOW: time::OffsetDateTime = datetime!(2026-11-24 09:35 UTC);

/// A database, and users with the documented grants. The fields drop in this order.
pub struct Fixture {
    pub kind: Kind,
    pub database: Database,
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

impl Fixture {
    pub fn on(database: Database) -> Self {
        let (kind, id) = (database.kind, Uuid::new_v4().simple().to_string()[..20].to_owned());
        let users = Users { kind, server: Database::empty(kind), id: id.clone() };
        if kind == Kind::Postgres {
            database.run("REVOKE ALL ON SCHEMA public FROM PUBLIC");
        }
        Self { kind, database, id, _users: users }
    }

    pub fn kratos(kind: Kind) -> Self {
        Self::on(kratos::restore(kind))
    }

    /// The statements of a section of `docs/grants.md`, with the names of this fixture.
    pub fn grants(&self, section: &str) -> Vec<String> {
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

    /// The grants of a section, one for each table.
    pub fn single_grants(&self, section: &str) -> Vec<String> {
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

    pub fn grant(&self, section: &str) {
        self.grants(section).iter().for_each(|sql| self.database.run(sql));
    }

    pub fn database_name(&self) -> &str {
        self.database.url.rsplit('/').next().unwrap()
    }

    pub fn user(&self, name: &str) -> String {
        let name = format!("{name}_{}", self.id);
        if self.kind == Kind::MySql { format!("'{name}'@'%'") } else { name }
    }

    /// The database URL for a documented user: `u` serves, `o` migrates.
    pub fn url(&self, name: &str) -> String {
        let (_, place) = self.database.url.split_once('@').unwrap();
        let scheme = if self.kind == Kind::MySql { "mysql" } else { "postgres" };
        format!("{scheme}://{name}_{}:secret@{place}", self.id)
    }

    pub fn kratos_config(&self, more: &[(&str, &str)]) -> Config {
        let url = self.url("u");
        let settings = [
            ("database.url", url.as_str()),
            ("database.schema", "kratos"),
            ("database.max_connections", "4"),
            ("session.cookies", "false"),
            // Longer than the recorded sessions live, so that an extension writes.
            ("session.lifespan", "1000000h"),
        ];
        config(settings.into_iter().chain(more.to_vec()))
    }

    pub fn serve(&self, more: &[(&str, &str)]) -> Service {
        Service::start(&self.kratos_config(more), Clock::fixed(NOW))
    }

    /// The error with which the service fails to start, if it does.
    pub fn startup_error(&self, more: &[(&str, &str)]) -> Option<String> {
        let config = self.kratos_config(more);
        let opened = Runtime::new().unwrap().block_on_in_time(database::open(&config));
        opened.err().map(|error| error.to_string())
    }

    pub fn run_command(command: &[&str], url: &str, schema: &str) -> std::process::Output {
        let folder = tempfile::tempdir().unwrap();
        elsewhere(&folder, command)
            .env("ELSEWHERE_DATABASE__URL", url)
            .env("ELSEWHERE_DATABASE__SCHEMA", schema)
            .env("ELSEWHERE_DATABASE__START_TIMEOUT", "2s")
            .env("ELSEWHERE_SERVER__LISTEN", "127.0.0.1:0")
            .env("ELSEWHERE_ADMIN__LISTEN", "127.0.0.1:0")
            .output_in_time()
    }
}

/// The statement that revokes a grant.
pub fn revoke(grant: &str) -> String {
    grant.replacen("GRANT", "REVOKE", 1).replace(" TO ", " FROM ")
}

/// The token of a person with nine other sessions.
pub fn token(kind: Kind) -> String {
    let exchanges = kratos::exchanges(kind);
    let list = exchanges.iter().find(|exchange| exchange.name == "list/token").unwrap();
    list.request.headers["X-Session-Token"].as_str().unwrap().to_owned()
}

pub fn delete(service: SocketAddr, path: &str, token: &str) -> Answer {
    send(service, "DELETE", path, &[("X-Session-Token", token.as_bytes())])
}

/// Lists and revokes sessions through the public API, and through the admin API where it can do
/// the same.
pub fn list_and_revoke(service: &Service, token: &str) {
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

/// Extends a session and deletes an identity's sessions. Returns both responses.
pub fn extend_and_delete(service: &Service, token: &str) -> [Answer; 2] {
    let whoami = get(service.public, "/sessions/whoami", token).json();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let (session, identity) = (text(&whoami["id"]), text(&whoami["identity"]["id"]));
    let path = format!("/admin/sessions/{session}/extend");
    let extended = send(service.admin, "PATCH", &path, &[]);
    let path = format!("/admin/identities/{identity}/sessions");
    [extended, send(service.admin, "DELETE", &path, &[])]
}
