//! The model: people, and their sessions as they should be.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use elsewhere::clock::Clock;
use elsewhere::event::Change;
use elsewhere::repository::BatchSize;
use serde_json::Value;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::api::device_binding::browser::Browser;
use crate::api::model::action::Action;
use crate::support::databases::{Database, Kind};
use crate::support::http_client::send;
use crate::support::people::NOW;
use crate::support::service::{Service, config};

pub const PEOPLE: usize = 3;
pub const LIFESPAN: Duration = Duration::hours(10);
/// `session.max_per_identity`, and beyond it the oldest sessions end.
pub const LIMIT: usize = 4;
const RETENTION: Duration = Duration::hours(20);

/// A person in the model.
#[derive(Clone, Copy)]
pub struct Person {
    pub id: Uuid,
    /// `None` before the first sign-in, and after a deletion.
    pub is_active: Option<bool>,
}

/// One session in the model.
pub struct Known {
    pub id: String,
    pub token: String,
    pub former_tokens: Vec<String>,
    pub browser: Browser,
    pub bound_at: Option<OffsetDateTime>,
    /// The end of the last proof of its device. `None` if it is not bound.
    pub proven_until: Option<OffsetDateTime>,
    pub person: usize,
    pub created: OffsetDateTime,
    pub expires: OffsetDateTime,
    pub level: &'static str,
    pub name: Value,
    pub metadata: Value,
    /// When it was revoked, or marked as expired.
    pub ended: Option<OffsetDateTime>,
    pub deleted: bool,
}

pub struct World {
    pub service: Service,
    pub people: [Person; PEOPLE],
    /// Minutes since the start. Each action takes one, so that no two happen at the same time.
    clock: Arc<AtomicI64>,
    pub known: Vec<Known>,
    _database: Database,
}

impl World {
    pub fn new(kind: Kind) -> Self {
        let database = Database::empty(kind);
        let limit = LIMIT.to_string();
        let settings = [
            ("database.url", database.url.as_str()),
            ("database.max_connections", "2"),
            ("session.lifespan", "10h"),
            ("session.max_per_identity", &limit),
            ("session.cookie_secrets", "a-secret-of-16-characters"),
            ("server.base_url", "https://localhost/"),
            ("session.binding", "offer"),
            ("session.binding_lifetime", "90m"),
        ];
        let clock = Arc::new(AtomicI64::new(0));
        let minutes = Arc::clone(&clock);
        let now = move || NOW + Duration::minutes(minutes.load(Ordering::SeqCst));
        let service = Service::start(&config(settings), Clock::new(now));
        let people = std::array::from_fn(|_| Person { id: Uuid::new_v4(), is_active: None });
        Self { service, people, clock, known: Vec::new(), _database: database }
    }

    pub fn now(&self) -> OffsetDateTime {
        NOW + Duration::minutes(self.clock.load(Ordering::SeqCst))
    }

    pub fn is_live(&self, nth: usize) -> bool {
        let known = &self.known[nth];
        !known.deleted && known.ended.is_none() && known.expires > self.now()
    }

    /// The live sessions of a person, newest first.
    pub fn live_of(&self, person: usize) -> Vec<usize> {
        let all = (0..self.known.len()).filter(|nth| self.known[*nth].person == person);
        let mut live: Vec<_> = all.filter(|nth| self.is_live(*nth)).collect();
        live.sort_by_key(|nth| std::cmp::Reverse(self.known[*nth].created));
        live
    }

    /// The other live sessions of the same person, newest first.
    pub fn others(&self, nth: usize) -> Vec<usize> {
        let live = self.live_of(self.known[nth].person);
        live.into_iter().filter(|other| *other != nth).collect()
    }

    pub fn end(&mut self, sessions: &[usize]) {
        let now = self.now();
        for nth in sessions {
            self.known[*nth].ended.get_or_insert(now);
        }
    }

    /// Applies the action to the service and to the model, and compares the results.
    pub fn apply(&mut self, action: &Action) {
        self.clock.fetch_add(1, Ordering::SeqCst);
        if self.known.is_empty() && action.needs_sessions() {
            return;
        }
        let count = self.known.len();
        let pick = |nth: usize| nth % count;
        match *action {
            Action::Issue { person, hours } => self.issue(person, hours),
            Action::SetState { person, active } => self.set_state(person, active),
            Action::DeletePerson { person } => self.delete_person(person),
            Action::DisableAllBut { person, kept } => self.disable_all_but(person, pick(kept)),
            Action::Wait { hours } => drop(self.clock.fetch_add(hours * 60, Ordering::SeqCst)),
            Action::MarkExpired => self.mark_expired(),
            Action::Prune => self.prune(),
            Action::Name { session, other } => self.name(pick(session), pick(other)),
            Action::Revoke { session, other } => self.revoke(pick(session), pick(other)),
            Action::List { session } => self.list(pick(session)),
            Action::Whoami { session } => self.whoami(pick(session)),
            Action::SignOut { session } => self.sign_out(pick(session)),
            Action::RevokeOthers { session } => self.revoke_others(pick(session)),
            Action::StepUp { session } => self.step_up(pick(session)),
            Action::RotateToken { session } => self.rotate_token(pick(session)),
            Action::Bind { session } => self.bind(pick(session)),
            Action::Prove { session } => self.prove(pick(session)),
            Action::Note { session } => self.note(pick(session)),
            Action::Disable { session } => self.disable(pick(session)),
            Action::Extend { session } => self.extend(pick(session)),
        }
    }

    fn mark_expired(&mut self) {
        let now = self.now();
        let change = Change::expire(now);
        self.service.wait(self.service.repository.end_expired(&change, BatchSize::MAX)).unwrap();
        for known in self.known.iter_mut().filter(|known| known.expires <= now) {
            known.ended.get_or_insert(now);
        }
    }

    fn prune(&mut self) {
        let before = self.now() - RETENTION;
        let deleted = self.service.prune(before, false).unwrap();
        let long_ended = |known: &Known| {
            known.expires <= before || known.ended.is_some_and(|ended| ended <= before)
        };
        let gone: Vec<_> =
            self.known.iter_mut().filter(|known| !known.deleted && long_ended(known)).collect();
        assert_eq!(deleted, gone.len() as u64);
        for known in gone {
            known.deleted = true;
        }
    }

    /// Compares all sessions of the admin API with the model.
    pub fn compare(&self) {
        let rows = send(self.service.admin, "GET", "/admin/sessions?page_size=1000", &[]).json();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let rows = rows.as_array().unwrap().iter();
        let seen: BTreeSet<_> = rows
            .map(|row| {
                let level = text(&row["authenticator_assurance_level"]);
                (text(&row["id"]), row["active"] == true, level, row["name"].to_string())
            })
            .collect();
        let wanted = (0..self.known.len()).filter(|nth| !self.known[*nth].deleted).map(|nth| {
            let Known { id, level, name, .. } = &self.known[nth];
            (id.clone(), self.is_live(nth), (*level).to_owned(), name.to_string())
        });
        assert_eq!(seen, wanted.collect());
    }
}
