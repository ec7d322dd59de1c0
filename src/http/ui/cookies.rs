//! Cookies of the pages themselves. They are no credentials.

use axum::http::HeaderMap;
use axum::http::header::COOKIE;
use cookie::{Cookie, SameSite};
use time::Duration;

use crate::config::BaseUrl;

/// Writes cookies that browsers send to the pages only.
pub(super) struct PageCookies {
    path: String,
    is_secure: bool,
}

impl PageCookies {
    pub(super) fn new(base_url: &BaseUrl) -> Self {
        let path = format!("{}/ui", base_url.path());
        Self { path, is_secure: base_url.is_secure() }
    }

    /// The value of a `Set-Cookie` header.
    pub(super) fn set(
        &self,
        name: &'static str,
        value: String,
        max_age: Duration,
        same_site: SameSite,
    ) -> String {
        let cookie = Cookie::build((name, value)).path(self.path.as_str()).secure(self.is_secure);
        cookie.http_only(true).same_site(same_site).max_age(max_age).build().to_string()
    }

    /// The value of a `Set-Cookie` header that removes a cookie.
    pub(super) fn remove(&self, name: &'static str) -> String {
        self.set(name, String::new(), Duration::ZERO, SameSite::Strict)
    }
}

/// The values of all cookies of this name.
pub(super) fn values<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = &'a str> {
    let headers = headers.get_all(COOKIE).iter().filter_map(|header| header.to_str().ok());
    let pairs = headers.flat_map(|header| header.split(';'));
    let pairs = pairs.filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(move |(found, _)| *found == name).map(|(_, value)| value)
}
