//! Schema changes by other programs while the service runs.

use crate::support::databases::Kind;
use crate::support::http_client::get;
use crate::support::people::{TestService, person, session};

/// Kratos's migrations widen columns. Each connection has prepared statements by then, with the
/// earlier column types.
fn widening_a_column_causes_no_errors(kind: Kind, widen: &str, narrow: &str) {
    const REQUESTS: usize = 12;
    let test = TestService::start_on(kind, &[("database.max_connections", "12")]);
    let sessions = [session(1), session(2)];
    test.issue(&person(), &sessions);
    let token = sessions[0].token.expose();
    let paths = ["/sessions", "/sessions/whoami"];
    let statuses = || -> Vec<u16> {
        std::thread::scope(|scope| {
            let public = test.service.public;
            let requests: Vec<_> = (0..REQUESTS)
                .map(|nth| scope.spawn(move || get(public, paths[nth % 2], token).status))
                .collect();
            requests.into_iter().map(|request| request.join().unwrap()).collect()
        })
    };
    for change in [widen, narrow, widen] {
        assert_eq!(statuses(), [200; REQUESTS]);
        test.database.run(change);
        for _ in 0..4 {
            assert_eq!(statuses(), [200; REQUESTS], "{change}");
        }
    }
}

#[test]
fn widening_a_column_causes_no_errors_on_postgres() {
    widening_a_column_causes_no_errors(
        Kind::Postgres,
        "ALTER TABLE session_devices ALTER location TYPE varchar(1024)",
        "ALTER TABLE session_devices ALTER location TYPE varchar(512)",
    );
}

#[test]
fn widening_a_column_causes_no_errors_on_mariadb() {
    widening_a_column_causes_no_errors(
        Kind::MySql,
        "ALTER TABLE session_devices MODIFY location varchar(1024)",
        "ALTER TABLE session_devices MODIFY location varchar(512)",
    );
}
