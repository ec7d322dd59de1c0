//! The rules for a cookie that browsers accept from this service, and send to it.

use url::Host;

use crate::config::public_suffix;
use crate::config::{BaseUrl, ConfigError, CookieDomain, SameSite, Session};

/// The prefixes of names that bind a cookie to attributes (RFC 6265bis §4.1.3, and for those with
/// `Http` draft-ietf-httpbis-layered-cookies), in lower case: browsers ignore the case. All of
/// them need TLS. `HttpOnly` is always set.
const PREFIXES: [&str; 4] = ["__host-http-", "__host-", "__http-", "__secure-"];
/// Those of a cookie for one host only, and for all of its paths.
const OF_ONE_HOST: &str = "__host-";

/// Checks the settings of the session cookie against the URL whose host sets it.
pub(super) fn check(session: &Session, base_url: &BaseUrl) -> Result<(), ConfigError> {
    check_prefix(session, base_url)?;
    check_domain(session, base_url)?;
    check_path(session, base_url)?;
    if session.cookie_same_site == SameSite::None && !base_url.is_secure() {
        return Err(ConfigError(
            "session.cookie_same_site: expected \"Lax\" or \"Strict\", because browsers accept \
             \"None\" over https only, and server.base_url is http"
                .to_owned(),
        ));
    }
    Ok(())
}

fn check_prefix(session: &Session, base_url: &BaseUrl) -> Result<(), ConfigError> {
    let name = session.cookie_name.as_str().to_ascii_lowercase();
    let Some(prefix) = PREFIXES.into_iter().find(|prefix| name.starts_with(prefix)) else {
        return Ok(());
    };
    let prefix = &session.cookie_name.as_str()[..prefix.len()];
    if !base_url.is_secure() {
        return Err(ConfigError(format!(
            "session.cookie_name: expected a name without `{prefix}`, because browsers accept it \
             over https only, and server.base_url is http"
        )));
    }
    let is_of_one_host = name.starts_with(OF_ONE_HOST);
    if is_of_one_host && session.cookie_domain.is_some() {
        return Err(ConfigError(format!(
            "session.cookie_domain: expected none, because session.cookie_name begins with \
             `{prefix}`, and browsers accept such a cookie without a domain only"
        )));
    }
    if is_of_one_host && session.cookie_path.as_str() != "/" {
        return Err(ConfigError(format!(
            "session.cookie_path: expected `/`, because session.cookie_name begins with \
             `{prefix}`, and browsers accept such a cookie with this path only"
        )));
    }
    Ok(())
}

/// Checks that the host domain-matches the domain (RFC 6265 §5.1.3), which is no public suffix.
fn check_domain(session: &Session, base_url: &BaseUrl) -> Result<(), ConfigError> {
    let Some(domain) = session.cookie_domain.as_ref().map(CookieDomain::as_str) else {
        return Ok(());
    };
    if public_suffix::is_listed(domain) {
        return Err(ConfigError(format!(
            "session.cookie_domain: expected a domain of your own, because `{domain}` is a public \
             suffix, and browsers accept no cookies for it"
        )));
    }
    let Some(host) = base_url.host() else { return Ok(()) };
    let is_within = matches!(host, Host::Domain(name)
        if name.strip_suffix(domain).is_some_and(|name| name.ends_with('.')));
    let host = host.to_string();
    if is_within && public_suffix::is_single_word(domain) {
        return Err(ConfigError(format!(
            "session.cookie_domain: expected a domain with a dot, or none, because browsers \
             accept no cookies for `{domain}` from `{host}`"
        )));
    }
    if is_within || host == domain {
        return Ok(());
    }
    Err(ConfigError(format!(
        "session.cookie_domain: expected the host of server.base_url, `{host}`, a domain above it, \
         or none, got `{domain}`: browsers accept no other"
    )))
}

/// Checks that browsers send the cookie to a path of this service (RFC 6265 §5.1.4).
fn check_path(session: &Session, base_url: &BaseUrl) -> Result<(), ConfigError> {
    let path = session.cookie_path.as_str();
    let slashed = |path: &str| format!("{}/", path.trim_end_matches('/'));
    let (cookies, service) = (slashed(path), slashed(base_url.path()));
    if service.starts_with(&cookies) || cookies.starts_with(&service) {
        return Ok(());
    }
    Err(ConfigError(format!(
        "session.cookie_path: expected `/` or a path with `{service}`, because browsers send a \
         cookie for `{path}` to no path of server.base_url"
    )))
}
