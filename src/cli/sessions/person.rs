//! People as operators name them: by the id of their identity, or by e-mail address.

use std::str::FromStr;

use elsewhere::logging;
use elsewhere::service::SessionService;
use uuid::Uuid;

use crate::cli::CliError;
use crate::cli::output::printable;

pub(super) enum Person {
    Identity(Uuid),
    Email(EmailAddress),
}

/// An e-mail address, or another login identifier, without the space around it.
#[derive(Debug, Clone)]
pub(super) struct EmailAddress(String);

impl FromStr for EmailAddress {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.is_empty() { Err("expected an e-mail address") } else { Ok(Self(text.to_owned())) }
    }
}

impl Person {
    pub(super) fn of(identity: Option<Uuid>, email: Option<EmailAddress>) -> Option<Self> {
        identity.map(Self::Identity).or(email.map(Self::Email))
    }

    /// The person's identities: several if they share the e-mail address. An error if there are
    /// none.
    pub(super) async fn find(&self, service: &SessionService) -> Result<Vec<Uuid>, CliError> {
        match self {
            Self::Identity(identity) if service.identity_exists(*identity).await? => {
                Ok(vec![*identity])
            }
            Self::Identity(identity) => {
                Err(CliError::Failed(format!("there is no identity {identity}")))
            }
            Self::Email(address) => search(service, address).await,
        }
    }
}

async fn search(service: &SessionService, address: &EmailAddress) -> Result<Vec<Uuid>, CliError> {
    let found = service.search_email(&address.0).await?;
    let unsearched =
        found.unsearched.map(|problem| format!("login identifiers were not searched: {problem}"));
    if found.identities.is_empty() {
        let nobody = format!("nobody has the e-mail address {}", printable(&address.0));
        return Err(match unsearched {
            None => CliError::Failed(nobody),
            Some(problem) => CliError::Usage(format!("{nobody}, but {problem}")),
        });
    }
    if let Some(problem) = unsearched {
        logging::print_error(&problem);
    }
    Ok(found.identities)
}
