//! Beside Kratos: the table of activity is created only on request.

use std::time::Duration;

use elsewhere::clock::Clock;
use elsewhere::database;
use elsewhere::repository::BatchSize;
use serde_json::Value;
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::api::activity::fixture::{EXPAND, last_activity};
use crate::support::databases::{Kind, on_every_database};
use crate::support::http_client::get;
use crate::support::kratos;
use crate::support::output::OutputInTime as _;
use crate::support::process::elsewhere;
use crate::support::service::{Service, config, variable};
use crate::support::wait::BlockOnInTime as _;

on_every_database! { beside_kratos_the_table_is_created_only_by_migrate_activity }

fn beside_kratos_the_table_is_created_only_by_migrate_activity(kind: Kind) {
    let database = kratos::restore(kind);
    let folder = tempfile::tempdir().unwrap();
    let settings = |enabled| {
        [
            ("database.url", database.url.as_str()),
            ("database.schema", "kratos"),
            ("session.cookies", "false"),
            ("activity.enabled", enabled),
        ]
    };
    let open = |enabled| {
        let mut config = config(settings(enabled));
        config.database.start_timeout = Duration::from_millis(300);
        Runtime::new().unwrap().block_on_in_time(database::open(&config))
    };
    let refusal = open("true").err().unwrap().to_string();
    assert!(refusal.starts_with("activity.enabled: ") && refusal.contains("migrate --activity"));
    let exchanges = kratos::exchanges(kind);
    let presents = |exchange: &&kratos::Exchange| {
        exchange.request.headers.contains_key("X-Session-Token")
            && exchange.response.status == 200
            && exchange.request.path == "/sessions/whoami"
    };
    let token = exchanges.iter().find(presents).unwrap().request.headers["X-Session-Token"].clone();
    let token = token.as_str().unwrap();
    let clock = || Clock::fixed(time::macros::datetime!(2026-11-24 09:35:20 UTC));
    let path = format!("/sessions/whoami?{EXPAND}");
    {
        let without = Service::start(&config(settings("")), clock());
        let shown = get(without.public, &path, token).json();
        assert_eq!(shown.get("last_active_at"), Some(&Value::Null));
        without.wait(without.sessions.flush_activity()).unwrap();
    }
    assert!(open("true").is_err(), "no table was created");

    for _ in 0..2 {
        let environment = settings("true").map(|(key, value)| (variable(key), value));
        let migrated =
            elsewhere(&folder, &["migrate", "--activity"]).envs(environment).output_in_time();
        assert!(migrated.status.success(), "{migrated:?}");
    }
    let with = Service::start(&config(settings("true")), clock());
    assert_eq!(get(with.public, "/sessions/whoami", token).status, 200);
    with.wait(with.sessions.flush_activity()).unwrap();
    let replica = Service::start(&config(settings("true")), clock());
    let session = get(with.public, "/sessions/whoami", token).json()["id"].clone();
    let session = session.as_str().unwrap().parse().unwrap();
    let at = time::macros::datetime!(2026-11-24 09:35 UTC);
    assert_eq!(last_activity(replica.repository.as_ref(), &[session]), [Some(at)]);
    // The activity of a session that Kratos has deleted is deleted.
    let forget =
        || replica.wait(replica.repository.forget_deleted(Uuid::nil(), BatchSize::MAX)).unwrap();
    assert_eq!(forget(), None);
    assert_eq!(last_activity(replica.repository.as_ref(), &[session]), [Some(at)]);
    database.run(&format!("DELETE FROM sessions WHERE id = '{session}'"));
    assert_eq!(forget(), None);
    assert_eq!(last_activity(replica.repository.as_ref(), &[session]), [None]);
}
