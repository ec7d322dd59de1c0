//! Detection of a file that was moved away or replaced while it is open.

use std::fs::{Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::repository::RepositoryError;

/// The opened file, identified by its device and inode.
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

    /// Fails if the path no longer leads to the file. A read or write counts only while it does:
    /// SQLite continues with a file that was removed, and all of it is lost with the last
    /// connection.
    pub(super) fn is_in_place(&self) -> Result<(), RepositoryError> {
        let is_same = |now: &Metadata| (now.dev(), now.ino()) == (self.device, self.inode);
        match self.path.metadata() {
            Ok(metadata) if is_same(&metadata) => Ok(()),
            Ok(_) => Err(unavailable("the file was replaced: restart to open the new one")),
            Err(error) => Err(unavailable(&format!("the file is missing: {error}"))),
        }
    }
}

/// Returns whether the file is writable, and its folder accepts the journal beside it.
pub(super) fn takes_writes(path: &Path) -> bool {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    // A file without a name, so that nobody sees it.
    let journal = tempfile::tempfile_in(folder.unwrap_or(Path::new(".")));
    journal.is_ok() && OpenOptions::new().append(true).open(path).is_ok()
}

fn unavailable(problem: &str) -> RepositoryError {
    RepositoryError::Unavailable(problem.into())
}
