//! Possible causes of a difference, most of them settings.

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hint {
    PublicApi,
    Database,
    BaseUrl,
    CookieSecrets,
    CookieAge,
    SecondFactor,
    RateLimit,
    Template,
    TemplateTtl,
    TemplateKeys,
    TemplateSubject,
    TemplateClaims,
    CookieAttributes,
    Cacheable,
    Origins,
}

impl Hint {
    pub(super) fn advice(self) -> &'static str {
        match self {
            Self::PublicApi => {
                "the server at --kratos does not refuse a request without a credential as Kratos \
                 does: is this Kratos's public API?"
            }
            Self::Database => {
                "the session may have ended in one of two databases only: database.url may name \
                 another one than Kratos's dsn, or a standby that lags"
            }
            Self::BaseUrl => "server.base_url may be different from Kratos's serve.public.base_url",
            Self::CookieSecrets => {
                "session.cookie_secrets may lack a secret of Kratos's secrets.cookie, or \
                 session.cookie_name may be different from the name of its cookie"
            }
            Self::CookieAge => {
                "the cookie may be older than Kratos's session.lifespan: Kratos refuses it then, \
                 although the session was extended; here the session's own expiry decides"
            }
            Self::SecondFactor => {
                "session.required_aal may be different from Kratos's \
                 session.whoami.required_aal, or session.second_factors from the second factors \
                 that it has enabled"
            }
            Self::RateLimit => {
                "limits.auth_failures_per_minute may have been reached: compare again with fewer \
                 credentials that are refused"
            }
            Self::Template => {
                "session.tokenizer.templates may lack a template of Kratos's \
                 session.whoami.tokenizer.templates"
            }
            Self::TemplateTtl => {
                "the template's ttl may be different from Kratos's: see \
                 session.tokenizer.templates.NAME.ttl, 1m by default"
            }
            Self::TemplateKeys => "the template's jwks_url may be different from Kratos's",
            Self::TemplateSubject => "the template's subject_source may be different from Kratos's",
            Self::TemplateClaims => {
                "the template's claims_mapper_url may be different from Kratos's"
            }
            Self::CookieAttributes => {
                "session.cookie_domain, cookie_path, cookie_same_site or cookie_persistent may be \
                 different from Kratos's session.cookie and cookies"
            }
            Self::Cacheable => {
                "session.cacheable or cacheable_max_age may be different from Kratos's \
                 feature_flags.cacheable_sessions and cacheable_sessions_max_age"
            }
            Self::Origins => {
                "cors.allowed_origins may be different from Kratos's \
                 serve.public.cors.allowed_origins"
            }
        }
    }
}
