//! Certificates created with openssl.

use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

/// A certificate authority and the certificates that it has signed.
pub struct Authority {
    folder: TempDir,
}

impl Authority {
    pub fn new() -> Self {
        let authority = Self { folder: tempfile::tempdir().unwrap() };
        authority.openssl(&[
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-keyout",
            "ca.key",
            "-out",
            "ca.pem",
            "-days",
            "2",
            "-subj",
            "/CN=authority",
        ]);
        authority
    }

    fn openssl(&self, arguments: &[&str]) {
        let mut command = Command::new("openssl");
        let output = command.args(arguments).current_dir(self.folder.path()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Signs a certificate for localhost with this common name.
    pub fn sign(&self, name: &str) {
        let [key, request, certificate] =
            ["key", "csr", "pem"].map(|kind| format!("{name}.{kind}"));
        self.openssl(&[
            "req",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-keyout",
            &key,
            "-out",
            &request,
            "-subj",
            &format!("/CN={name}"),
        ]);
        std::fs::write(self.path("extensions"), "subjectAltName=DNS:localhost\n").unwrap();
        self.openssl(&[
            "x509",
            "-req",
            "-in",
            &request,
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-days",
            "2",
            "-extfile",
            "extensions",
            "-out",
            &certificate,
        ]);
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    pub fn text(&self, file: &str) -> String {
        self.path(file).to_str().unwrap().to_owned()
    }
}
