//! Read-only access to a database file.

use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

/// Connection options for a file that must not be written to.
///
/// The journal mode WAL needs files beside the database, even for reading. On a read-only disk
/// they cannot be created, but nobody can change the database, either. The file is then opened as
/// immutable, unless a journal holds changes that are not in the file yet.
pub(super) async fn options(
    options: SqliteConnectOptions,
) -> Result<SqliteConnectOptions, sqlx::Error> {
    let options = options.read_only(true).create_if_missing(false);
    match probe(&options).await {
        Ok(()) => Ok(options),
        Err(error) if has_journal(options.get_filename()) => Err(error),
        Err(_) => {
            let immutable = options.immutable(true);
            probe(&immutable).await.map(|()| immutable)
        }
    }
}

async fn probe(options: &SqliteConnectOptions) -> Result<(), sqlx::Error> {
    let mut connection = options.connect().await?;
    let read = sqlx::raw_sql("SELECT COUNT(*) FROM sqlite_schema").execute(&mut connection).await;
    connection.close().await?;
    read.map(drop)
}

fn has_journal(file: &Path) -> bool {
    ["-wal", "-journal"].iter().any(|suffix| {
        let mut journal = file.as_os_str().to_owned();
        journal.push(suffix);
        Path::new(&journal).metadata().is_ok_and(|metadata| metadata.len() > 0)
    })
}
