//! The public suffixes: domains below which anybody can register a name, such as `co.uk`
//! (<https://publicsuffix.org>). Browsers accept no cookies for them.

/// Returns true if the list has this domain, in lower case.
pub(super) fn is_listed(domain: &str) -> bool {
    psl::suffix(domain.as_bytes())
        .is_some_and(|suffix| suffix.is_known() && suffix.as_bytes() == domain.as_bytes())
}

/// Returns true if the domain is a single word, such as `internal`. Browsers treat those like
/// listed ones.
pub(super) fn is_single_word(domain: &str) -> bool {
    !domain.contains('.')
}
