//! TLS connections to a database server, as requested by its URL.

use elsewhere::database;
use tokio::runtime::Runtime;

use crate::support::databases::{Database, Kind};
use crate::support::servers::Server;
use crate::support::service::config;
use crate::support::wait::BlockOnInTime as _;

/// URL parameters that require a valid certificate, signed by this CA.
fn verified(kind: Kind, authority: &str) -> String {
    match kind {
        Kind::Postgres => format!("sslmode=verify-full&sslrootcert={authority}"),
        _ => format!("ssl-mode=VERIFY_IDENTITY&ssl-ca={authority}"),
    }
}

fn open(database: &Database, host: &str, parameters: &str) -> Result<(), String> {
    let mut url = url::Url::parse(&database.url).unwrap();
    url.set_host(Some(host)).unwrap();
    url.set_query(Some(parameters));
    let config = config([("database.url", url.as_str()), ("database.start_timeout", "1s")]);
    let opened = Runtime::new().unwrap().block_on_in_time(database::open(&config));
    opened.map(drop).map_err(|error| error.to_string())
}

fn the_certificate_is_checked_against_ca_and_host_name(kind: Kind) {
    let server = Server::with_tls(kind);
    let authority = server.authority().display().to_string();
    let database = Database::on(kind, &server.url);
    assert_eq!(open(&database, "localhost", &verified(kind, &authority)), Ok(()));
    // The certificate is valid for localhost only.
    let error = open(&database, "127.0.0.1", &verified(kind, &authority)).unwrap_err();
    assert!(error.starts_with("database.url: "), "{error}");
    // Its CA is not a public one.
    let parameters = verified(kind, &authority);
    let (parameters, _) = parameters.split_once('&').unwrap();
    let error = open(&database, "localhost", parameters).unwrap_err();
    assert!(error.starts_with("database.url: "), "{error}");
}

mod on_postgres {
    #[test]
    fn the_certificate_is_checked_against_ca_and_host_name() {
        super::the_certificate_is_checked_against_ca_and_host_name(super::Kind::Postgres);
    }
}

mod on_mysql {
    #[test]
    fn the_certificate_is_checked_against_ca_and_host_name() {
        super::the_certificate_is_checked_against_ca_and_host_name(super::Kind::MySql);
    }
}
