//! Changes of a session: a step-up, a renewal, and what its person or login system notes.

use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};
use time::{Duration, OffsetDateTime};

use crate::bound_key::SessionBinding;
use crate::edit::Edit;
use crate::session::{AssuranceLevel, Expiry, Json, Session, SessionName, SessionToken};

/// New values for the fields of a session. A field without one keeps its value.
#[derive(Debug, Clone, Default)]
pub struct SessionPatch {
    pub step_up: Option<StepUp>,
    pub expiry: Option<Expiry>,
    pub metadata: Edit<Json>,
    pub name: Edit<SessionName>,
    /// The old token, and its cookie, are refused from then on.
    pub token: Option<SessionToken>,
    /// A session that is bound already keeps its key.
    pub binding: Option<SessionBinding>,
}

/// Authentication methods that were completed in addition to those of the session.
#[derive(Debug, Clone)]
pub struct StepUp {
    /// At least one, in the order of their completion.
    pub methods: Vec<Json>,
    /// The highest level of these methods.
    pub level: AssuranceLevel,
    pub at: OffsetDateTime,
}

/// The fields of a session that a patch can change, before or after the change.
#[derive(Debug, Clone)]
pub struct SessionFields {
    pub level: AssuranceLevel,
    pub methods: Json,
    pub authenticated_at: OffsetDateTime,
    pub expiry: Expiry,
    pub metadata: Option<Json>,
    pub name: Option<String>,
    pub binding: Option<SessionBinding>,
}

impl SessionPatch {
    /// The fields after the change. Methods that the session has already are not added again, so
    /// that a change which is repeated, because its answer was lost, has no further effect.
    #[must_use]
    pub fn apply(&self, fields: &SessionFields) -> SessionFields {
        let mut changed = fields.clone();
        if let Some(step_up) = &self.step_up
            && let Some(methods) = with_further(&fields.methods, &step_up.methods)
        {
            changed.methods = methods;
            changed.level = fields.level.max(step_up.level);
            changed.authenticated_at = step_up.at;
        }
        if let Some(expiry) = self.expiry {
            changed.expiry = expiry;
        }
        changed.metadata = self.metadata.clone().of(changed.metadata);
        let name = self.name.as_ref().map(|name| name.as_str().to_owned());
        changed.name = name.of(changed.name);
        changed.binding = changed.binding.or_else(|| self.binding.clone());
        changed
    }
}

impl SessionFields {
    /// Returns whether these are the fields of the same state. Databases store microseconds.
    #[must_use]
    pub fn are_same(&self, other: &Self) -> bool {
        let same_time = |one: OffsetDateTime, other: OffsetDateTime| {
            (one - other).abs() < Duration::MICROSECOND
        };
        let same_end = match (self.expiry.absolute_expires_at, other.expiry.absolute_expires_at) {
            (None, None) => true,
            (Some(one), Some(other)) => same_time(one, other),
            _ => false,
        };
        self.level == other.level
            && self.name == other.name
            && self.binding == other.binding
            && same_json(Some(&*self.methods), Some(&*other.methods))
            && same_json(self.metadata.as_deref(), other.metadata.as_deref())
            && same_time(self.authenticated_at, other.authenticated_at)
            && same_time(self.expiry.expires_at, other.expiry.expires_at)
            && same_end
    }

    pub fn write_to(self, session: &mut Session) {
        session.assurance_level = self.level;
        session.authentication_methods = self.methods;
        session.authenticated_at = self.authenticated_at;
        session.expires_at = self.expiry.expires_at;
        session.absolute_expires_at = self.expiry.absolute_expires_at;
        session.metadata = self.metadata;
        session.name = self.name;
        session.bound_at = self.binding.map(|binding| binding.at);
    }
}

/// The methods of a session with those that it lacks. `None` if it lacks none.
fn with_further(known: &RawValue, further: &[Json]) -> Option<Json> {
    let known: Vec<Json> = serde_json::from_str(known.get()).unwrap_or_default();
    let is_known = |method: &Json| known.iter().any(|one| same_json(Some(one), Some(method)));
    let lacking: Vec<_> = further.iter().filter(|method| !is_known(method)).cloned().collect();
    if lacking.is_empty() {
        return None;
    }
    to_raw_value(&[known, lacking].concat()).ok()
}

fn same_json(one: Option<&RawValue>, other: Option<&RawValue>) -> bool {
    let parsed = |json: &RawValue| serde_json::from_str::<Value>(json.get()).ok();
    one.map(parsed) == other.map(parsed)
}
