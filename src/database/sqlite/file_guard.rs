//! The file, which somebody may move away or replace while it is open.

use std::fs::{Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::repository::RepositoryError;

/// The file that was opened, by its number on its disk.
pub(super) struct File {
    path: PathBuf,
    device: u64,
    inode: u64,
}

impl File {
    pub(super) fn opened(path: &Path) -> io::Result<Self> {
        let metadata = path.metadata()?;
        Ok(Self { path: path.to_owned(), device: metadata.dev(), inode: metadata.ino() })
    }

    /// What was read or written counts only where the path still leads to the
    /// file: SQLite goes on with one that was removed, and all of it is lost
    /// with the last connection.
    pub(super) fn is_in_place(&self) -> Result<(), RepositoryError> {
        let is_same = |now: &Metadata| (now.dev(), now.ino()) == (self.device, self.inode);
        match self.path.metadata() {
            Ok(metadata) if is_same(&metadata) => Ok(()),
            Ok(_) => Err(unavailable("the file was replaced: it is opened at the next start")),
            Err(error) => Err(unavailable(&format!("the file is not there: {error}"))),
        }
    }
}

/// Whether the file can be written to, and its folder takes the journal beside it.
pub(super) fn takes_writes(path: &Path) -> bool {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    // Without a name, so that nobody finds anything there.
    let journal = tempfile::tempfile_in(folder.unwrap_or(Path::new(".")));
    journal.is_ok() && OpenOptions::new().append(true).open(path).is_ok()
}

fn unavailable(problem: &str) -> RepositoryError {
    RepositoryError::Unavailable(problem.into())
}
