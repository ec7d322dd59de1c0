//! Tables that somebody changes while the service runs.

use crate::support::databases::Kind;
use crate::support::http_client::get;
use crate::support::people::{Own, person, session};

/// As Kratos's migrations do. Each connection has the statements prepared by then, with the
/// types that the columns had.
fn a_column_that_is_widened_costs_nobody_an_error(kind: Kind, widen: &str, narrow: &str) {
    const REQUESTS: usize = 12;
    let own = Own::start_on(kind, &[("database.max_connections", "12")]);
    let sessions = [session(1), session(2)];
    own.issue(&person(), &sessions);
    let token = sessions[0].token.expose();
    let paths = ["/sessions", "/sessions/whoami"];
    let statuses = || -> Vec<u16> {
        std::thread::scope(|scope| {
            let public = own.service.public;
            let requests: Vec<_> = (0..REQUESTS)
                .map(|nth| scope.spawn(move || get(public, paths[nth % 2], token).status))
                .collect();
            requests.into_iter().map(|request| request.join().unwrap()).collect()
        })
    };
    for change in [widen, narrow, widen] {
        assert_eq!(statuses(), [200; REQUESTS]);
        own.database.run(change);
        for _ in 0..4 {
            assert_eq!(statuses(), [200; REQUESTS], "{change}");
        }
    }
}

#[test]
fn a_column_of_postgres_that_is_widened_costs_nobody_an_error() {
    a_column_that_is_widened_costs_nobody_an_error(
        Kind::Postgres,
        "ALTER TABLE session_devices ALTER location TYPE varchar(1024)",
        "ALTER TABLE session_devices ALTER location TYPE varchar(512)",
    );
}

#[test]
fn a_column_of_mariadb_that_is_widened_costs_nobody_an_error() {
    a_column_that_is_widened_costs_nobody_an_error(
        Kind::MySql,
        "ALTER TABLE session_devices MODIFY location varchar(1024)",
        "ALTER TABLE session_devices MODIFY location varchar(512)",
    );
}
