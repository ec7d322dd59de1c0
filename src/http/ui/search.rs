//! The search among many sessions, by what the page shows of them.

use std::collections::HashMap;

use crate::http::ui::phrase::Phrase;
use crate::http::ui::row;
use crate::i18n::Language;
use crate::pagination::PageSize;
use crate::service::Matches;
use crate::session::{Device, Session};

/// The number of sessions that the page shows at most. More of them are too many to look through.
pub(super) const MAX_SHOWN: usize = 50;

/// The number of words that count.
const MAX_WORDS: usize = 8;

/// The words to search for, in lower case. A session has to contain each of them.
pub(super) struct Words {
    words: Vec<String>,
    /// The descriptions of devices by their user agents, in which a person's sessions repeat
    /// themselves: reading one takes longer than everything else.
    described: HashMap<String, String>,
}

impl Words {
    pub(super) fn of(text: &str) -> Self {
        let words =
            text.to_lowercase().split_whitespace().take(MAX_WORDS).map(str::to_owned).collect();
        Self { words, described: HashMap::new() }
    }

    /// Looks at the name, the device, the place and the address, as the page shows them.
    pub(super) fn are_in(&mut self, session: &Session, language: &Language) -> bool {
        let device = session.devices.first();
        let place = device.and_then(|device| row::place(device, language)).unwrap_or_default();
        let address = device.and_then(row::address).unwrap_or_default();
        let name = session.name.as_deref().unwrap_or_default();
        let described = self.describe(device, language);
        let all = [name, described, &place, address].join("\n").to_lowercase();
        self.words.iter().all(|word| all.contains(word))
    }

    fn describe(&mut self, device: Option<&Device>, language: &Language) -> &str {
        let user_agent = device.and_then(|device| device.user_agent.as_deref());
        let user_agent = user_agent.unwrap_or_default();
        self.described.entry(user_agent.to_owned()).or_insert_with(|| {
            let (text, kind) = row::described(device, language);
            format!("{text}\n{}", language.kind(kind))
        })
    }
}

/// The form, with what a search has found.
pub(super) struct Search {
    pub text: String,
    /// `None` before a search.
    pub result: Option<Phrase>,
    /// Sentences about sessions that the result leaves out.
    pub remarks: Vec<String>,
}

impl Search {
    /// The form before a search.
    pub(super) fn empty() -> Self {
        Self { text: String::new(), result: None, remarks: Vec::new() }
    }

    pub(super) fn done(text: &str, found: &Matches, language: &Language) -> Self {
        let texts = &language.page;
        let sentence = match found.total {
            0 => texts.search_none.clone(),
            total => language.count(&language.counts.matches, total as u64),
        };
        let limit = |text: &str, limit: usize| text.replace("{count}", &limit.to_string());
        let mut remarks = Vec::new();
        if found.total > found.sessions.len() {
            remarks.push(limit(&texts.search_cut, MAX_SHOWN));
        }
        if found.has_more {
            remarks.push(limit(&texts.search_limit, PageSize::MAX.get()));
        }
        let result = Phrase::with(&sentence, "{query}", text);
        Self { text: text.to_owned(), result: Some(result), remarks }
    }
}
