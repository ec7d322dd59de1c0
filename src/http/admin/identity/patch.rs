//! The JSON Merge Patch of an identity. Deserialization validates all of its fields.

use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::edit::Edit;
use crate::http::admin::issue::object::Object;
use crate::http::admin::issue::text::Text;
use crate::http::response::error::ApiError;
use crate::http::response::wire::{WireLevel, WireState};
use crate::identity_edit::IdentityEdit;

/// Changes of an identity (RFC 7396). Absent fields keep their values, and null clears a field.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = IdentityMergePatch)]
pub(in crate::http::admin) struct IdentityPatchBody {
    #[schema(value_type = Option<String>, min_length = 1, max_length = 64)]
    #[serde(default)]
    external_id: Edit<Text<64>>,
    #[schema(value_type = String, min_length = 1, max_length = 2048, required = false)]
    #[serde(default)]
    schema_id: Edit<Text<2048>>,
    #[schema(value_type = WireState, required = false)]
    #[serde(default)]
    state: Edit<WireState>,
    /// Merged into the traits.
    #[schema(value_type = Object, required = false)]
    #[serde(default)]
    traits: Edit<Object>,
    /// Merged into the metadata.
    #[schema(value_type = Option<Object>)]
    #[serde(default)]
    metadata_public: Edit<Object>,
    /// Merged into the metadata.
    #[schema(value_type = Option<Object>)]
    #[serde(default)]
    metadata_admin: Edit<Object>,
    #[schema(value_type = Option<WireLevel>)]
    #[serde(default)]
    available_aal: Edit<WireLevel>,
    #[schema(value_type = Option<Uuid>)]
    #[serde(default)]
    organization_id: Edit<Uuid>,
}

impl IdentityPatchBody {
    pub(super) fn read(self) -> Result<IdentityEdit, ApiError> {
        Ok(IdentityEdit {
            external_id: self.external_id.map(|text| text.0),
            schema_id: required("schema_id", self.schema_id)?.map(|text| text.0),
            state: required("state", self.state)?.map(Into::into),
            traits: required("traits", self.traits)?.map(|object| object.0),
            metadata_public: self.metadata_public.map(|object| object.0),
            metadata_admin: self.metadata_admin.map(|object| object.0),
            available_level: self.available_aal.map(Into::into),
            organization_id: self.organization_id,
        })
    }
}

/// The new value of a field that every identity has.
fn required<T>(name: &str, edit: Edit<T>) -> Result<Option<T>, ApiError> {
    match edit {
        Edit::Clear => Err(ApiError::bad_request(format!(
            "The body is invalid at '{name}': it cannot be null."
        ))),
        edit => Ok(edit.new_value()),
    }
}
