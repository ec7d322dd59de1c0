//! Durability: a confirmed revocation persists, also if the service or the database server is
//! killed in the next instant.

use crate::support::databases::{Database, Kind};
use crate::support::http_client::{get, send};
use crate::support::people::{NOW, person, session};
use crate::support::process::Replica;
use crate::support::servers::Server;
use crate::support::service::{Service, config};

const REVOCATIONS: i64 = 20;

/// Issues one session that revokes and `REVOCATIONS` sessions to revoke. Returns their tokens and
/// IDs.
fn issue_sessions(url: &str) -> Vec<(String, String)> {
    let service =
        Service::start(&config([("database.url", url)]), elsewhere::clock::Clock::fixed(NOW));
    let mut sessions: Vec<_> = (0..=REVOCATIONS).map(session).collect();
    for issued in &mut sessions {
        // The processes use the system clock.
        issued.session.expires_at += time::Duration::days(36_500);
    }
    service.issue(&person(), &sessions);
    let pair = |issued: &elsewhere::repository::NewSession| {
        (issued.token.expose().to_owned(), issued.session.id.to_string())
    };
    sessions.iter().map(pair).collect()
}

fn delete(replica: &Replica, token: &str, session: &str) {
    let headers: &[(&str, &[u8])] = &[("X-Session-Token", token.as_bytes())];
    let answer = send(replica.public, "DELETE", &format!("/sessions/{session}"), headers);
    assert_eq!(answer.status, 204, "{answer:?}");
}

fn a_killed_service_keeps_every_confirmed_revocation(kind: Kind) {
    let database = Database::empty(kind);
    let sessions = issue_sessions(&database.url);
    let (here, _) = &sessions[0];
    let mut replica = Replica::start(&[("database.url", &database.url)]);
    for (stolen, id) in &sessions[1..] {
        assert_eq!(get(replica.public, "/sessions/whoami", stolen).status, 200);
        delete(&replica, here, id);
        replica.running.0.kill().unwrap();
        replica.running.wait();
        replica = Replica::start(&[("database.url", &database.url)]);
        assert_eq!(get(replica.public, "/sessions/whoami", stolen).status, 401);
    }
    assert_eq!(get(replica.public, "/sessions", here).body, "[]");
}

fn a_killed_server_keeps_every_confirmed_revocation(kind: Kind) {
    let server = Server::start(kind);
    let database = Database::on(kind, &server.url);
    let sessions = issue_sessions(&database.url);
    let (here, _) = &sessions[0];
    let replica = Replica::start(&[("database.url", &database.url)]);
    for (stolen, id) in &sessions[1..] {
        delete(&replica, here, id);
        server.run("kill");
        server.run("start");
        // The same replica continues without an error: it retries on a new connection.
        assert_eq!(get(replica.public, "/sessions/whoami", stolen).status, 401);
        assert_eq!(get(replica.public, "/sessions/whoami", here).status, 200);
    }
    assert_eq!(get(replica.public, "/sessions", here).body, "[]");
}

crate::support::databases::on_every_database! { a_killed_service_keeps_every_confirmed_revocation }

#[test]
fn a_killed_postgres_keeps_every_confirmed_revocation() {
    a_killed_server_keeps_every_confirmed_revocation(Kind::Postgres);
}

#[test]
fn a_killed_mariadb_keeps_every_confirmed_revocation() {
    a_killed_server_keeps_every_confirmed_revocation(Kind::MySql);
}
