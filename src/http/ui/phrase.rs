//! A sentence with a text in it that is not ours, such as the name of a session.

/// A sentence in three parts. The page isolates the middle one, whose words may run in another
/// direction than those around it.
pub(super) struct Phrase {
    pub before: String,
    pub inner: String,
    pub after: String,
}

impl Phrase {
    /// Puts a text in the place of a placeholder. A sentence without the placeholder stays as it
    /// is: language files of earlier versions have such ones.
    pub(super) fn with(sentence: &str, placeholder: &str, inner: &str) -> Self {
        let Some((before, after)) = sentence.split_once(placeholder) else {
            return Self::plain(sentence);
        };
        Self { before: before.to_owned(), inner: inner.to_owned(), after: after.to_owned() }
    }

    /// A sentence of our own words only.
    pub(super) fn plain(sentence: impl Into<String>) -> Self {
        Self { before: sentence.into(), inner: String::new(), after: String::new() }
    }
}
