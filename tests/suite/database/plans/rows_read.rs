//! The numbers of rows that the servers report as read.

use std::time::Duration;

use sqlx::{Connection as _, Row as _};
use tokio::runtime::Runtime;

use crate::support::databases::{Database, Kind};
use crate::support::wait::{BlockOnInTime as _, wait_for};

/// The number of rows of a table that the server has read.
pub fn rows_read(database: &Database, table: &'static str) -> i64 {
    Runtime::new().unwrap().block_on_in_time(async {
        if database.kind == Kind::Postgres {
            let sql = "SELECT CAST(seq_tup_read + idx_tup_fetch AS BIGINT)
                       FROM pg_stat_user_tables WHERE relname = $1";
            let mut connection = sqlx::PgConnection::connect(&database.url).await.unwrap();
            end_connections(&mut connection).await;
            sqlx::query(sql).bind(table).fetch_one(&mut connection).await.unwrap().get(0)
        } else {
            let sql = "SELECT CAST(coalesce(sum(rows_read), 0) AS SIGNED)
                       FROM information_schema.table_statistics
                       WHERE table_schema = DATABASE() AND table_name = ?";
            let mut connection = sqlx::MySqlConnection::connect(&database.url).await.unwrap();
            sqlx::query(sql).bind(table).fetch_one(&mut connection).await.unwrap().get(0)
        }
    })
}

/// Ends all other connections to the database, and returns when they are gone: by then, each has
/// reported its reads.
async fn end_connections(asking: &mut sqlx::PgConnection) {
    let end = "SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let ended = sqlx::query(end).fetch_all(&mut *asking).await.unwrap();
    let ended: Vec<i32> = ended.iter().map(|row| row.get(0)).collect();
    let left = "SELECT count(*) FROM pg_stat_activity WHERE pid = ANY ($1)";
    while sqlx::query_scalar::<_, i64>(left).bind(&ended).fetch_one(&mut *asking).await.unwrap() > 0
    {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Waits until the server has reported at least this many further rows, because it reports with a
/// delay. Returns their number.
pub fn counted(database: &Database, table: &'static str, before: i64, at_least: i64) -> i64 {
    wait_for(&format!("{at_least} rows are counted"), || {
        let read = rows_read(database, table) - before;
        if read >= at_least { Ok(read) } else { Err(read) }
    })
}
