//! The JSON form of a session.

use serde::Serialize;
use serde_json::value::RawValue;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::extract::expand::{Expand, Part};
use crate::http::response::wire::authentication_method::CompletedMethod;
use crate::http::response::wire::device::WireDevice;
use crate::http::response::wire::identity::WireIdentity;
use crate::http::response::wire::names::WireLevel;
use crate::i18n::ENGLISH;
use crate::rfc3339;
use crate::rfc3339::OptionalInstant;
use crate::session::Session;

/// One place where a person is signed in.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
pub(in crate::http) struct WireSession<'a> {
    id: Uuid,
    /// False if the session is revoked or expired.
    active: bool,
    #[serde(serialize_with = "rfc3339::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    expires_at: OffsetDateTime,
    #[serde(serialize_with = "rfc3339::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    authenticated_at: OffsetDateTime,
    authenticator_assurance_level: WireLevel,
    /// The completed authentication methods, in the order of their completion.
    #[schema(value_type = Vec<CompletedMethod>)]
    authentication_methods: &'a RawValue,
    #[serde(serialize_with = "rfc3339::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    issued_at: OffsetDateTime,
    /// The identity. Null if it was not requested.
    #[schema(value_type = Option<WireIdentity>, required)]
    identity: Option<&'a RawValue>,
    /// The devices, the most recent one first. Null if they were not requested.
    #[schema(required)]
    devices: Option<Vec<WireDevice<'a>>>,
    /// The authentication methods in words, in English. Present with `expand=device_labels`.
    #[serde(skip_serializing_if = "Option::is_none")]
    sign_in_methods: Option<Vec<String>>,
    /// True if the session is bound to its device, so that a copied cookie is of no use elsewhere.
    /// Present with `expand=device_labels`.
    #[serde(skip_serializing_if = "Option::is_none")]
    bound: Option<bool>,
    /// A JWT of the session. Present with `tokenize_as`.
    // Only for the description: `wire::tokenized` adds it to a session that is already written.
    #[serde(skip_serializing_if = "Option::is_none")]
    tokenized: Option<&'a str>,
    /// The time when the session was last used, to the minute by default. Null if no activity was
    /// recorded. Present with `expand=activity`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    last_active_at: Option<OptionalInstant>,
    /// The time when the session expires unless it is used. Null if it need not be used. Present
    /// with `expand=activity`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    idle_expires_at: Option<OptionalInstant>,
    /// The name that the person gave to the session. Absent without a name.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    /// Metadata of the login system. Absent in lists for people, and without metadata.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    metadata: Option<&'a RawValue>,
}

impl<'a> WireSession<'a> {
    pub(super) fn new(
        session: &'a Session,
        active: bool,
        identity: Option<&'a RawValue>,
        devices: Option<Vec<WireDevice<'a>>>,
        expand: Expand,
    ) -> Self {
        let in_words = || ENGLISH.methods(&session.authentication_methods);
        Self {
            id: session.id,
            active,
            expires_at: session.ends_at(),
            authenticated_at: session.authenticated_at,
            authenticator_assurance_level: session.assurance_level.into(),
            authentication_methods: &session.authentication_methods,
            issued_at: session.issued_at,
            identity,
            devices,
            sign_in_methods: expand.has(Part::DeviceLabels).then(in_words),
            bound: expand.has(Part::DeviceLabels).then_some(session.bound_at.is_some()),
            tokenized: None,
            last_active_at: expand
                .has(Part::Activity)
                .then_some(OptionalInstant(session.last_active_at)),
            idle_expires_at: expand.has(Part::Activity).then_some(OptionalInstant(
                session.absolute_expires_at.map(|_| session.expires_at),
            )),
            name: session.name.as_deref(),
            metadata: session.metadata.as_deref(),
        }
    }
}
