//! Test databases: each test has a database of its own, on each kind of server.

use std::any::Any;

use sqlx::{AssertSqlSafe, Connection as _, Row as _};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::support::wait::BlockOnInTime as _;

/// The kind of database that a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
    MySql,
}

impl Kind {
    /// The URL of the server that `tests/servers` started. A missing server is an error, so that no
    /// test is skipped.
    fn server(self) -> String {
        let variable = match self {
            Self::Sqlite => return String::new(),
            Self::Postgres => "ELSEWHERE_TEST_POSTGRES",
            Self::MySql => "ELSEWHERE_TEST_MYSQL",
        };
        std::env::var(variable).unwrap_or_else(|_| {
            panic!("{variable} is not set: run tests/run, which starts servers")
        })
    }
}

/// A test database. Dropping this value drops the database.
pub struct Database {
    pub kind: Kind,
    pub url: String,
    /// The folder of the SQLite file. It contains nothing else.
    pub folder: TempDir,
    name: String,
    server: String,
}

impl Database {
    pub fn empty(kind: Kind) -> Self {
        Self::on(kind, &kind.server())
    }

    /// Creates a database on a given server instead of the shared one.
    pub fn on(kind: Kind, server: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let name = format!("test_{}", Uuid::new_v4().simple());
        let url = if kind == Kind::Sqlite {
            format!("sqlite://{}/own.sqlite", folder.path().display())
        } else {
            let sql = format!("CREATE DATABASE {name}");
            run(kind, &format!("{server}/{}", maintenance(kind)), &sql);
            format!("{server}/{name}")
        };
        Self { kind, url, folder, name, server: server.to_owned() }
    }

    /// Updates the server's statistics for rows just added. The server would do so later by itself.
    pub fn analyze(&self) {
        match self.kind {
            Kind::MySql => self.run("ANALYZE TABLE identities, sessions, session_devices"),
            Kind::Sqlite | Kind::Postgres => self.run("ANALYZE"),
        }
    }

    /// The number of connections that the server has accepted so far; 0 on SQLite.
    pub fn accepted_connections(&self) -> i64 {
        let sql = match self.kind {
            Kind::Sqlite => return 0,
            Kind::Postgres => {
                // A server process reports its statistics within a second.
                std::thread::sleep(std::time::Duration::from_millis(1500));
                "SELECT sessions FROM pg_stat_database WHERE datname = current_database()"
            }
            Kind::MySql => {
                "SELECT CAST(variable_value AS SIGNED) FROM information_schema.global_status
                 WHERE variable_name = 'CONNECTIONS'"
            }
        };
        Runtime::new().unwrap().block_on_in_time(async {
            if self.kind == Kind::Postgres {
                let mut connection = sqlx::PgConnection::connect(&self.url).await.unwrap();
                sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
            } else {
                let mut connection = sqlx::MySqlConnection::connect(&self.url).await.unwrap();
                sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
            }
        })
    }

    /// Takes a lock that blocks other connections until the returned value is dropped. On database
    /// servers it blocks reads and writes, on SQLite only writes.
    pub fn lock(&self) -> Lock {
        let runtime = Runtime::new().unwrap();
        let connection: Box<dyn Any> = runtime.block_on_in_time(async {
            match self.kind {
                Kind::Sqlite => {
                    let mut it = sqlx::SqliteConnection::connect(&self.url).await.unwrap();
                    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut it).await.unwrap();
                    Box::new(it) as _
                }
                Kind::Postgres => {
                    let mut it = sqlx::PgConnection::connect(&self.url).await.unwrap();
                    let sql = "BEGIN; LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE";
                    sqlx::raw_sql(sql).execute(&mut it).await.unwrap();
                    Box::new(it) as _
                }
                Kind::MySql => {
                    let mut it = sqlx::MySqlConnection::connect(&self.url).await.unwrap();
                    sqlx::raw_sql("LOCK TABLES sessions WRITE").execute(&mut it).await.unwrap();
                    Box::new(it) as _
                }
            }
        });
        Lock { _connection: connection, _runtime: runtime }
    }

    /// Runs SQL on the database, as another program would.
    pub fn run(&self, sql: &str) {
        run(self.kind, &self.url, sql);
    }

    /// Runs a query and returns its first column as text.
    pub fn texts(&self, sql: &str) -> Vec<String> {
        texts(self.kind, &self.url, sql).unwrap()
    }
}

/// A lock, held by a separate connection.
pub struct Lock {
    _connection: Box<dyn Any>,
    _runtime: Runtime,
}

impl Drop for Database {
    fn drop(&mut self) {
        let sql = match self.kind {
            Kind::Sqlite => return,
            Kind::Postgres => format!("DROP DATABASE {} WITH (FORCE)", self.name),
            Kind::MySql => format!("DROP DATABASE {}", self.name),
        };
        let server = format!("{}/{}", self.server, maintenance(self.kind));
        run(self.kind, &server, &sql);
    }
}

/// The database to connect to for creating and dropping other databases.
fn maintenance(kind: Kind) -> &'static str {
    if kind == Kind::MySql { "mysql" } else { "postgres" }
}

/// Runs SQL on a database, as another program would.
pub fn run(kind: Kind, url: &str, sql: &str) {
    let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
    let url = url.to_owned();
    let done = async move {
        match kind {
            Kind::Sqlite => {
                let mut connection =
                    sqlx::SqliteConnection::connect(&format!("{url}?mode=rwc")).await?;
                sql.execute(&mut connection).await?;
                connection.close().await
            }
            Kind::Postgres => {
                let mut connection = sqlx::PgConnection::connect(&url).await?;
                sql.execute(&mut connection).await?;
                connection.close().await
            }
            Kind::MySql => {
                let mut connection = sqlx::MySqlConnection::connect(&url).await?;
                sql.execute(&mut connection).await?;
                connection.close().await
            }
        }
    };
    Runtime::new().unwrap().block_on_in_time(done).unwrap();
}

/// Runs a query and returns its first column as text.
pub fn texts(kind: Kind, url: &str, sql: &str) -> sqlx::Result<Vec<String>> {
    let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
    macro_rules! read {
        ($connection:ty) => {{
            let mut connection = <$connection>::connect(url).await?;
            let rows = sql.fetch_all(&mut connection).await?;
            connection.close().await?;
            rows.iter().map(|row| row.try_get_unchecked::<String, _>(0)).collect()
        }};
    }
    Runtime::new().unwrap().block_on_in_time(async move {
        match kind {
            Kind::Sqlite => read!(sqlx::SqliteConnection),
            Kind::Postgres => read!(sqlx::PgConnection),
            Kind::MySql => read!(sqlx::MySqlConnection),
        }
    })
}

/// Generates one test per function and database.
macro_rules! on_every_database {
    ($($test:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[test] fn $test() { super::$test($crate::support::databases::Kind::Sqlite); })*
        }
        mod on_postgres {
            $(#[test] fn $test() { super::$test($crate::support::databases::Kind::Postgres); })*
        }
        mod on_mysql {
            $(#[test] fn $test() { super::$test($crate::support::databases::Kind::MySql); })*
        }
    };
}
pub(crate) use on_every_database;

/// Generates one test per function and database server.
macro_rules! on_every_server {
    ($($test:ident),* $(,)?) => {
        mod on_postgres {
            $(#[test] fn $test() { super::$test($crate::support::databases::Kind::Postgres); })*
        }
        mod on_mysql {
            $(#[test] fn $test() { super::$test($crate::support::databases::Kind::MySql); })*
        }
    };
}
pub(crate) use on_every_server;
