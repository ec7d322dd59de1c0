//! Settings that often explain a difference.

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hint {
    BaseUrl,
    CookieSecrets,
    CookieAge,
    SecondFactor,
    RateLimit,
    Template,
    CookieAttributes,
    Cacheable,
    Origins,
}

impl Hint {
    pub(super) fn advice(self) -> &'static str {
        match self {
            Self::BaseUrl => "set server.base_url to Kratos's serve.public.base_url",
            Self::CookieSecrets => {
                "set session.cookie_secrets to Kratos's secrets.cookie, and session.cookie_name \
                 to the name of its cookie"
            }
            Self::CookieAge => {
                "Kratos refuses a cookie that is older than its session.lifespan, although the \
                 session was extended; here the session's own expiry decides"
            }
            Self::SecondFactor => {
                "set session.required_aal to Kratos's session.whoami.required_aal, and \
                 session.second_factors to the second factors that it has enabled"
            }
            Self::RateLimit => {
                "limits.auth_failures_per_minute was reached: compare again with fewer \
                 credentials that are refused"
            }
            Self::Template => {
                "repeat Kratos's session.whoami.tokenizer.templates in session.tokenizer.templates"
            }
            Self::CookieAttributes => {
                "set session.cookie_domain, cookie_path, cookie_same_site and cookie_persistent \
                 to Kratos's session.cookie and cookies"
            }
            Self::Cacheable => {
                "set session.cacheable and cacheable_max_age to Kratos's \
                 feature_flags.cacheable_sessions and cacheable_sessions_max_age"
            }
            Self::Origins => {
                "set cors.allowed_origins to Kratos's serve.public.cors.allowed_origins"
            }
        }
    }
}
