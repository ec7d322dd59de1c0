//! Migrations that lock several tables in one transaction, and statements of the service that read
//! these tables.

use crate::database::kratos_migrations::fixture::beside_25;
use crate::support::databases::Kind;
use crate::support::transaction::Transaction;
use crate::support::wait::wait_until;

const WAITING: &str = "SELECT query FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'";

/// Tables that one statement of `whoami` reads, in both orders.
const ORDERS: [[&str; 2]; 2] = [
    ["identity_recovery_addresses", "identity_verifiable_addresses"],
    ["identity_verifiable_addresses", "identity_recovery_addresses"],
];

/// PostgreSQL looks for a deadlock when a lock was waited for during `deadlock_timeout` (1 s), and
/// ends the transaction that looks. In this test, that would be the migration.
#[test]
fn a_migration_is_never_ended_by_a_deadlock_with_the_service() {
    let service = beside_25(Kind::Postgres, 3);
    assert_eq!(service.ask("/sessions/whoami").status, 200);
    for [first, second] in ORDERS {
        let mut migration = Transaction::begin(&service.database);
        migration.run(&format!("LOCK TABLE {first}"));
        let answer = std::thread::scope(|scope| {
            let asking = scope.spawn(|| service.ask("/sessions/whoami"));
            wait_until("whoami waits", || !service.database.texts(WAITING).is_empty());
            // By then, a waiting statement has looked for a deadlock in vain.
            migration.run("SELECT pg_sleep(1.1)");
            migration.run(&format!("LOCK TABLE {second}"));
            migration.commit();
            asking.join().unwrap()
        });
        assert_eq!(answer.status, 200, "{first}: {answer:?}");
    }
}
