//! The JSON form of a session that cannot be read in full, for operators.

use serde::Serialize;
use serde_json::value::RawValue;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::extract::expand::{Expand, Part};
use crate::http::response::wire::authentication_method::CompletedMethod;
use crate::http::response::wire::device::WireDevice;
use crate::http::response::wire::identity::WireIdentity;
use crate::http::response::wire::schema_urls::SchemaUrls;
use crate::http::response::wire::serialized::raw;
use crate::rfc3339::optional_rfc3339;
use crate::stored_session::{Problem, UnreadableSession};

/// A session whose own row, or whose identity's row, violates the rules of its table. It admits
/// nobody and therefore has no assurance level. Other keys are absent if they cannot be read.
#[derive(Serialize, ToSchema)]
#[schema(as = UnreadableSession)]
pub(in crate::http) struct WireUnreadableSession<'a> {
    id: Uuid,
    /// False if a readable field shows that the session has ended.
    active: bool,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "optional_rfc3339")]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<OffsetDateTime>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "optional_rfc3339")]
    #[schema(value_type = Option<String>, format = DateTime)]
    authenticated_at: Option<OffsetDateTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<CompletedMethod>>)]
    authentication_methods: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "optional_rfc3339")]
    #[schema(value_type = Option<String>, format = DateTime)]
    issued_at: Option<OffsetDateTime>,
    #[schema(value_type = Option<WireIdentity>, required)]
    identity: Option<Box<RawValue>>,
    #[schema(required)]
    devices: Option<Vec<WireDevice<'a>>>,
    /// The columns with invalid values.
    unreadable: Vec<WireProblem>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = UnreadableColumn)]
struct WireProblem {
    /// The column, such as `sessions.aal`.
    column: &'static str,
    /// The kind of value that was expected, such as `a time`.
    expected: &'static str,
}

impl<'a> WireUnreadableSession<'a> {
    pub(super) fn new(
        session: &'a UnreadableSession,
        schemas: &SchemaUrls,
        expand: Expand,
        now: OffsetDateTime,
    ) -> Self {
        let identity = session.identity.as_ref().filter(|_| expand.has(Part::Identity));
        let problem = |problem: &Problem| {
            let Problem { column, expected } = *problem;
            WireProblem { column, expected }
        };
        Self {
            id: session.id,
            active: session.may_be_live(now),
            expires_at: session.expires_at,
            authenticated_at: session.authenticated_at,
            authentication_methods: session.authentication_methods.as_deref(),
            issued_at: session.issued_at,
            identity: identity
                .map(|identity| raw(&WireIdentity::in_lists(identity).at(schemas).for_operators())),
            devices: expand.has(Part::Devices).then(|| WireDevice::all(&session.devices, expand)),
            unreadable: session.problems.iter().map(problem).collect(),
        }
    }
}
