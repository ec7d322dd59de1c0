//! Backup of the file while others read and write it.

use std::fs::File;
use std::io;
use std::path::Path;

use sqlx::{ConnectOptions as _, Connection as _};

use crate::config::DatabaseUrl;
use crate::database::driver_error::DriverError;
use crate::database::error::OpenError;
use crate::database::sqlite::open;

/// Creates `to`, readable only by its owner, with the database as it was at one moment. The copy
/// is made under another name in the same folder (<https://sqlite.org/lang_vacuum.html>), and
/// renamed once it is complete and on disk.
pub(in crate::database) async fn back_up(url: &DatabaseUrl, to: &Path) -> Result<(), OpenError> {
    let failed = |error: io::Error| OpenError::backup(to, &error);
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    // SQLite writes to an empty file, and keeps its mode.
    let partial = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    copy(url, partial.path()).await?;
    partial.as_file().sync_all().map_err(failed)?;
    partial.persist_noclobber(to).map_err(|error| failed(error.error))?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
}

async fn copy(url: &DatabaseUrl, to: &Path) -> Result<(), OpenError> {
    let options = open::options(url)?;
    let from = options.get_filename().to_path_buf();
    let problem = |error: sqlx::Error| {
        let (from, error) = (from.display(), DriverError(error));
        OpenError::url(format!("cannot copy {from} to {}: {error}", to.display()))
    };
    let name =
        to.to_str().ok_or_else(|| OpenError::backup(to, &io::ErrorKind::InvalidFilename.into()))?;
    // Not read-only: if such a connection is the last one, it leaves a `-wal` file behind.
    let mut connection = options.create_if_missing(false).connect().await.map_err(problem)?;
    let copied = sqlx::query("VACUUM INTO $1").bind(name.to_owned()).execute(&mut connection).await;
    let _ = connection.close().await;
    copied.map(drop).map_err(problem)
}
