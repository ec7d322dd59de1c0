//! Deliberate differences from the responses of Kratos, with their reasons.

/// The response expected instead of the recorded one.
pub enum ExpectedResponse {
    /// The response recorded for another exchange.
    AsFor(&'static str),
    /// 400, with the name of the parameter and the problem.
    BadParameter(&'static str, &'static str),
    /// A page of this size of Ana's nine other sessions, beginning with this one.
    Page { from: usize, size: usize },
    /// The same page, requested by number and therefore with the total.
    NumberedPage { from: usize, size: usize },
    /// The error envelope instead of plain text.
    Envelope(&'static str),
    /// Everything that is allowed, instead of an echo of the request.
    Preflight { allowed: bool },
    /// The redirect without its page and its cookie.
    Redirect,
    /// 404, with a hint where to send the request.
    NotHere(&'static str),
    /// 405, with the methods that are allowed.
    NotAllowed(&'static str),
    /// A JWT with this lifetime, in seconds.
    Lifetime(u32),
    /// 400, with this reason.
    BadRequest(&'static str),
    /// The number of revoked sessions.
    Count(u64),
    /// The same session, with a full lifespan from now on and with its devices.
    Extended,
    /// The same session, with its devices as in another exchange.
    DevicesOf(&'static str),
    /// The same rows, with these links.
    Links(&'static [&'static str]),
    /// The version of this service.
    Version,
}

use ExpectedResponse::{
    AsFor, BadParameter, BadRequest, Count, DevicesOf, Envelope, Extended, Lifetime, Links,
    NotAllowed, NotHere, NumberedPage, Page, Preflight, Redirect, Version,
};

/// The deliberate differences: exchange, reason, and expected response.
const DIFFERENCES: &[(&str, &str, ExpectedResponse)] = &[
    (
        "list/cookie url-encoded padding",
        "some clients percent-encode cookie values; the meaning is unambiguous",
        AsFor("list/cookie"),
    ),
    (
        "list/token of an inactive identity",
        "an inactive identity is refused, as by whoami",
        AsFor("list/unknown token"),
    ),
    ("page/page_size=0", "0 is the default", AsFor("list/token")),
    ("page/page_size=-1", "not a valid size", BadParameter("page_size", NOT_A_NUMBER)),
    ("page/page_size=x", "not a valid size", BadParameter("page_size", NOT_A_NUMBER)),
    ("page/per_page=0", "0 is the default", NumberedPage { from: 0, size: 250 }),
    ("page/per_page=x", "not a valid size", BadParameter("per_page", NOT_A_NUMBER)),
    ("page/page=-1", "not a valid page number", BadParameter("page", NOT_A_NUMBER)),
    ("page/page_token=garbage", "not a valid token", BadParameter("page_token", NOT_A_TOKEN)),
    ("page/page=0&per_page=4", STABLE_PAGES, NumberedPage { from: 0, size: 4 }),
    ("page/page=1&per_page=4", STABLE_PAGES, NumberedPage { from: 0, size: 4 }),
    ("page/page=2&per_page=4", STABLE_PAGES, NumberedPage { from: 4, size: 4 }),
    ("page/page=3&per_page=4", STABLE_PAGES, NumberedPage { from: 8, size: 4 }),
    ("page/page=99&per_page=4", STABLE_PAGES, NumberedPage { from: 392, size: 4 }),
    ("page/page_size=1", STABLE_PAGES, Page { from: 0, size: 1 }),
    ("page/page_size=3", STABLE_PAGES, Page { from: 0, size: 3 }),
    ("page/page_size=3&page=2", STABLE_PAGES, Page { from: 0, size: 3 }),
    ("walk/1", STABLE_PAGES, Page { from: 0, size: 4 }),
    ("walk/2", STABLE_PAGES, NumberedPage { from: 4, size: 4 }),
    ("walk/3", STABLE_PAGES, NumberedPage { from: 8, size: 4 }),
    ("method/POST", ENVELOPE, Envelope("This method is not allowed here")),
    ("method/PUT", ENVELOPE, Envelope("This method is not allowed here")),
    ("route/unknown", ENVELOPE, Envelope("The requested resource could not be found")),
    ("route/trailing slash", ENVELOPE, Envelope("The requested resource could not be found")),
    ("whoami/two devices", "the most recent first, as in lists", DevicesOf("admin/get expand")),
    ("version", "the version of this service", Version),
    (
        "admin/list expand wrong",
        NAMED_PARAMETER,
        BadParameter("expand", "must be identity, devices, device_labels or activity"),
    ),
    ("admin/list active wrong", NAMED_PARAMETER, BadParameter("active", "must be true or false")),
    ("admin/list token wrong", NAMED_PARAMETER, BadParameter("page_token", NOT_A_TOKEN)),
    ("admin/get malformed", NAMED_PARAMETER, BadParameter("id", "must be a UUID")),
    ("admin/identity malformed", NAMED_PARAMETER, BadParameter("id", "must be a UUID")),
    ("admin/identity list page", STABLE_PAGES, Links(&["first", "next"])),
    ("write/revoke malformed", NAMED_PARAMETER, BadParameter("id", "must be a UUID")),
    ("write/revoke all others", REVOKED_BY_CALL, Count(7)),
    ("write/revoke all again", REVOKED_BY_CALL, Count(0)),
    ("write/admin extend", "shown with its devices, as everywhere else", Extended),
    (
        "cors/preflight allowed",
        "independent of the request, so that it can be cached",
        Preflight { allowed: true },
    ),
    ("path///sessions/whoami", BARE_REDIRECT, Redirect),
    ("path//sessions//whoami", BARE_REDIRECT, Redirect),
    ("path//sessions/./whoami", BARE_REDIRECT, Redirect),
    ("path//./sessions", BARE_REDIRECT, Redirect),
    ("path//sessions/../sessions/whoami", BARE_REDIRECT, Redirect),
    ("path//sessions/whoami/", ENVELOPE, Envelope("The requested resource could not be found")),
    ("path//Sessions", ENVELOPE, Envelope("The requested resource could not be found")),
    (
        "admin redirect/DELETE sessions",
        "an operator's request never becomes one for the operator's own sessions",
        NotAllowed("GET,HEAD,POST"),
    ),
    (
        "tokenize/eddsa",
        "the default ttl is 1m, and Kratos's JWT expires when it is issued",
        Lifetime(60),
    ),
    (
        "tokenize/no_alg",
        "a template with an unusable key is refused at the start",
        BadRequest("Unable to find tokenizer template \"no_alg\"."),
    ),
    ("tokenize/no_claims", "Kratos panics", BadRequest("Unable to execute tokenizer JsonNet.")),
    ("exchange/no codes", TOKEN_EXCHANGE, NotHere(KRATOS_EXCHANGES)),
    ("exchange/wrong codes", TOKEN_EXCHANGE, NotHere(KRATOS_EXCHANGES)),
    ("cors/preflight other origin", "only the origin decides", Preflight { allowed: false }),
];

const STABLE_PAGES: &str = "every session once, in order; ory/kratos#3883";
const NAMED_PARAMETER: &str = "the error names the parameter";
const REVOKED_BY_CALL: &str =
    "sessions that this call revoked; Kratos also counts those that ended before";
const ENVELOPE: &str = "one format for all errors, and no cookie for the client";
const BARE_REDIRECT: &str = "a redirect needs no page and no cookie";
const TOKEN_EXCHANGE: &str = "a part of Kratos's login flows: routes must leave it to Kratos";
const KRATOS_EXCHANGES: &str =
    "Session tokens are exchanged by Kratos: route GET /sessions/token-exchange to it.";
const NOT_A_NUMBER: &str = "must be a number, 0 or greater";
const NOT_A_TOKEN: &str = "is invalid: take it from a Link header, as it is";

pub fn names() -> impl Iterator<Item = &'static str> {
    DIFFERENCES.iter().map(|(name, ..)| *name)
}

/// The response expected for this exchange, if it differs.
pub fn of(name: &str) -> Option<&'static ExpectedResponse> {
    DIFFERENCES.iter().find(|(listed, ..)| *listed == name).map(|(.., expected)| expected)
}
