//! Rolling upgrades and rollbacks: this release and the next one on the same database.
//!
//! The next release is this code with one more schema version, within the test process. This
//! release is the real binary.

use elsewhere::clock::Clock;
use elsewhere::database::Version;
use std::net::SocketAddr;
use uuid::Uuid;

use crate::support::databases::{Database, Kind, on_every_database};
use crate::support::http_client::{get, send};
use crate::support::output::OutputInTime as _;
use crate::support::process::{Replica, elsewhere};
use crate::support::service::{Service, config};
use crate::support::sign_in::{SignIn, SignedIn};

on_every_database! {
    this_release_keeps_running_and_restarts_after_the_next_one_migrates,
    this_release_starts_on_a_database_created_by_the_next_one,
    a_database_that_requires_a_newer_program_is_refused_in_one_line,
}

const NEXT: Version = Version {
    number: 19,
    description: "notes of sessions",
    oldest_program: 13,
    sqlite: "ALTER TABLE sessions ADD COLUMN note TEXT",
    postgres: "ALTER TABLE sessions ADD COLUMN note VARCHAR(100);
               CREATE INDEX sessions_by_note ON sessions (note)",
    mysql: "ALTER TABLE sessions ADD COLUMN note VARCHAR(100)",
    sqlite_done: None,
    mysql_done: Some(
        "SELECT 1 FROM information_schema.columns
         WHERE table_schema = DATABASE() AND table_name = 'sessions' AND column_name = 'note'",
    ),
};

fn next_release(database: &Database) -> Service {
    let config = config([("database.url", database.url.as_str())]);
    Service::start_as_next_release(&config, Clock::system(), &[NEXT])
}

fn this_release(database: &Database) -> Replica {
    Replica::start(&[("database.url", &database.url)])
}

/// The public and the admin address of one program.
#[derive(Clone, Copy)]
struct Addresses(SocketAddr, SocketAddr);

impl Addresses {
    fn sign_in(self, identity: Uuid) -> SignedIn {
        SignIn::new(identity).at(self.1)
    }

    fn whoami(self, token: &str) -> u16 {
        get(self.0, "/sessions/whoami", token).status
    }

    fn list(self, token: &str) -> Vec<String> {
        get(self.0, "/sessions", token).ids()
    }

    fn revoke(self, token: &str, session: &str) -> u16 {
        let headers: &[(&str, &[u8])] = &[("X-Session-Token", token.as_bytes())];
        send(self.0, "DELETE", &format!("/sessions/{session}"), headers).status
    }
}

/// Asserts that each program lists and revokes the sessions that the other one issued.
fn assert_serve_same_sessions(one: Addresses, other: Addresses) {
    for (one, other) in [(one, other), (other, one)] {
        let person = Uuid::new_v4();
        let here = one.sign_in(person).token;
        let SignedIn { session, token: there } = other.sign_in(person);
        assert_eq!(one.list(&here), std::slice::from_ref(&session));
        assert_eq!(other.list(&here), std::slice::from_ref(&session));
        assert_eq!([one.whoami(&there), other.whoami(&there)], [200, 200]);
        assert_eq!(other.revoke(&here, &session), 204);
        assert_eq!([one.whoami(&there), other.whoami(&there)], [401, 401]);
        assert_eq!(one.list(&here), [""; 0]);
    }
}

fn this_release_keeps_running_and_restarts_after_the_next_one_migrates(kind: Kind) {
    let database = Database::empty(kind);
    let this = this_release(&database);
    let addresses = Addresses(this.public, this.admin);
    let token = addresses.sign_in(Uuid::new_v4()).token;
    let next = next_release(&database);
    let newer = Addresses(next.public, next.admin);
    assert_serve_same_sessions(addresses, newer);
    assert_eq!(newer.whoami(&token), 200);

    drop(this);
    let again = this_release(&database);
    let addresses = Addresses(again.public, again.admin);
    assert_serve_same_sessions(addresses, newer);
    assert_eq!(addresses.whoami(&token), 200);
    let migrated = "SELECT CONCAT(MAX(version), '') FROM elsewhere_schema_versions";
    assert_eq!(database.texts(migrated), ["19"]);
}

fn this_release_starts_on_a_database_created_by_the_next_one(kind: Kind) {
    let database = Database::empty(kind);
    let next = next_release(&database);
    let this = this_release(&database);
    assert_serve_same_sessions(
        Addresses(this.public, this.admin),
        Addresses(next.public, next.admin),
    );
    // The same holds for a manual migration.
    let folder = tempfile::tempdir().unwrap();
    let migrated = elsewhere(&folder, &["migrate"])
        .env("ELSEWHERE_DATABASE__URL", &database.url)
        .output_in_time();
    assert!(migrated.status.success(), "{migrated:?}");
}

fn a_database_that_requires_a_newer_program_is_refused_in_one_line(kind: Kind) {
    let database = Database::empty(kind);
    let config = config([("database.url", database.url.as_str())]);
    let contracting = Version { oldest_program: 19, ..NEXT };
    drop(Service::start_as_next_release(&config, Clock::system(), &[contracting]));
    let folder = tempfile::tempdir().unwrap();
    for command in ["serve", "migrate"] {
        let refused = elsewhere(&folder, &[command])
            .env("ELSEWHERE_SERVER__LISTEN", "127.0.0.1:0")
            .env("ELSEWHERE_ADMIN__LISTEN", "127.0.0.1:0")
            .env("ELSEWHERE_DATABASE__URL", &database.url)
            .output_in_time();
        let stderr = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(2), "{stderr}");
        assert_eq!(
            stderr,
            "elsewhere: database.url: the database is at version 19, which requires a program that \
             knows version 19 or newer; this one knows 18: run a newer release of elsewhere\n"
        );
    }
}
