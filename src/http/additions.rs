//! What is shown besides what Kratos shows, where `expand` asks for it.

/// Nothing of it unless it is asked for, so that the plain answer stays Kratos's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Additions {
    /// What a person knows a device by, and how they signed in, in words.
    pub device_labels: bool,
}

const DEVICE_LABELS: &str = "device_labels";

impl Additions {
    /// Of a public query: other names there are passed over, as Kratos does.
    pub(super) fn parse(query: Option<&str>) -> Self {
        let mut additions = Self::default();
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            if name == "expand" {
                for name in value.split(',') {
                    additions.add(name);
                }
            }
        }
        additions
    }

    /// Whether it is the name of one.
    pub(super) fn add(&mut self, name: &str) -> bool {
        let is_known = name.trim().eq_ignore_ascii_case(DEVICE_LABELS);
        self.device_labels |= is_known;
        is_known
    }

    /// As parameters of a link to another page.
    pub(super) fn parameters(self) -> &'static str {
        if self.device_labels { "&expand=device_labels" } else { "" }
    }
}
