//! The templates of sessions as JWTs.

use std::collections::BTreeMap;

use crate::kratos_config::kratos::Template;
use crate::kratos_config::output::{Output, bare_or_quoted};

/// Writes each template whose key set and mapper are embedded or files. Without its mapper, a
/// template would issue other claims, so it is left out as a whole.
pub(super) fn write(templates: &BTreeMap<String, Template>, output: &mut Output) {
    for (name, template) in templates {
        let quoted = bare_or_quoted(name);
        if let Some((key, _)) = urls(template).find(|(_, url)| !is_supported(url)) {
            output.uncarried(format!(
                "session.whoami.tokenizer.templates.{quoted}: its {key} is neither base64:// nor \
                 file://. Save the content as a file, and add the template."
            ));
            continue;
        }
        if urls(template).any(|(_, url)| url.starts_with("file://")) {
            output.check(format!(
                "session.tokenizer.templates.{quoted}: elsewhere has to find its files under the \
                 same paths as Kratos."
            ));
        }
        write_one(name, template, output);
    }
}

fn write_one(name: &str, template: &Template, output: &mut Output) {
    output.section(&["session", "tokenizer", "templates", name]);
    if let Some(ttl) = &template.ttl {
        output.text("ttl", ttl.as_str());
    }
    for (key, url) in urls(template) {
        output.text(key, url);
    }
    if let Some(source) = &template.subject_source {
        output.text("subject_source", source);
    }
}

fn urls(template: &Template) -> impl Iterator<Item = (&'static str, &str)> {
    let mapper = template.claims_mapper_url.as_deref().filter(|url| !url.is_empty());
    let mapper = mapper.map(|url| ("claims_mapper_url", url));
    [("jwks_url", template.jwks_url.as_str())].into_iter().chain(mapper)
}

fn is_supported(url: &str) -> bool {
    ["base64://", "file://"].iter().any(|scheme| url.starts_with(scheme))
}
