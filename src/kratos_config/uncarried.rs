//! Keys that concern sessions or the API and have no counterpart here.

use serde_json::Value;

use crate::kratos_config::output::{Output, bare_or_quoted};

/// Sections of which every key matters, with the keys that other modules read.
const SECTIONS: [(&str, &[&str]); 6] = [
    ("session", &["lifespan", "earliest_possible_extend", "cookie", "whoami"]),
    ("session.cookie", &["name", "domain", "path", "same_site", "persistent", "secure"]),
    ("session.whoami", &["required_aal", "tokenizer"]),
    ("session.whoami.tokenizer", &["templates"]),
    ("cookies", &["domain", "path", "same_site", "secure"]),
    (
        "serve.public.cors",
        &[
            "enabled",
            "allowed_origins",
            "allow_credentials",
            "allowed_headers",
            "allowed_methods",
            "exposed_headers",
            "max_age",
        ],
    ),
];
const TEMPLATES: &str = "session.whoami.tokenizer.templates";
const TEMPLATE_KEYS: &[&str] = &["ttl", "jwks_url", "claims_mapper_url", "subject_source"];

/// Keys with a counterpart of another kind, and what to use instead.
const INSTEAD: [(&str, &str); 12] = [
    ("serve.public.host", "the address is server.listen"),
    ("serve.public.port", "the address is server.listen"),
    ("serve.public.socket", "the address is server.listen"),
    ("serve.public.tls", "the certificate is server.tls"),
    ("serve.public.domain_aliases", "server.base_url is the only URL"),
    ("serve.public.cors.allowed_methods", "elsewhere allows the methods of its public API"),
    (
        "serve.public.cors.exposed_headers",
        "elsewhere exposes the headers of its public API, such as Link and X-Total-Count",
    ),
    (
        "serve.public.cors.max_age",
        "elsewhere lets browsers cache preflight requests for 10 minutes",
    ),
    (
        "tracing",
        "Kratos sends OTLP over HTTP, elsewhere over gRPC; set traces.endpoint to the collector's \
         gRPC address, such as http://collector:4317",
    ),
    ("serve.admin", "the admin API is set up in [admin]"),
    ("session.cookie.secure", "cookies are Secure if server.base_url is https"),
    ("cookies.secure", "cookies are Secure if server.base_url is https"),
];

/// Notes the keys that nothing was made of.
pub(super) fn note(document: &Value, output: &mut Output) {
    for (path, instead) in INSTEAD {
        if at(document, path).is_some() {
            output.uncarried(format!("{path}: {instead}."));
        }
    }
    for (path, known) in SECTIONS {
        note_unknown(path, at(document, path), known, output);
    }
    let templates = at(document, TEMPLATES).and_then(Value::as_object);
    for (name, template) in templates.into_iter().flatten() {
        let path = format!("{TEMPLATES}.{}", bare_or_quoted(name));
        note_unknown(&path, Some(template), TEMPLATE_KEYS, output);
    }
}

fn note_unknown(path: &str, section: Option<&Value>, known: &[&str], output: &mut Output) {
    let keys = section.and_then(Value::as_object).into_iter().flat_map(|section| section.keys());
    for key in keys.filter(|key| !known.contains(&key.as_str())) {
        output.uncarried(format!("{path}.{}: no counterpart.", bare_or_quoted(key)));
    }
}

fn at<'document>(document: &'document Value, path: &str) -> Option<&'document Value> {
    path.split('.').try_fold(document, |section, key| section.get(key))
}
