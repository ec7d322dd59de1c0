//! The claims of a JWT.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::config::SubjectSource;
use crate::service::CurrentSession;
use crate::tokenizer::error::{MapperError, TokenizerError};

const SUBJECT: &str = "sub";
const EXPIRY: &str = "exp";

/// The claims, by name.
#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct Claims(Map<String, Value>);

impl Claims {
    /// The claims that every JWT has. A JWT does not outlive its session.
    pub(super) fn new(
        subject_source: SubjectSource,
        ttl: Duration,
        issuer: &str,
        current: &CurrentSession,
        now: OffsetDateTime,
    ) -> Result<Self, TokenizerError> {
        let subject = match subject_source {
            SubjectSource::Id => current.identity.to_string(),
            SubjectSource::ExternalId => {
                let external_id = current.external_id.as_deref().filter(|id| !id.is_empty());
                external_id.ok_or(TokenizerError::NoExternalId)?.to_owned()
            }
        };
        let expires_at = (now + ttl).min(current.expires_at);
        let now = now.unix_timestamp();
        let claims = [
            (EXPIRY, Value::from(expires_at.unix_timestamp())),
            ("iat", now.into()),
            ("iss", issuer.into()),
            ("jti", Uuid::new_v4().to_string().into()),
            ("nbf", now.into()),
            ("sid", current.session.to_string().into()),
            (SUBJECT, subject.into()),
        ];
        Ok(Self(claims.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()))
    }

    /// Replaces and adds claims. A mapper cannot make the JWT someone else's, nor let it outlive its
    /// session.
    pub(super) fn replace(
        &mut self,
        others: Map<String, Value>,
        session_end: OffsetDateTime,
    ) -> Result<(), MapperError> {
        self.0.extend(others.into_iter().filter(|(name, _)| name != SUBJECT));
        let expires_at = session_end.unix_timestamp();
        match self.0.get(EXPIRY) {
            Some(Value::Number(expiry)) => {
                if expiry.as_i64().is_none_or(|expiry| expiry > expires_at) {
                    self.0.insert(EXPIRY.to_owned(), expires_at.into());
                }
                Ok(())
            }
            _ => Err(MapperError::Failed("expected a number as `exp`".into())),
        }
    }
}
