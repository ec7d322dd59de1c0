//! The extractor for the query parameters of pages: `page_size` and `page_token`, and the
//! deprecated `page` and `per_page`.
//!
//! It does not use axum's `Query`: duplicates, empty values and numbers of any length need errors
//! of their own, as in Kratos.

use std::borrow::Cow;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use utoipa::IntoParams;
use utoipa::openapi::Deprecated;
use utoipa::openapi::path::{Parameter, ParameterIn};

use crate::http::response::error::ApiError;
use crate::pagination::{Cursor, PageRequest, PageSize};

/// The page that a query requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) struct PageQuery {
    pub page: PageRequest,
    /// True if the query requests a numbered page. Clients of such pages need the total.
    pub numbered: bool,
}

/// The parameters in their textual form.
#[derive(Default, IntoParams)]
#[into_params(parameter_in = Query)]
struct Parameters<'a> {
    /// The number of sessions per page: 250 by default, 1000 at most.
    #[param(value_type = Option<u64>)]
    page_size: Option<Cow<'a, str>>,
    /// The position of a page, an opaque text that is taken from a `Link` header.
    page_token: Option<Cow<'a, str>>,
    /// The number of a page. 0 and 1 both mean the first page.
    #[param(value_type = Option<u64>)]
    page: Option<Cow<'a, str>>,
    /// The size of numbered pages.
    #[param(value_type = Option<u64>)]
    per_page: Option<Cow<'a, str>>,
}

impl<S: Send + Sync> FromRequestParts<S> for PageQuery {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Self::parse(parts.uri.query())
    }
}

impl IntoParams for PageQuery {
    fn into_params(location: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut parameters = Parameters::into_params(location);
        for parameter in &mut parameters {
            if matches!(parameter.name.as_str(), "page" | "per_page") {
                parameter.deprecated = Some(Deprecated::True);
            }
        }
        parameters
    }
}

impl PageQuery {
    /// Parses a query string.
    ///
    /// As in Kratos, `page_token` takes precedence over `page`, and `page_size` over both
    /// `per_page` and `page`. An empty value counts as absent, and unknown parameters are
    /// ignored. An invalid value is an error that names its parameter, even if another parameter
    /// takes precedence.
    fn parse(query: Option<&str>) -> Result<Self, ApiError> {
        let parameters = Parameters::read(query.unwrap_or_default())?;
        let page_size = number("page_size", parameters.page_size.as_deref())?;
        let per_page = number("per_page", parameters.per_page.as_deref())?;
        let page = number("page", parameters.page.as_deref())?;
        let token = parameters.page_token.as_deref().map(start).transpose()?;

        let size = PageSize::new(page_size.or(per_page).unwrap_or(0));
        let numbered = page_size.is_none() && token.is_none() && page.or(per_page).is_some();
        let start = match token {
            Some(start) => start,
            // 0 and 1 both mean the first page.
            None if numbered => {
                let skipped = page.unwrap_or(0).saturating_sub(1);
                Cursor::Offset(skipped.saturating_mul(size.get() as u64))
            }
            None => Cursor::Beginning,
        };
        Ok(Self {
            page: PageRequest { size, start },
            numbered: numbered || matches!(start, Cursor::Offset(_)),
        })
    }
}

impl<'a> Parameters<'a> {
    fn read(query: &'a str) -> Result<Self, ApiError> {
        let mut parameters = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let slot = match name.as_ref() {
                "page_size" => &mut parameters.page_size,
                "page_token" => &mut parameters.page_token,
                "page" => &mut parameters.page,
                "per_page" => &mut parameters.per_page,
                _ => continue,
            };
            // Two values are ambiguous.
            if slot.is_some() {
                return Err(ApiError::bad_parameter(&name, "occurs more than once"));
            }
            *slot = Some(value);
        }
        for slot in [
            &mut parameters.page_size,
            &mut parameters.page_token,
            &mut parameters.page,
            &mut parameters.per_page,
        ] {
            slot.take_if(|value| value.is_empty());
        }
        Ok(parameters)
    }
}

/// Parses a number of any length. A number that is too large for the type becomes its maximum.
fn number(name: &str, value: Option<&str>) -> Result<Option<u64>, ApiError> {
    let Some(value) = value else {
        return Ok(None);
    };
    if !value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ApiError::bad_parameter(name, "must be a number, 0 or greater"));
    }
    Ok(Some(value.parse().unwrap_or(u64::MAX)))
}

fn start(token: &str) -> Result<Cursor, ApiError> {
    Cursor::from_token(token).map_err(|_| {
        ApiError::bad_parameter("page_token", "is invalid: take it from a Link header, as it is")
    })
}
