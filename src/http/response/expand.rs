//! What is shown besides what Kratos shows, where `expand` asks for it.

use crate::http::AppState;
use crate::http::response::error::ApiError;
use crate::session::Session;

/// Nothing of it unless it is asked for, so that the plain answer stays Kratos's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::http) struct Expand {
    /// What a person knows a device by, and how they signed in, in words.
    pub device_labels: bool,
    /// When a session was last used.
    pub activity: bool,
}

impl Expand {
    /// Of a public query: other names there are passed over, as Kratos does.
    pub(in crate::http) fn parse(query: Option<&str>) -> Self {
        let mut expand = Self::default();
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            if name == "expand" {
                for name in value.split(',') {
                    expand.add(name);
                }
            }
        }
        expand
    }

    /// Whether it is the name of one.
    pub(in crate::http) fn add(&mut self, name: &str) -> bool {
        match name.trim().to_ascii_lowercase().as_str() {
            "device_labels" => self.device_labels = true,
            "activity" => self.activity = true,
            _ => return false,
        }
        true
    }

    /// Adds to sessions what stands elsewhere in the database, if it is asked for.
    pub(in crate::http) async fn read_into<T>(
        self,
        app: &AppState,
        sessions: &mut [T],
    ) -> Result<(), ApiError>
    where
        T: AsRef<Session> + AsMut<Session>,
    {
        if self.activity {
            app.activity.show(sessions).await?;
        }
        Ok(())
    }

    /// As parameters of a link to another page; without commas, at which many split `Link`.
    pub(in crate::http) fn parameters(self) -> &'static str {
        match (self.device_labels, self.activity) {
            (false, false) => "",
            (true, false) => "&expand=device_labels",
            (false, true) => "&expand=activity",
            (true, true) => "&expand=device_labels&expand=activity",
        }
    }
}
