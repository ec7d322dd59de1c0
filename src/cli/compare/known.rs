//! The deliberate differences from Kratos that the questions can show, with their reasons.
//!
//! The replay of a recorded Kratos has the complete table
//! (`tests/suite/api/kratos_replay/differences.rs`); `tests/suite/cli/compare.rs` compares the
//! same recording by this one.

/// A deliberate difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Known {
    Links,
    TotalCount,
    ListOfInactiveIdentity,
    EncodedCookie,
    TiedSessions,
    DeviceOrder,
    ErrorId,
    Vary,
    CacheControl,
    Challenge,
    ExposedHeaders,
    Preflight,
}

impl Known {
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::Links => {
                "Link: first always, prev and next if there is such a page; Kratos's next leads \
                 back to page one (ory/kratos#3883)"
            }
            Self::TotalCount => {
                "X-Total-Count: only if all sessions fit on one page, because counting reads all \
                 rows"
            }
            Self::ListOfInactiveIdentity => {
                "an inactive identity is refused the list, too, as it is by whoami"
            }
            Self::EncodedCookie => "a cookie whose = is percent-encoded is accepted",
            Self::TiedSessions => {
                "sessions that were created in the same instant are ordered by id"
            }
            Self::DeviceOrder => "devices are in the order of lists, the most recent first",
            Self::ErrorId => "Ory-Error-Id is sent only if the error has an id",
            Self::Vary => "Vary names every header that can carry a credential",
            Self::CacheControl => "Cache-Control: HEAD and preflights have that of GET",
            Self::Challenge => "401 has WWW-Authenticate (RFC 9110 §15.5.2)",
            Self::ExposedHeaders => "CORS: scripts can also read X-Request-Id and Retry-After",
            Self::Preflight => {
                "CORS: a preflight lists everything that is allowed, so that it can be cached"
            }
        }
    }
}
