//! The id in a path, and the query parameters of admin lists besides those of pagination.

use std::borrow::Cow;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use uuid::Uuid;

use crate::http::response::error::ApiError;
use crate::http::response::expand::Expand;

/// The `{id}` in a path.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct Id(pub Uuid);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let malformed = || ApiError::bad_parameter("id", "must be a UUID");
        let parameters = RawPathParams::from_request_parts(parts, state).await;
        let parameters = parameters.map_err(|_| malformed())?;
        let (_, text) = parameters.iter().find(|(name, _)| *name == "id").ok_or_else(malformed)?;
        hyphenated(text).map(Self).ok_or_else(malformed)
    }
}

/// Parses a UUID in the hyphenated form. Other forms are not accepted as ids.
pub(in crate::http) fn hyphenated(text: &str) -> Option<Uuid> {
    (text.len() == uuid::fmt::Hyphenated::LENGTH).then(|| Uuid::try_parse(text).ok()).flatten()
}

/// The parameters `active` and `expand` of the admin API.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::http) struct View {
    pub active: Option<bool>,
    pub identity: bool,
    pub devices: bool,
    pub expand: Expand,
}

impl View {
    pub(in crate::http) fn parse(query: Option<&str>) -> Result<Self, ApiError> {
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
                // The parameter can be repeated, and each value can be a list with commas.
                ("expand", names) => view.expand(names)?,
                _ => {}
            }
        }
        Ok(view)
    }

    fn expand(&mut self, names: &str) -> Result<(), ApiError> {
        for name in names.split(',') {
            match name.trim().to_ascii_lowercase().as_str() {
                "identity" => self.identity = true,
                "devices" => self.devices = true,
                other if self.expand.add(other) => {}
                _ => {
                    let problem = "must be identity, devices, device_labels or activity";
                    return Err(ApiError::bad_parameter("expand", problem));
                }
            }
        }
        Ok(())
    }

    /// The same parameters for a link to another page.
    pub(in crate::http) fn parameters(self) -> Cow<'static, str> {
        let mut text = String::new();
        if let Some(active) = self.active {
            text.push_str(if active { "&active=true" } else { "&active=false" });
        }
        for (name, wanted) in [("identity", self.identity), ("devices", self.devices)] {
            if wanted {
                text.push_str("&expand=");
                text.push_str(name);
            }
        }
        text.push_str(self.expand.parameters());
        text.into()
    }
}
