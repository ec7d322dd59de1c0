//! Errors of the tokenizer, with the texts of Kratos.

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
