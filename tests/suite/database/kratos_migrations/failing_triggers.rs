//! A trigger that names a missing table: calls that fire it fail, and the others go on.

use std::time::{Duration, Instant};

use crate::database::kratos_migrations::fixture::{UNUSABLE, beside_25, is_served};
use crate::support::databases::{Kind, on_every_database};
use crate::support::http_client::send;
use crate::support::kratos::older_versions::{session_id, session_token};

on_every_database! { a_call_that_fires_a_broken_trigger_fails_at_once }

fn a_call_that_fires_a_broken_trigger_fails_at_once(kind: Kind) {
    const CALLS: u32 = 12;
    let service = beside_25(kind, 3);
    service.database.run(match kind {
        Kind::Sqlite => {
            "CREATE TRIGGER broken AFTER UPDATE ON sessions
             BEGIN INSERT INTO archive (id) VALUES (NEW.id); END"
        }
        Kind::Postgres => {
            "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN INSERT INTO archive (id) VALUES (NEW.id); RETURN NEW; END $$;
             CREATE TRIGGER broken AFTER UPDATE ON sessions
             FOR EACH ROW EXECUTE FUNCTION broken()"
        }
        Kind::MySql => {
            "CREATE TRIGGER broken AFTER UPDATE ON sessions
             FOR EACH ROW INSERT INTO archive (id) VALUES (NEW.id)"
        }
    });
    let token = session_token(1);
    let token = [("X-Session-Token", token.as_bytes())];
    let began = Instant::now();
    for _ in 0..CALLS {
        let path = format!("/sessions/{}", session_id(2));
        assert!(!is_served(&send(service.public, "DELETE", &path, &token), 204));
    }
    // A wait of a quarter of a second for each would be 3 s.
    assert!(began.elapsed() < Duration::from_millis(1500), "{:?}", began.elapsed());
    assert!(is_served(&service.ask("/sessions/whoami"), 200));
    assert_eq!(service.ask("/sessions").ids().len(), 2);
    assert_eq!(service.logged(UNUSABLE), [0; 0]);
}
