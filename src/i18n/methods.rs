//! Sign-in methods in words.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;

/// The text for a sign-in at another provider whose name is not known.
const SINGLE_SIGN_ON: &str = "single_sign_on";
const PROVIDER: &str = "{provider}";

/// Providers whose name is not their id with a capital letter.
const BRANDS: [(&str, &str); 3] =
    [("github", "GitHub"), ("gitlab", "GitLab"), ("linkedin", "LinkedIn")];

/// One completed authentication method.
#[derive(Deserialize)]
pub(super) struct Method<'a> {
    #[serde(borrow)]
    method: Cow<'a, str>,
    #[serde(borrow, default)]
    provider: Option<Cow<'a, str>>,
}

impl Method<'_> {
    /// Describes the method. One without a text is called by its own name.
    pub(super) fn describe(&self, texts: &BTreeMap<String, String>) -> String {
        let Some(text) = texts.get(self.method.as_ref()) else {
            return self.method.clone().into_owned();
        };
        match self.provider.as_deref().map(str::trim).filter(|provider| !provider.is_empty()) {
            Some(provider) => text.replace(PROVIDER, &name_of(provider)),
            None if text.contains(PROVIDER) => {
                texts.get(SINGLE_SIGN_ON).unwrap_or(text).replace(PROVIDER, &self.method)
            }
            None => text.clone(),
        }
    }
}

/// The name of a provider: `google` is Google, and `github` is GitHub.
fn name_of(provider: &str) -> String {
    if let Some((_, name)) = BRANDS.iter().find(|(id, _)| provider.eq_ignore_ascii_case(id)) {
        return (*name).to_owned();
    }
    let mut rest = provider.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}

#[cfg(test)]
mod tests {
    use crate::i18n::Languages;
    use crate::session::Json;

    #[test]
    fn provider_is_named_instead_of_the_protocol() {
        let languages = Languages::with(Vec::new());
        for (language, method, expected) in [
            ("en", r#""oidc", "provider": "google""#, "Google"),
            ("en", r#""oidc", "provider": "github""#, "GitHub"),
            ("en", r#""oidc", "provider": "microsoft""#, "Microsoft"),
            ("en", r#""oidc", "provider": "apple""#, "Apple"),
            ("en", r#""oidc", "provider": "gitlab""#, "GitLab"),
            ("en", r#""oidc", "provider": "facebook""#, "Facebook"),
            ("en", r#""saml", "provider": "linkedin""#, "LinkedIn"),
            ("de", r#""saml", "provider": "acme""#, "Acme"),
            ("en", r#""oidc", "provider": """#, "Single sign-on"),
            ("en", r#""oidc", "provider": null"#, "Single sign-on"),
            ("en", r#""saml""#, "Single sign-on"),
            ("de", r#""oidc""#, "Single Sign-on"),
            ("fr", r#""oidc""#, "Authentification unique"),
            ("es", r#""saml""#, "Inicio de sesión único"),
            ("en", r#""password", "provider": "google""#, "Password"),
            ("en", r#""brand_new""#, "brand_new"),
        ] {
            let text = format!(r#"[{{"method": {method}}}]"#);
            let methods: Json = serde_json::from_str(&text).unwrap();
            assert_eq!(languages.best(language).methods(&methods), [expected], "{text}");
        }
    }
}
