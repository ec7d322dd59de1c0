//! Credentials, as requests present them.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::authentication::device_binding::DeviceProof;
use crate::session::SessionToken;

/// The credential of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    pub token: SessionToken,
    pub kind: CredentialKind,
    /// The expiry of the session that a cookie states. `None` for other kinds.
    pub cookie_expires_at: Option<OffsetDateTime>,
    /// Proofs of a cookie's browser that it has the key of a session. Empty for other kinds.
    pub proofs: Vec<DeviceProof>,
}

impl Credential {
    /// The time until which the browser has proved that it has the key of this session, which may
    /// have passed. `None` if it has not.
    #[must_use]
    pub fn proven_until(&self, session: Uuid) -> Option<OffsetDateTime> {
        let proofs = self.proofs.iter().filter(|proof| proof.session == session);
        proofs.map(|proof| proof.until).max()
    }
}

/// The way in which a credential is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialKind {
    SessionToken,
    /// Added by the browser, whichever page made the request.
    Cookie,
    Bearer,
}

impl CredentialKind {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SessionToken => "token",
            Self::Cookie => "cookie",
            Self::Bearer => "bearer",
        }
    }
}

/// Why a request has no credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoCredential {
    /// The request presents no credential.
    Missing,
    /// The presented credential is malformed.
    Malformed(CredentialKind),
}
