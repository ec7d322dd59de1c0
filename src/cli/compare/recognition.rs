//! The check that the options name the right servers, by their answers to a question without a
//! credential. It uses no path of its own, so it also works through gateways.

use http::StatusCode;
use http::header::VARY;
use serde_json::Value;

use crate::cli::CliError;
use crate::cli::compare::client::{Answer, Client};
use crate::cli::compare::questions::Question;
use crate::cli::compare::server::Server;

/// The header that elsewhere names in `Vary`, and Kratos does not.
const MARK: &str = "x-session-token";

/// The server at `--kratos`, as its answer shows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Other {
    LikeKratos,
    Elsewhere,
    Foreign,
}

impl Other {
    fn of(answer: &Answer) -> Self {
        if is_elsewhere(answer) {
            Self::Elsewhere
        } else if answer.status.is_server_error() || is_refusal(answer) {
            Self::LikeKratos
        } else {
            Self::Foreign
        }
    }
}

/// An error if the server at `--elsewhere` is not elsewhere.
pub(super) async fn check(
    client: &Client,
    [kratos, elsewhere]: [&Server; 2],
) -> Result<Other, CliError> {
    let question = Question::without_credential();
    let (at_kratos, at_elsewhere) =
        tokio::join!(client.ask(kratos, &question), client.ask(elsewhere, &question));
    let (at_kratos, at_elsewhere) = (at_kratos?, at_elsewhere?);
    let other = Other::of(&at_kratos);
    if is_elsewhere(&at_elsewhere) {
        return Ok(other);
    }
    let reason = if other == Other::Elsewhere && is_refusal(&at_elsewhere) {
        ", but the one at --kratos is: exchange the two URLs"
    } else {
        " (its whoami has no `Vary: X-Session-Token`)"
    };
    let url = &elsewhere.url;
    let problem = format!("the server at {url} is not the public API of elsewhere{reason}");
    Err(CliError::Usage(format!("--elsewhere: {problem}")))
}

fn is_elsewhere(answer: &Answer) -> bool {
    let values = answer.headers.get_all(VARY).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|list| list.split(',')).any(|name| name.trim().eq_ignore_ascii_case(MARK))
}

/// Returns true for a 401 with the error of a session API.
fn is_refusal(answer: &Answer) -> bool {
    let body = serde_json::from_slice::<Value>(&answer.body);
    answer.status == StatusCode::UNAUTHORIZED && body.is_ok_and(|body| body["error"].is_object())
}
