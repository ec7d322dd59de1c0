//! A file that is only read.

use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

/// How to open a file of which nothing is to be written.
///
/// The journal mode WAL needs files beside the database, also to read it. On a disk that is
/// only read they cannot be made, and nobody can change the file either: so it is taken as
/// it is, unless there is a journal with changes that are not in it yet.
pub(super) async fn options(
    options: SqliteConnectOptions,
) -> Result<SqliteConnectOptions, sqlx::Error> {
    let options = options.read_only(true).create_if_missing(false);
    match try_out(&options).await {
        Ok(()) => Ok(options),
        Err(error) if has_journal(options.get_filename()) => Err(error),
        Err(_) => {
            let immutable = options.immutable(true);
            try_out(&immutable).await.map(|()| immutable)
        }
    }
}

async fn try_out(options: &SqliteConnectOptions) -> Result<(), sqlx::Error> {
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
