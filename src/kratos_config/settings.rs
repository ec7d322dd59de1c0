//! Kratos's settings under our names.

use crate::config::{AllowedOrigin, header_name};
use crate::kratos_config::database;
use crate::kratos_config::kratos::{
    Cookie, Cors, FeatureFlags, GoDuration, Kratos, Log, Methods, Secrets,
};
use crate::kratos_config::output::Output;

/// Kratos's default of `session.whoami.required_aal`.
const HIGHEST_AVAILABLE: &str = "highest_available";

/// Writes everything but the token templates.
pub(super) fn write(kratos: &Kratos, output: &mut Output) {
    server(kratos.serve.public.base_url.as_deref(), output);
    database::write(kratos.dsn.as_deref(), output);
    session(kratos, output);
    cors(&kratos.serve.public.cors, output);
    log(&kratos.log, output);
}

fn server(base_url: Option<&str>, output: &mut Output) {
    match base_url.filter(|url| !url.is_empty()) {
        Some(url) => {
            output.section(&["server"]);
            output.text("base_url", url);
        }
        None => output.check(
            "serve.public.base_url is not set. Set server.base_url to the URL at which people \
             reach Kratos.",
        ),
    }
}

fn session(kratos: &Kratos, output: &mut Output) {
    let session = &kratos.session;
    output.section(&["session"]);
    output.text_or_default("lifespan", session.lifespan.as_ref().map(GoDuration::as_str), "24h");
    let required_aal = session.whoami.required_aal.as_deref();
    output.text_or_default("required_aal", required_aal, HIGHEST_AVAILABLE);
    let is_required = required_aal.unwrap_or(HIGHEST_AVAILABLE) == HIGHEST_AVAILABLE;
    second_factors(&kratos.selfservice.methods, is_required, output);
    cookie_secrets(&kratos.secrets, output);
    cookie(&session.cookie, &kratos.cookies, output);
    if let Some(time) = &session.earliest_possible_extend {
        output.text("earliest_possible_extend", time.as_str());
    }
    feature_flags(&kratos.feature_flags, output);
}

/// The second factors that Kratos asks for if a person has enrolled them. Those of disabled
/// methods are among them: `ActiveCredentialsCounterStrategies` returns all methods, and of their
/// functions `CountActiveMultiFactorCredentials`, only that of `code` reads the configuration, and
/// there `mfa_enabled` alone.
fn second_factors(methods: &Methods, is_required: bool, output: &mut Output) {
    let mut factors = vec!["totp", "lookup_secret", "webauthn"];
    if methods.code.mfa_enabled {
        factors.push("code");
    }
    output.texts("second_factors", &factors);
    let enabled = [&methods.totp, &methods.lookup_secret, &methods.webauthn];
    let any_enabled = methods.code.mfa_enabled || enabled.iter().any(|method| method.enabled);
    if is_required && !any_enabled {
        output.check(
            "selfservice.methods enables no second factor here. Kratos may enable them by its \
             variables SELFSERVICE_METHODS_TOTP_ENABLED and so on, or in another file, and asks \
             for those that people have enrolled even if they are disabled. Therefore \
             session.second_factors has all but \"code\": add it if Kratos has \
             SELFSERVICE_METHODS_CODE_MFA_ENABLED.",
        );
    }
}

/// Kratos signs cookies with `secrets.default` if `secrets.cookie` is empty (its function
/// `SecretsSession`), and makes a secret up at its start if both are.
fn cookie_secrets(secrets: &Secrets, output: &mut Output) {
    let of_cookies = Some(&secrets.cookie).filter(|secrets| !secrets.is_empty());
    let secrets: Vec<_> =
        of_cookies.unwrap_or(&secrets.default).iter().map(String::as_str).collect();
    if secrets.is_empty() {
        output.check(
            "secrets.cookie and secrets.default are not set. Kratos takes them from its variables \
             SECRETS_COOKIE and SECRETS_DEFAULT, or makes a secret up at each start: set them \
             there, and ELSEWHERE_SESSION__COOKIE_SECRETS to the same value.",
        );
    } else {
        output.texts("cookie_secrets", &secrets);
    }
}

/// The session's cookie. A key that `session.cookie` has, though it be empty, replaces the one
/// of `cookies` (Kratos's functions `SessionDomain`, `SessionPath` and `SessionSameSiteMode`).
fn cookie(cookie: &Cookie, fallback: &Cookie, output: &mut Output) {
    let with_fallback = [
        ("cookie_name", &cookie.name),
        ("cookie_domain", cookie.domain.as_ref().map_or(&fallback.domain, |_| &cookie.domain)),
        ("cookie_path", cookie.path.as_ref().map_or(&fallback.path, |_| &cookie.path)),
        (
            "cookie_same_site",
            cookie.same_site.as_ref().map_or(&fallback.same_site, |_| &cookie.same_site),
        ),
    ];
    for (key, value) in with_fallback {
        if let Some(value) = value.as_deref().filter(|value| !value.is_empty()) {
            output.text(key, value);
        }
    }
    if let Some(persistent) = cookie.persistent {
        output.flag("cookie_persistent", persistent);
    }
}

fn feature_flags(flags: &FeatureFlags, output: &mut Output) {
    if flags.cacheable_sessions {
        output.flag("cacheable", true);
    }
    if let Some(age) = flags.cacheable_sessions_max_age.as_ref().filter(|age| !age.is_zero()) {
        output.text("cacheable_max_age", age.as_str());
    }
    if flags.faster_session_extend {
        output.uncarried(
            "feature_flags.faster_session_extend: extending a session is answered with 200 and \
             the session.",
        );
    }
}

/// Origins, exact or of all subdomains. Kratos allows all if the list is missing, and `*` also
/// within a label.
fn cors(cors: &Cors, output: &mut Output) {
    if !cors.enabled {
        return;
    }
    if cors.allow_credentials == Some(false) {
        output.uncarried(
            "serve.public.cors.allowed_origins: Kratos denies them credentials \
             (allow_credentials), which elsewhere cannot.",
        );
        return;
    }
    let all = ["*".to_owned()];
    let origins = cors.allowed_origins.as_deref().unwrap_or(&all);
    let is_allowed = |text: &str| AllowedOrigin::try_from(text.to_owned()).is_ok();
    let (carried, other): (Vec<_>, Vec<_>) =
        origins.iter().map(String::as_str).partition(|text| is_allowed(text));
    for other in other {
        output.uncarried(format!(
            "serve.public.cors.allowed_origins `{other}`: elsewhere takes origins such as \
             https://app.example.org and https://*.example.org only. List yours in \
             cors.allowed_origins."
        ));
    }
    let all = cors.allowed_headers.iter().flatten().map(String::as_str);
    let (headers, other): (Vec<_>, Vec<_>) = all.partition(|text| header_name(text).is_some());
    for other in other {
        output.uncarried(format!(
            "serve.public.cors.allowed_headers `{other}`: elsewhere takes names of headers only. \
             List them in cors.allowed_headers."
        ));
    }
    if carried.is_empty() && headers.is_empty() {
        return;
    }
    output.section(&["cors"]);
    for (key, texts) in [("allowed_origins", carried), ("allowed_headers", headers)] {
        if !texts.is_empty() {
            output.texts(key, &texts);
        }
    }
}

fn log(log: &Log, output: &mut Output) {
    let level = log.level.as_deref().map(|level| match level {
        "warning" => "warn",
        "fatal" | "panic" => "error",
        level => level,
    });
    let format = log.format.as_deref().filter(|format| matches!(*format, "json" | "text"));
    if level.or(format).is_some() {
        output.section(&["log"]);
    }
    if let Some(level) = level {
        output.text("level", level);
    }
    match (format, &log.format) {
        (Some(format), _) => output.text("format", format),
        (None, Some(other)) => {
            output.uncarried(format!("log.format `{other}`: elsewhere has text and json."));
        }
        (None, None) => {}
    }
}
