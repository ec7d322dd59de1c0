//! The fixture of these tests: a restored Kratos database whose rows can be damaged.

use std::net::SocketAddr;

use serde_json::Value;

use crate::support::databases::{Database, Kind};
use crate::support::http_client::get;
use crate::support::kratos;

/// Assignments that make a session unreadable, each with the column that is then wrong.
/// Every database's schema allows the first one.
pub fn damages(kind: Kind) -> Vec<(&'static str, &'static str)> {
    let mut damages = vec![("aal = ''", "sessions.aal"), ("aal = 'AAL1'", "sessions.aal")];
    damages.extend(match kind {
        Kind::Sqlite => [
            ("authentication_methods = '{'", "sessions.authentication_methods"),
            ("issued_at = 'yesterday'", "sessions.issued_at"),
            ("aal = x'00'", "sessions.aal"),
            ("created_at = 'someday'", "sessions.created_at"),
        ],
        Kind::Postgres => [
            ("authentication_methods = NULL", "sessions.authentication_methods"),
            ("issued_at = '-infinity'", "sessions.issued_at"),
            ("expires_at = 'infinity'", "sessions.expires_at"),
            ("created_at = '12026-11-20'", "sessions.created_at"),
        ],
        Kind::MySql => [
            ("authentication_methods = '{'", "sessions.authentication_methods"),
            ("issued_at = '0000-00-00'", "sessions.issued_at"),
            ("authenticated_at = '2026-00-01'", "sessions.authenticated_at"),
            ("created_at = NULL", "sessions.created_at"),
        ],
    });
    damages
}

/// Statements that remove the constraints against such rows.
pub fn lift_constraints(kind: Kind) -> &'static str {
    match kind {
        Kind::Sqlite => "PRAGMA foreign_keys = OFF",
        Kind::Postgres => {
            "ALTER TABLE sessions ALTER authentication_methods DROP NOT NULL,
                 ALTER created_at DROP NOT NULL, ALTER expires_at DROP NOT NULL"
        }
        Kind::MySql => {
            "SET sql_mode = ''; SET foreign_key_checks = 0;
             ALTER TABLE sessions MODIFY created_at datetime NULL,
                 MODIFY expires_at datetime NULL,
                 MODIFY authentication_methods longtext CHARACTER SET utf8mb4 NULL"
        }
    }
}

/// Ana's identity, the token of her calling session, and the ids of her other sessions.
pub struct Fixture {
    pub database: Database,
    pub token: String,
    pub identity: String,
    pub others: Vec<String>,
}

impl Fixture {
    pub fn new(kind: Kind) -> Self {
        let database = kratos::restore(kind);
        let settings = kratos::settings(kind);
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let sessions = settings["credentials"]["ana"].as_array().unwrap();
        let token = sessions.iter().find_map(|session| text(&session["token"])).unwrap();
        let identity = text(&settings["credentials"]["ids"]["ana"]).unwrap();
        let others = get(kratos::service(&database, "aal1").public, "/sessions", &token).ids();
        assert_eq!(others.len(), 9);
        Self { database, token, identity, others }
    }

    pub fn damage(&self, nth: usize, damage: &str) {
        let lift_constraints = lift_constraints(self.database.kind);
        let id = &self.others[nth];
        self.database
            .run(&format!("{lift_constraints}; UPDATE sessions SET {damage} WHERE id = '{id}'"));
    }

    /// Each damage in one session, beginning with the newest session.
    pub fn damaged(kind: Kind) -> Self {
        let fixture = Self::new(kind);
        for (nth, (damage, _)) in damages(kind).iter().enumerate() {
            fixture.damage(nth, damage);
        }
        fixture
    }

    pub fn readable(&self) -> &[String] {
        &self.others[damages(self.database.kind).len()..]
    }
}

/// Follows the links of one relation and returns the ids of each page.
pub fn follow_links(to: SocketAddr, from: &str, relation: &str, token: &str) -> Vec<Vec<String>> {
    let (mut pages, mut next) = (Vec::new(), Some(from.to_owned()));
    while let Some(path) = next {
        assert!(pages.len() < 60, "the links do not end");
        let page = get(to, &path, token);
        assert_eq!(page.status, 200, "{path}: {}", page.body);
        pages.push(page.ids());
        next = page.link(relation);
    }
    pages
}
