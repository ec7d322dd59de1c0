//! The keys of the session cookie.

use aes::Aes256;
use aes::cipher::KeyIvInit as _;
use ctr::Ctr128BE;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

const MAC_LENGTH: usize = 32;

/// The keys derived from one secret.
pub(in crate::authentication) struct Key {
    mac: Hmac<Sha256>,
    encryption: [u8; 32],
}

impl Key {
    pub(super) fn new(secret: &[u8]) -> Option<Self> {
        Some(Self {
            mac: Hmac::new_from_slice(secret).ok()?,
            encryption: Sha256::digest(secret).into(),
        })
    }

    /// The MAC of these parts, one after the other.
    pub(in crate::authentication) fn mac(&self, parts: &[&[u8]]) -> [u8; MAC_LENGTH] {
        self.fed(parts).finalize().into_bytes().into()
    }

    /// Compares in constant time.
    pub(in crate::authentication) fn verifies(&self, parts: &[&[u8]], mac: &[u8]) -> bool {
        mac.len() == MAC_LENGTH && self.fed(parts).verify_slice(mac).is_ok()
    }

    pub(super) fn cipher(&self, vector: &[u8]) -> Option<Ctr128BE<Aes256>> {
        Ctr128BE::new_from_slices(&self.encryption, vector).ok()
    }

    fn fed(&self, parts: &[&[u8]]) -> Hmac<Sha256> {
        let mut mac = self.mac.clone();
        for part in parts {
            mac.update(part);
        }
        mac
    }
}
