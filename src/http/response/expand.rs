//! Additional fields that Kratos does not have, selected by the parameter `expand`.

use crate::http::AppState;
use crate::http::response::error::ApiError;
use crate::session::Session;

/// The additional fields to include. There are none by default, so that responses without
/// `expand` are the same as Kratos's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::http) struct Expand {
    /// Descriptions of devices and authentication methods, in words.
    pub device_labels: bool,
    /// The time when a session was last used.
    pub activity: bool,
}

impl Expand {
    /// Parses a query of the public API. As in Kratos, unknown names are ignored.
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

    /// Adds a field by its name. Returns false if the name is unknown.
    pub(in crate::http) fn add(&mut self, name: &str) -> bool {
        match name.trim().to_ascii_lowercase().as_str() {
            "device_labels" => self.device_labels = true,
            "activity" => self.activity = true,
            _ => return false,
        }
        true
    }

    /// Reads those selected fields that are not part of the session's row.
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

    /// The same parameters for a link to another page. They contain no commas, because many
    /// clients split a `Link` header at commas.
    pub(in crate::http) fn parameters(self) -> &'static str {
        match (self.device_labels, self.activity) {
            (false, false) => "",
            (true, false) => "&expand=device_labels",
            (false, true) => "&expand=activity",
            (true, true) => "&expand=device_labels&expand=activity",
        }
    }
}
