//! The query parameters `active` and `expand` of the admin API.

use std::borrow::Cow;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};

use crate::http::extract::expand;
use crate::http::extract::expand::{Expand, Part};
use crate::http::response::error::ApiError;

/// The parts of a session that an operator requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) struct View(pub Expand);

/// The sessions of a list that an operator requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::http) struct ListView {
    pub active: Option<bool>,
    pub expand: Expand,
}

impl<S: Send + Sync> FromRequestParts<S> for View {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        ListView::from_request_parts(parts, state).await.map(|view| Self(view.expand))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for ListView {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let view = Self::parse(parts.uri.query())?;
        view.expand.ready().await;
        Ok(view)
    }
}

impl ListView {
    fn parse(query: Option<&str>) -> Result<Self, ApiError> {
        let mut view = Self::default();
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            match (name.as_ref(), value.as_ref()) {
                ("active" | "expand", "") => {}
                ("active", _) if view.active.is_some() => {
                    return Err(ApiError::bad_parameter("active", "occurs more than once"));
                }
                ("active", "true") => view.active = Some(true),
                ("active", "false") => view.active = Some(false),
                ("active", _) => {
                    return Err(ApiError::bad_parameter("active", "must be true or false"));
                }
                ("expand", names) => view.expand.add(names)?,
                _ => {}
            }
        }
        Ok(view)
    }

    /// The same parameters for a link to another page.
    pub(in crate::http) fn parameters(self) -> Cow<'static, str> {
        let expand = self.expand.parameters();
        match self.active {
            None => expand,
            Some(active) => format!("&active={active}{expand}").into(),
        }
    }
}

impl IntoParams for View {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![expand::parameter(&Part::ALL)]
    }
}

/// The parameter `active`, for its description.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "the fields exist for their description")]
struct Active {
    /// `true` lists live sessions only, `false` lists only sessions that have ended.
    active: Option<bool>,
}

impl IntoParams for ListView {
    fn into_params(location: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut parameters = Active::into_params(location);
        parameters.push(expand::parameter(&Part::ALL));
        parameters
    }
}
