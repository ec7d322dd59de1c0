//! Errors of the tokenizer, with the texts of Kratos, and of mappers.

use std::borrow::Cow;

/// The reason why there is no JWT.
#[derive(Debug, thiserror::Error)]
pub enum TokenizerError {
    #[error("Unable to find tokenizer template {0:?}.")]
    UnknownTemplate(String),
    #[error(
        "The session's identity does not have an external ID set, but it is required for the \
         subject claim."
    )]
    NoExternalId,
    #[error("Unable to execute tokenizer JsonNet.")]
    MapperFailed,
    /// No process can be had for the mapper.
    #[error("claims mapper unavailable: {0}")]
    MapperUnavailable(&'static str),
    #[error("failed to sign")]
    Signature,
}

/// The reason why a mapper returned no claims.
pub(super) enum MapperError {
    Failed(Cow<'static, str>),
    LimitExceeded,
    /// The mapper is not at fault.
    Unavailable(&'static str),
}
