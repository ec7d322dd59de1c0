//! The query parameter `expand`: optional parts of a session in a response.

use std::borrow::Cow;
use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{Ref, Required};

use crate::http::response::error::ApiError;
use crate::service::Include;
use crate::user_agent;

/// An optional part of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) enum Part {
    Identity,
    Devices,
    /// Descriptions of devices and authentication methods, in words.
    DeviceLabels,
    /// The time when the session was last used.
    Activity,
}

impl Part {
    pub(in crate::http) const ALL: [Self; 4] =
        [Self::Identity, Self::Devices, Self::DeviceLabels, Self::Activity];
    /// The parts that Kratos does not have. All other parts are always included for people.
    pub(in crate::http) const ADDITIONAL: [Self; 2] = [Self::DeviceLabels, Self::Activity];

    pub(in crate::http) fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Devices => "devices",
            Self::DeviceLabels => "device_labels",
            Self::Activity => "activity",
        }
    }

    fn description(self) -> &'static str {
        match self {
            Self::Identity => "the identity of the session",
            Self::Devices => "the devices of the session",
            Self::DeviceLabels => {
                "descriptions of the devices and the authentication methods in words, such as \
                 \"Chrome on Windows\", and the approximate places of addresses"
            }
            Self::Activity => "when the session was last used",
        }
    }
}

/// A set of parts. It is empty by default, so that responses without `expand` are the same as
/// Kratos's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::http) struct Expand(u8);

impl Expand {
    pub(in crate::http) fn has(self, part: Part) -> bool {
        self.0 & (1 << part as u8) != 0
    }

    pub(in crate::http) fn with(self, part: Part) -> Self {
        Self(self.0 | (1 << part as u8))
    }

    /// The parts that are read apart from the sessions.
    pub(in crate::http) fn include(self) -> Include {
        Include {
            total: false,
            activity: self.has(Part::Activity),
            places: self.has(Part::DeviceLabels),
        }
    }

    /// Waits until labels can be read without delay, if they are requested. Afterwards, no label
    /// of the response blocks a thread of the runtime.
    pub(in crate::http) async fn ready(self) {
        if self.has(Part::DeviceLabels) {
            user_agent::ready().await;
        }
    }

    /// Without the parts that Kratos has.
    pub(in crate::http) fn additional(self) -> Self {
        let kept = Part::ADDITIONAL.into_iter().filter(|part| self.has(*part));
        kept.fold(Self::default(), Self::with)
    }

    /// Adds the parts of one parameter. It can be repeated, and each value can be a list with
    /// commas. An unknown name is an error: the other parts are added nevertheless.
    pub(in crate::http) fn add(&mut self, names: &str) -> Result<(), ApiError> {
        let mut all_known = true;
        for name in names.split(',') {
            let name = name.trim();
            match Part::ALL.iter().find(|part| part.as_str().eq_ignore_ascii_case(name)) {
                Some(part) => *self = self.with(*part),
                None => all_known = false,
            }
        }
        if all_known { Ok(()) } else { Err(ApiError::bad_parameter("expand", &expected_parts())) }
    }

    /// Adds the parts of a query. The first error is returned after all parts are added.
    fn add_all(&mut self, query: Option<&str>) -> Result<(), ApiError> {
        let mut result = Ok(());
        for (name, names) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            if name == "expand" && !names.is_empty() {
                result = result.and(self.add(&names));
            }
        }
        result
    }

    /// The same parameters for a link to another page. They contain no commas, because many
    /// clients split a `Link` header at commas.
    pub(in crate::http) fn parameters(self) -> Cow<'static, str> {
        if self == Self::default() {
            return Cow::Borrowed("");
        }
        let parts = Part::ALL.into_iter().filter(|part| self.has(*part));
        parts.map(|part| format!("&expand={}", part.as_str())).collect()
    }
}

/// For example "must be identity, devices or activity".
fn expected_parts() -> String {
    let names = Part::ALL.map(Part::as_str);
    match names.split_last() {
        Some((last, others)) => format!("must be {} or {last}", others.join(", ")),
        None => String::new(),
    }
}

/// The parameter of the public API, where the parts that Kratos has are always included.
impl<S: Send + Sync> FromRequestParts<S> for Expand {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let mut expand = Self::default();
        expand.add_all(parts.uri.query())?;
        let expand = expand.additional();
        expand.ready().await;
        Ok(expand)
    }
}

/// The parameter of `whoami`, where unknown names are ignored. Gateways may add the query of their
/// own client's request, in which `expand` belongs to the app: Caddy does unless its `uri` has a
/// question mark, and Oathkeeper without `preserve_query`.
pub(in crate::http) struct LenientExpand(pub Expand);

impl<S: Send + Sync> FromRequestParts<S> for LenientExpand {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let mut expand = Expand::default();
        expand.add_all(parts.uri.query()).ok();
        let expand = expand.additional();
        expand.ready().await;
        Ok(Self(expand))
    }
}

impl IntoParams for Expand {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![parameter(&Part::ADDITIONAL)]
    }
}

/// The name of the schema of parts in a description.
pub(in crate::http) const PART_SCHEMA: &str = "SessionPart";

/// The schema of parts. The public API and the admin API accept different ones.
pub(in crate::http) fn schema(parts: &[Part]) -> Schema {
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .enum_values(Some(parts.iter().map(|part| part.as_str())))
        .description(Some("An optional part of a session."))
        .into()
}

/// The description of a parameter that accepts these parts.
pub(in crate::http) fn parameter(parts: &[Part]) -> Parameter {
    let texts: Vec<_> =
        parts.iter().map(|part| format!("`{}`: {}.", part.as_str(), part.description())).collect();
    ParameterBuilder::new()
        .name("expand")
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(format!("Adds parts to each session. {}", texts.join(" "))))
        .schema(Some(ArrayBuilder::new().items(Ref::from_schema_name(PART_SCHEMA))))
        .build()
}
