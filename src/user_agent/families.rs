//! The browsers that uap-core recognises. Its data set is compiled into the program.

use std::sync::LazyLock;

use ua_parser::{Regexes, user_agent};

/// Built on first use, because that takes about 50 ms. `None` only if the data set is broken,
/// which a test would detect.
pub(super) static FAMILIES: LazyLock<Option<user_agent::Extractor<'static>>> =
    LazyLock::new(|| {
        let data = include_str!("../../data/user-agents.json");
        let data: Regexes<'static> = serde_json::from_str(data).ok()?;
        let mut families = user_agent::Builder::new();
        for parser in data.user_agent_parsers {
            families = families.push(parser).ok()?;
        }
        families.build().ok()
    });

/// The name that uap-core has for a browser.
pub(super) fn family(text: &str) -> Option<String> {
    let found = FAMILIES.as_ref()?.extract(text)?;
    Some(found.family.into_owned())
}

/// Returns true if a product's name is this family's, or its first words.
pub(super) fn is_name_of(product: &str, family: &str) -> bool {
    let product = letters(product);
    let mut start = String::new();
    family.split(' ').any(|word| {
        start.push_str(&letters(word));
        start == product
    })
}

fn letters(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
