//! A transaction of another program, held open while the service waits for its locks.

use sqlx::{AssertSqlSafe, Connection as _, Row as _};
use tokio::runtime::Runtime;

use crate::support::databases::{Database, Kind};
use crate::support::service::Service;
use crate::support::wait::{BlockOnInTime as _, wait_until};

enum Connection {
    Sqlite(sqlx::SqliteConnection),
    Postgres(sqlx::PgConnection),
    MySql(sqlx::MySqlConnection),
}

/// A transaction of another program.
pub struct Transaction {
    runtime: Runtime,
    connection: Connection,
}

impl Transaction {
    pub fn begin(database: &Database) -> Self {
        let runtime = Runtime::new().unwrap();
        let connection = runtime.block_on_in_time(async {
            let url = &database.url;
            match database.kind {
                Kind::Sqlite => {
                    Connection::Sqlite(sqlx::SqliteConnection::connect(url).await.unwrap())
                }
                Kind::Postgres => {
                    Connection::Postgres(sqlx::PgConnection::connect(url).await.unwrap())
                }
                Kind::MySql => {
                    Connection::MySql(sqlx::MySqlConnection::connect(url).await.unwrap())
                }
            }
        });
        let mut transaction = Self { runtime, connection };
        transaction.run(if database.kind == Kind::Sqlite { "BEGIN IMMEDIATE" } else { "BEGIN" });
        transaction
    }

    pub fn run(&mut self, sql: &str) {
        let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        self.runtime.block_on_in_time(async {
            match &mut self.connection {
                Connection::Sqlite(connection) => drop(sql.execute(connection).await.unwrap()),
                Connection::Postgres(connection) => drop(sql.execute(connection).await.unwrap()),
                Connection::MySql(connection) => drop(sql.execute(connection).await.unwrap()),
            }
        });
    }

    pub fn commit(mut self) {
        self.run("COMMIT");
    }
}

/// The number of connections that wait for a lock in this database. On SQLite, 1 if the service
/// waits and 0 otherwise.
fn lock_waits(database: &Database, service: &Service) -> i64 {
    const POSTGRES: &str = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    Runtime::new().unwrap().block_on_in_time(async {
        match database.kind {
            Kind::Sqlite => {
                let pools = service.repository.pools();
                let writer = pools.iter().find(|pool| pool.name == "writer").unwrap();
                i64::from(writer.connections > writer.idle)
            }
            Kind::Postgres => {
                let mut asking = sqlx::PgConnection::connect(&database.url).await.unwrap();
                sqlx::query_scalar(POSTGRES).fetch_one(&mut asking).await.unwrap()
            }
            Kind::MySql => {
                let mut asking = sqlx::MySqlConnection::connect(&database.url).await.unwrap();
                lock_waits_on_mysql(&mut asking).await
            }
        }
    })
}

/// Counts lock waits in InnoDB's own report. `information_schema.innodb_trx` is not suitable: it is
/// refreshed only if nobody has read it for 0.1 seconds, so frequent readers see stale data.
async fn lock_waits_on_mysql(asking: &mut sqlx::MySqlConnection) -> i64 {
    let report = sqlx::query("SHOW ENGINE INNODB STATUS").fetch_one(&mut *asking).await.unwrap();
    let report: String = report.get("Status");
    let threads: Vec<_> = report
        .split("---TRANSACTION ")
        .filter(|transaction| transaction.contains("\nLOCK WAIT "))
        .filter_map(|transaction| transaction.split_once("MariaDB thread id ")?.1.split(',').next())
        .collect();
    if threads.is_empty() {
        return 0;
    }
    let here = format!(
        "SELECT count(*) FROM information_schema.processlist \
         WHERE db = DATABASE() AND id IN ({})",
        threads.join(", ")
    );
    sqlx::query_scalar(AssertSqlSafe(here)).fetch_one(asking).await.unwrap()
}

/// Waits until this many connections wait for a lock.
pub fn wait_for_lock_waits(database: &Database, service: &Service, count: i64) {
    let what = format!("{count} calls wait for a lock");
    wait_until(&what, || lock_waits(database, service) >= count);
}
