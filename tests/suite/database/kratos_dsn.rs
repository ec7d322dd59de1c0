//! The DSN of a Kratos: the service starts with it as it is, beside the recorded Kratos.

use elsewhere::clock::Clock;
use uuid::Uuid;

use crate::support::databases::{Database, Kind, on_every_database};
use crate::support::http_client::get;
use crate::support::kratos;
use crate::support::people::{NOW, TestService, person};
use crate::support::process::Replica;
use crate::support::service::{Service, config};

on_every_database! { service_starts_with_the_dsn_of_kratos }

const POOL: &str = "max_conns=3&max_idle_conns=2&max_conn_lifetime=1h&max_conn_idle_time=1m30s";

fn token(kind: Kind) -> String {
    let exchanges = kratos::exchanges(kind);
    let list = exchanges.iter().find(|exchange| exchange.name == "list/token").unwrap();
    list.request.headers["X-Session-Token"].as_str().unwrap().to_owned()
}

/// Reads the list with the program itself, beside the recorded Kratos.
fn assert_is_served(kind: Kind, dsn: &str) {
    let settings =
        [("database.url", dsn), ("database.schema", "kratos"), ("session.cookies", "false")];
    let replica = Replica::start(&settings);
    let list = get(replica.public, "/sessions", &token(kind));
    assert_eq!((list.status, list.ids().is_empty()), (200, false), "{dsn}: {list:?}");
    let metrics = get(replica.admin, "/metrics/prometheus", "").body;
    let pool = if kind == Kind::Sqlite { "readers" } else { "server" };
    let size = format!("database_connections_max{{pool=\"{pool}\"}} 3");
    assert!(metrics.contains(&size), "{dsn}: {metrics}");
}

fn service_starts_with_the_dsn_of_kratos(kind: Kind) {
    let database = kratos::restore(kind);
    let url = &database.url;
    match kind {
        Kind::Sqlite => {
            assert_is_served(kind, &format!("{url}?_fk=true&mode=rwc&{POOL}"));
            assert_is_served(kind, &format!("{url}?_fk=true&cache=shared&_busy_timeout=5&{POOL}"));
        }
        Kind::Postgres => {
            let more = "connect_timeout=5&prefer_simple_protocol=true&search_path=public";
            assert_is_served(kind, &format!("{url}?sslmode=disable&{more}&{POOL}"));
        }
        Kind::MySql => {
            let (_, place) = url.split_once('@').unwrap();
            let (address, name) = place.split_once('/').unwrap();
            let more = "parseTime=true&multiStatements=true&loc=UTC&collation=utf8mb4_general_ci";
            let rest = format!("{name}?{more}&tls=preferred&{POOL}");
            assert_is_served(kind, &format!("mysql://app:app@tcp({address})/{rest}"));
            assert_is_served(kind, &format!("{url}?{more}&{POOL}"));
            with_a_literal_password(&database, address, &rest);
        }
    }
}

/// On the network and through the server's socket.
fn with_a_literal_password(database: &Database, address: &str, rest: &str) {
    const PASSWORD: &str = "p/#?:@tcp(x)/%2F";
    let user = format!("u{}", &Uuid::new_v4().simple().to_string()[..20]);
    let accounts = ["127.0.0.1", "localhost"].map(|host| format!("'{user}'@'{host}'"));
    for account in &accounts {
        database.run(&format!("CREATE USER {account} IDENTIFIED BY '{PASSWORD}'"));
        database.run(&format!("GRANT ALL ON *.* TO {account}"));
    }
    let socket = database.texts("SELECT @@socket").remove(0);
    let served = std::panic::catch_unwind(|| {
        for address in [format!("tcp({address})"), format!("unix({socket})")] {
            assert_is_served(Kind::MySql, &format!("mysql://{user}:{PASSWORD}@{address}/{rest}"));
        }
    });
    database.run(&format!("DROP USER {}", accounts.join(", ")));
    served.unwrap();
}

#[test]
fn connection_is_replaced_after_max_conn_lifetime() {
    const REQUESTS: usize = 20;
    let test = TestService::start_on(Kind::Postgres, &[]);
    test.issue(&person(), &[]);
    let opened = |dsn: &str| {
        let before = test.database.accepted_connections();
        let service = Service::start(&config([("database.url", dsn)]), Clock::fixed(NOW));
        for _ in 0..REQUESTS {
            assert_eq!(get(service.public, "/sessions", "nobodys").status, 401);
        }
        drop(service);
        usize::try_from(test.database.accepted_connections() - before).unwrap()
    };
    assert!(opened(&test.database.url) < REQUESTS);
    assert!(opened(&format!("{}?max_conn_lifetime=1us", test.database.url)) >= REQUESTS);
}
