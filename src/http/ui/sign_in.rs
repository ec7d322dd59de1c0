//! The addresses where people sign in.

use url::Url;

use crate::config::BaseUrl;

/// The links to `ui.sign_in_url`, if that is set. People come back to the sessions page.
pub(super) struct SignIn {
    pub first_factor: Option<String>,
    pub second_factor: Option<String>,
}

impl SignIn {
    /// For a second factor, `aal=aal2` is added to the query, as for Kratos's own sign-in:
    /// without it, Kratos redirects people who already have a session.
    pub(super) fn at(url: Option<&Url>, base_url: &BaseUrl) -> Self {
        let page = base_url.at("ui/sessions");
        let first_factor = url.map(|url| with(url.clone(), "return_to", &page));
        let second_factor = first_factor.clone().map(|url| with(url, "aal", "aal2"));
        Self {
            first_factor: first_factor.map(String::from),
            second_factor: second_factor.map(String::from),
        }
    }
}

/// Adds a parameter, unless the operator's URL has it.
fn with(mut url: Url, name: &str, value: &str) -> Url {
    if !url.query_pairs().any(|(found, _)| found == name) {
        url.query_pairs_mut().append_pair(name, value);
    }
    url
}
