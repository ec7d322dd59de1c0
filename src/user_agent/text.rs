//! The structure of a `User-Agent`: products, and comments in parentheses (RFC 9110 §10.1.5).

use std::mem;

/// The most products, comments, and parts of a comment: any further ones are ignored. Real texts
/// have up to 25.
const MAX_PARTS: usize = 40;

/// The parts of a text, in its order.
#[derive(Default)]
pub(super) struct Text<'a> {
    pub products: Vec<Product<'a>>,
    /// The parts of each comment, which semicolons separate.
    pub comments: Vec<Vec<&'a str>>,
}

/// A name and a version, such as `Example App/3.2.1`.
pub(super) struct Product<'a> {
    /// The words before the version. Only the last one belongs to the product for certain.
    pub words: Vec<&'a str>,
    /// Absent if the words end without a version.
    pub version: Option<&'a str>,
}

impl<'a> Text<'a> {
    /// Reads any text, in time linear in its length. Parentheses need not be balanced.
    pub(super) fn read(text: &'a str) -> Self {
        let mut read = Self::default();
        let (mut depth, mut start) = (0_usize, 0);
        for (at, mark) in text.match_indices(['(', ')']) {
            read.add(&text[start..at], depth);
            start = at + mark.len();
            if mark == ")" {
                depth = depth.saturating_sub(1);
                continue;
            }
            if depth == 0 && read.comments.len() < MAX_PARTS {
                read.comments.push(Vec::new());
            }
            depth += 1;
        }
        read.add(&text[start..], depth);
        read
    }

    fn add(&mut self, piece: &'a str, depth: usize) {
        match self.comments.last_mut() {
            Some(comment) if depth > 0 => {
                let parts = piece.split(';').flat_map(|part| part.split(", ")).map(str::trim);
                let parts = parts.filter(|part| !part.is_empty());
                comment.extend(parts.take(MAX_PARTS.saturating_sub(comment.len())));
            }
            _ => piece.split(['[', ']', ';', '|']).for_each(|run| self.add_products(run)),
        }
    }

    fn add_products(&mut self, run: &'a str) {
        let mut words = Vec::new();
        for word in run.split_whitespace() {
            match word.split_once('/') {
                Some((name, version)) if !name.is_empty() && !version.starts_with('/') => {
                    words.push(name);
                    self.add_product(mem::take(&mut words), Some(version));
                }
                None if is_version(word) && !words.is_empty() => {
                    self.add_product(mem::take(&mut words), Some(word));
                }
                None if !word.contains('=') => words.push(word),
                // Neither an address, a path nor a setting is a part of a name.
                _ => words.clear(),
            }
        }
        if !words.is_empty() {
            self.add_product(words, None);
        }
    }

    fn add_product(&mut self, words: Vec<&'a str>, version: Option<&'a str>) {
        if self.products.len() < MAX_PARTS {
            self.products.push(Product { words, version });
        }
    }

    /// The parts of the first comment, which describes the system.
    pub(super) fn system_parts(&self) -> &[&'a str] {
        self.comments.first().map_or(&[], Vec::as_slice)
    }

    /// Returns true if the text is a browser's or a web view's. All of them claim to be Mozilla or
    /// Opera.
    pub(super) fn is_web(&self) -> bool {
        self.has("Mozilla") || self.has("Opera")
    }

    /// Returns true if the text has a product of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.products.iter().any(|product| product.is(name))
    }

    /// Returns true if the text has the word `Mobile`, as those of phones.
    pub(super) fn is_mobile(&self) -> bool {
        let mut words = self.products.iter().flat_map(|product| &product.words);
        let mut parts = self.system_parts().iter().flat_map(|part| part.split([' ', '/']));
        words.any(|word| *word == "Mobile") || parts.any(|word| word == "Mobile" || word == "Mobi")
    }
}

impl Product<'_> {
    pub(super) fn is(&self, name: &str) -> bool {
        self.words.last().is_some_and(|word| word.eq_ignore_ascii_case(name))
    }
}

/// The first two numbers of a version, or an empty string.
pub(super) fn short_version(version: &str) -> &str {
    const MAX_LENGTH: usize = 16;
    // As in `ExampleApp/iOS/3.2.1`.
    let version = version.split('/').find(|part| part.contains(|c: char| c.is_ascii_digit()));
    let version = version.map_or("", |part| part.strip_prefix(['v', 'V']).unwrap_or(part));
    let end = version.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(version.len());
    let numbers = &version[..end];
    let second_dot = numbers.match_indices('.').nth(1).map_or(numbers.len(), |(at, _)| at);
    let short = numbers[..second_dot].trim_end_matches('.');
    if short.len() <= MAX_LENGTH && !short.starts_with('.') { short } else { "" }
}

/// Returns true for a word such as `354.0.0.29` or `v3.2`.
fn is_version(word: &str) -> bool {
    let digits = word.strip_prefix('v').unwrap_or(word);
    digits.starts_with(|first: char| first.is_ascii_digit())
        && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}
