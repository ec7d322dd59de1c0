//! Connection settings that guarantees rely on: a server that refuses one of them is not used, and
//! the error names the setting.

use elsewhere::clock::Clock;
use elsewhere::database;
use tokio::runtime::Runtime;

use crate::support::databases::{Database, Kind};
use crate::support::http_client::get;
use crate::support::people::NOW;
use crate::support::proxy::Proxy;
use crate::support::service::{Service, config};
use crate::support::wait::BlockOnInTime as _;

/// The server is real. A proxy replaces the name or the value of the setting, so the server refuses
/// it.
fn a_server_that_refuses_a_required_setting_is_not_used(
    kind: Kind,
    name: &str,
    text: &'static str,
    replacement: &'static str,
) {
    let database = Database::empty(kind);
    let off = if kind == Kind::MySql { "ssl-mode=DISABLED" } else { "sslmode=disable" };
    let (proxy, url) = Proxy::start(&format!("{}?{off}", database.url));
    let config = config([("database.url", url.as_str())]);
    let service = Service::start(&config, Clock::fixed(NOW));
    let status = || get(service.public, "/sessions", "nobodys").status;
    assert_eq!(status(), 401);

    proxy.replace(text, replacement);
    proxy.cut();
    // While the service runs, as after a failover to a server with another configuration.
    assert_eq!(status(), 503);
    let error = Runtime::new().unwrap().block_on_in_time(database::open(&config)).err().unwrap();
    let error = error.to_string();
    let expected = format!("database.url: the server refuses the required setting {name}: ");
    assert!(error.starts_with(&expected) && !error.contains('\n'), "{error}");
}

#[test]
fn postgres_that_refuses_synchronous_commit_is_not_used() {
    a_server_that_refuses_a_required_setting_is_not_used(
        Kind::Postgres,
        "synchronous_commit",
        "current_setting('synchronous_commit')",
        "current_setting('synchronous_commix')",
    );
}

#[test]
fn mariadb_that_refuses_the_isolation_level_is_not_used() {
    a_server_that_refuses_a_required_setting_is_not_used(
        Kind::MySql,
        "transaction_isolation",
        "ISOLATION LEVEL READ COMMITTED",
        "ISOLATION LEVEL READ COMMITTEX",
    );
}

#[test]
fn mariadb_that_refuses_wsrep_sync_wait_is_not_used() {
    a_server_that_refuses_a_required_setting_is_not_used(
        Kind::MySql,
        "wsrep_sync_wait",
        "wsrep_sync_wait = 7",
        "wsrep_sync_wait = x",
    );
}
