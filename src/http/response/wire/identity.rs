//! The JSON form of an identity.

use serde::Serialize;
use serde_json::value::RawValue;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::response::wire::names::{WireAddressStatus, WireState};
use crate::http::response::wire::schema_urls::SchemaUrls;
use crate::identity::{Identity, RecoveryAddress, VerifiableAddress};
use crate::rfc3339::{optional_rfc3339, rfc3339};

/// The identity that a session belongs to.
#[derive(Serialize, ToSchema)]
#[schema(as = Identity)]
pub(in crate::http) struct WireIdentity<'a> {
    id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<&'a str>,
    schema_id: &'a str,
    schema_url: String,
    state: WireState,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "optional_rfc3339")]
    #[schema(value_type = Option<String>, format = DateTime)]
    state_changed_at: Option<OffsetDateTime>,
    #[schema(value_type = Object)]
    traits: &'a RawValue,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    verifiable_addresses: Vec<WireVerifiableAddress<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    recovery_addresses: Vec<WireRecoveryAddress<'a>>,
    #[schema(value_type = Option<Object>, required)]
    metadata_public: Option<&'a RawValue>,
    /// Visible to operators only: absent in other responses. Null if it is empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    metadata_admin: Option<&'a RawValue>,
    #[serde(serialize_with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    created_at: OffsetDateTime,
    #[serde(serialize_with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    updated_at: OffsetDateTime,
    #[schema(required)]
    organization_id: Option<Uuid>,
    #[serde(skip)]
    of: &'a Identity,
}

impl<'a> WireIdentity<'a> {
    /// An identity for lists. As in Kratos, the URL of its schema is empty there. Clients require
    /// the key.
    pub(super) fn in_lists(identity: &'a Identity) -> Self {
        Self {
            id: identity.id,
            external_id: identity.external_id.as_deref(),
            schema_id: &identity.schema_id,
            schema_url: String::new(),
            state: identity.state.into(),
            state_changed_at: identity.state_changed_at,
            traits: &identity.traits,
            verifiable_addresses: Vec::new(),
            recovery_addresses: Vec::new(),
            metadata_public: identity.metadata_public.as_deref(),
            metadata_admin: None,
            created_at: identity.created_at,
            updated_at: identity.updated_at,
            organization_id: identity.organization_id,
            of: identity,
        }
    }

    /// Adds the URL where Kratos serves the schema.
    pub(super) fn at(self, schemas: &SchemaUrls) -> Self {
        Self { schema_url: schemas.of(self.schema_id), ..self }
    }

    /// An identity for a single session, with its addresses and the URL of its schema.
    pub(super) fn alone(identity: &'a Identity, schemas: &SchemaUrls) -> Self {
        let verifiable = identity.verifiable_addresses.iter();
        let recovery = identity.recovery_addresses.iter();
        Self {
            verifiable_addresses: verifiable.map(WireVerifiableAddress::from).collect(),
            recovery_addresses: recovery.map(WireRecoveryAddress::from).collect(),
            ..Self::in_lists(identity).at(schemas)
        }
    }

    /// True if it has nothing that [`WireIdentity::in_lists`] lacks.
    pub(super) fn is_as_in_lists(&self) -> bool {
        self.schema_url.is_empty()
            && self.verifiable_addresses.is_empty()
            && self.recovery_addresses.is_empty()
    }

    /// Adds the fields that only operators may see.
    pub(super) fn for_operators(self) -> Self {
        let metadata = self.of.metadata_admin.as_deref().unwrap_or(RawValue::NULL);
        Self { metadata_admin: Some(metadata), ..self }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = VerifiableAddress)]
struct WireVerifiableAddress<'a> {
    id: Uuid,
    value: &'a str,
    verified: bool,
    via: &'a str,
    #[schema(value_type = WireAddressStatus)]
    status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "optional_rfc3339")]
    #[schema(value_type = Option<String>, format = DateTime)]
    verified_at: Option<OffsetDateTime>,
    #[serde(serialize_with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    created_at: OffsetDateTime,
    #[serde(serialize_with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    updated_at: OffsetDateTime,
}

impl<'a> From<&'a VerifiableAddress> for WireVerifiableAddress<'a> {
    fn from(address: &'a VerifiableAddress) -> Self {
        Self {
            id: address.id,
            value: &address.value,
            verified: address.verified,
            via: &address.via,
            status: &address.status,
            verified_at: address.verified_at,
            created_at: address.created_at,
            updated_at: address.updated_at,
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = RecoveryAddress)]
struct WireRecoveryAddress<'a> {
    id: Uuid,
    value: &'a str,
    via: &'a str,
    #[serde(serialize_with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    created_at: OffsetDateTime,
    #[serde(serialize_with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    updated_at: OffsetDateTime,
}

impl<'a> From<&'a RecoveryAddress> for WireRecoveryAddress<'a> {
    fn from(address: &'a RecoveryAddress) -> Self {
        Self {
            id: address.id,
            value: &address.value,
            via: &address.via,
            created_at: address.created_at,
            updated_at: address.updated_at,
        }
    }
}
