//! Identities and sessions for tests, and a service that stores them in its own schema.

use elsewhere::authentication::CookieCodec;
use elsewhere::clock::Clock;
use elsewhere::config::Config;
use elsewhere::identity::{Identity, State};
use elsewhere::repository::NewSession;
use elsewhere::session::{AssuranceLevel, Device, Session, SessionToken};
use serde_json::value::{RawValue, to_raw_value};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::support::databases::{Database, Kind};
use crate::support::service::{Service, config};

/// The current time of the tests' fixed clock.
pub const NOW: OffsetDateTime = datetime!(2026-11-23 12:00 UTC);

/// A service on an empty database with the service's own schema.
pub struct TestService {
    // Fields drop in this order: the service stops before its database is dropped.
    pub service: Service,
    pub database: Database,
    pub config: Config,
}

impl TestService {
    /// The `Cookie` header of a browser with this session.
    pub fn cookie(&self, issued: &NewSession) -> String {
        let format = CookieCodec::new(&self.config);
        let value = format.seal(&issued.token, issued.session.expires_at, NOW).unwrap();
        format!("{}={value}", format.name())
    }

    /// Starts on SQLite, for tests that do not depend on the kind of database.
    pub fn start(settings: &[(&str, &str)]) -> Self {
        Self::start_on(Kind::Sqlite, settings)
    }

    pub fn start_on(kind: Kind, settings: &[(&str, &str)]) -> Self {
        let database = Database::empty(kind);
        let url = [("database.url", database.url.as_str()), ("database.max_connections", "4")];
        let config = config(url.into_iter().chain(settings.to_vec()));
        Self { service: Service::start(&config, Clock::fixed(NOW)), database, config }
    }

    /// Starts another replica on the same database.
    pub fn another_replica(&self) -> Service {
        let config = config([("database.url", self.database.url.as_str())]);
        Service::start(&config, Clock::fixed(NOW))
    }

    pub fn issue(&self, identity: &Identity, sessions: &[NewSession]) {
        self.service.issue(identity, sessions);
        if identity.state == State::Inactive {
            // Written as by another program, because the service would also revoke the sessions.
            let sql = "UPDATE identities SET state = 'inactive' WHERE id = ";
            self.database.run(&format!("{sql}'{}'", identity.id));
        }
    }
}

pub fn person() -> Identity {
    Identity {
        id: Uuid::new_v4(),
        external_id: None,
        schema_id: "person".to_owned(),
        state: State::Active,
        state_changed_at: None,
        traits: json(r#"{"email":"someone@example.org"}"#),
        metadata_public: None,
        metadata_admin: None,
        verifiable_addresses: Vec::new(),
        recovery_addresses: Vec::new(),
        available_level: Some(AssuranceLevel::Aal1),
        organization_id: None,
        created_at: NOW,
        updated_at: NOW,
    }
}

/// A session created this many seconds ago.
pub fn session(age: i64) -> NewSession {
    let made = NOW - Duration::seconds(age);
    let session = Session {
        id: Uuid::new_v4(),
        created_at: made,
        issued_at: made,
        authenticated_at: made,
        expires_at: NOW + Duration::days(1),
        active: true,
        assurance_level: AssuranceLevel::Aal1,
        authentication_methods: json(r#"[{"method":"password","aal":"aal1"}]"#),
        devices: vec![device("192.0.2.1", made)],
        last_active_at: None,
        absolute_expires_at: None,
        bound_at: None,
        name: None,
        metadata: None,
    };
    NewSession { session, token: SessionToken::random() }
}

pub fn device(ip_address: &str, created_at: OffsetDateTime) -> Device {
    Device {
        id: Uuid::new_v4(),
        created_at,
        ip_address: Some(ip_address.to_owned()),
        user_agent: Some("curl/8.5.0".to_owned()),
        location: None,
        place: None,
    }
}

pub fn json(text: &str) -> Box<RawValue> {
    to_raw_value(&serde_json::from_str::<serde_json::Value>(text).unwrap()).unwrap()
}
