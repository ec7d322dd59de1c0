//! The query parameter `tokenize_as`: the template of a JWT.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use utoipa::IntoParams;
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};

const NAME: &str = "tokenize_as";

/// The name of the template. As in Kratos, the first one counts, and an empty one is none.
pub(in crate::http) struct TokenizeAs(pub Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for TokenizeAs {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let query = parts.uri.query().unwrap_or_default();
        let first = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == NAME);
        let template = first.map(|(_, template)| template.into_owned());
        Ok(Self(template.filter(|template| !template.is_empty())))
    }
}

impl IntoParams for TokenizeAs {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let parameter = ParameterBuilder::new()
            .name(NAME)
            .parameter_in(ParameterIn::Query)
            .required(Required::False)
            .description(Some(
                "The template, one of `session.tokenizer.templates`, of a JWT that is added to \
                 the session as `tokenized`.",
            ))
            .schema(Some(ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).build()));
        vec![parameter.build()]
    }
}
