//! The profile of a browser: its cookies, its keys, and the certificates that it trusts.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::support::output::OutputInTime as _;

/// A person's browser between its starts.
pub struct Profile(TempDir);

impl Profile {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Trusts the certificates that this authority has signed.
    pub fn trust(&self, authority: &Path) {
        let store = self.0.path().join(".pki/nssdb");
        std::fs::create_dir_all(&store).unwrap();
        let store = format!("sql:{}", store.display());
        let certutil = |arguments: &[&str]| {
            let mut command = Command::new("certutil");
            command.args(["-d", &store]).args(arguments);
            let output = command.output_in_time();
            assert!(output.status.success(), "{output:?}");
        };
        certutil(&["-N", "--empty-password"]);
        certutil(&["-A", "-t", "C,,", "-n", "test", "-i", authority.to_str().unwrap()]);
    }
}
