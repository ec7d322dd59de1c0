//! Crawlers, link previews and monitors.

use std::borrow::Cow;

use crate::user_agent::app::App;
use crate::user_agent::names::{NAMES, Role};
use crate::user_agent::text::Text;

/// The name of a bot, as a product or in a comment. Many bots also claim to be a browser.
pub(super) fn read<'a>(text: &Text<'a>, whole: &str) -> Option<Cow<'a, str>> {
    let products = text.products.iter().flat_map(|product| {
        let words = product.words.iter().map(|word| Cow::Borrowed(*word));
        let before_last = &product.words[..product.words.len().saturating_sub(1)];
        [product.words.join(" ").into(), before_last.join(" ").into()].into_iter().chain(words)
    });
    // In a comment about Android, the other parts name a model, such as `CUBOT NOTE S`.
    let is_android = |comment: &&Vec<&str>| comment.iter().any(|part| part.starts_with("Android"));
    let comments = text.comments.iter().filter(|comment| !is_android(comment));
    let parts = comments.flatten().flat_map(|part| {
        let first = part.split(['/', ' ']).next().unwrap_or_default();
        let last = part.rsplit(' ').next().unwrap_or_default();
        [Cow::Borrowed(*part), first.into(), last.into()]
    });
    let is_explained = ["://", "www.", "@"].iter().any(|mark| whole.contains(mark))
        || text.comments.iter().flatten().any(|part| part.eq_ignore_ascii_case("compatible"));
    products.chain(parts).find_map(|name| match NAMES.role(&name) {
        Some(Role::Bot(known)) => Some(Cow::Borrowed(known.as_str())),
        None if is_explained && has_name_of_bot(&name) => {
            let words: Vec<_> = name.split(' ').collect();
            App::new(&words, None).map(|app| app.name.into_owned().into())
        }
        _ => None,
    })
}

fn has_name_of_bot(name: &str) -> bool {
    let name = name.to_lowercase();
    ["bot", "crawler", "spider"].iter().any(|end| name.ends_with(end)) && !name.ends_with("robot")
}
