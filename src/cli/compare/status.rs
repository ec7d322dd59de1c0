//! The comparison of statuses.

use http::StatusCode;
use serde_json::Value;

use crate::cli::compare::client::Answer;
use crate::cli::compare::difference::Kind;
use crate::cli::compare::findings::Findings;
use crate::cli::compare::hint::Hint;
use crate::cli::compare::known::Known;
use crate::cli::compare::questions::Question;

/// Returns true if the statuses are the same.
pub(super) fn compare(
    question: &Question,
    kratos: &Answer,
    elsewhere: &Answer,
    found: &mut Findings,
) -> bool {
    if kratos.status == elsewhere.status {
        return true;
    }
    if let Some(known) = known(question, kratos, elsewhere) {
        found.is_known(known);
    } else {
        let (kratos, elsewhere) = (kratos.status, elsewhere.status);
        found.differs("status", Kind::Status { kratos, elsewhere });
        found.hints.extend(hint(question, kratos, elsewhere));
        if is_ended_in_one(kratos, elsewhere) {
            found.hint(Hint::Database);
        }
    }
    false
}

fn known(question: &Question, kratos: &Answer, elsewhere: &Answer) -> Option<Known> {
    match (kratos.status, elsewhere.status) {
        (StatusCode::UNAUTHORIZED, StatusCode::OK) if question.is_by_encoded_cookie => {
            Some(Known::EncodedCookie)
        }
        (StatusCode::OK, StatusCode::UNAUTHORIZED)
            if question.is_list() && is_of_inactive_identity(&kratos.body) =>
        {
            Some(Known::ListOfInactiveIdentity)
        }
        _ => None,
    }
}

/// Returns true for a list whose sessions all say that their identity is inactive.
fn is_of_inactive_identity(body: &[u8]) -> bool {
    let sessions: Vec<Value> = serde_json::from_slice(body).unwrap_or_default();
    let is_inactive = |session: &Value| session["identity"]["state"] == "inactive";
    !sessions.is_empty() && sessions.iter().all(is_inactive)
}

/// Returns true if only one of the servers has found an active session.
fn is_ended_in_one(kratos: StatusCode, elsewhere: StatusCode) -> bool {
    [(kratos, elsewhere), (elsewhere, kratos)].contains(&(StatusCode::OK, StatusCode::UNAUTHORIZED))
}

/// The setting that may explain these statuses.
fn hint(question: &Question, kratos: StatusCode, elsewhere: StatusCode) -> Option<Hint> {
    match (kratos, elsewhere) {
        (_, StatusCode::TOO_MANY_REQUESTS) => Some(Hint::RateLimit),
        (StatusCode::FORBIDDEN, StatusCode::OK) | (StatusCode::OK, StatusCode::FORBIDDEN) => {
            Some(Hint::SecondFactor)
        }
        (StatusCode::OK, StatusCode::UNAUTHORIZED) if question.is_by_cookie => {
            Some(Hint::CookieSecrets)
        }
        (StatusCode::UNAUTHORIZED, StatusCode::OK) if question.is_by_cookie => {
            Some(Hint::CookieAge)
        }
        (_, StatusCode::BAD_REQUEST) if question.is_tokenized() => Some(Hint::Template),
        _ => None,
    }
}
