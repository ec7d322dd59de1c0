//! Edits of an identity: a JSON Merge Patch (RFC 7396).

use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::edit::Edit;
use crate::identity::{Identity, State};
use crate::session::{AssuranceLevel, Json};

/// New values for the fields of an identity. Documents are merged into those that exist.
#[derive(Debug, Clone, Default)]
pub struct IdentityEdit {
    pub external_id: Edit<String>,
    pub schema_id: Option<String>,
    pub state: Option<State>,
    pub traits: Option<Json>,
    pub metadata_public: Edit<Json>,
    pub metadata_admin: Edit<Json>,
    pub available_level: Edit<AssuranceLevel>,
    pub organization_id: Edit<Uuid>,
}

impl IdentityEdit {
    /// The edit that only changes the state.
    #[must_use]
    pub fn state(state: State) -> Self {
        Self { state: Some(state), ..Self::default() }
    }

    /// The identity after the edit, or `None` if it is the same as before.
    #[must_use]
    pub fn apply(&self, before: &Identity, now: OffsetDateTime) -> Option<Identity> {
        let mut after = before.clone();
        after.external_id = self.external_id.clone().of(after.external_id);
        after.available_level = self.available_level.clone().of(after.available_level);
        after.organization_id = self.organization_id.clone().of(after.organization_id);
        after.metadata_public = merged_field(&self.metadata_public, after.metadata_public);
        after.metadata_admin = merged_field(&self.metadata_admin, after.metadata_admin);
        if let Some(schema_id) = &self.schema_id {
            after.schema_id.clone_from(schema_id);
        }
        if let Some(traits) = &self.traits {
            after.traits = merged(Some(&before.traits), traits);
        }
        if let Some(state) = self.state {
            after.state = state;
        }
        if is_same(before, &after) {
            return None;
        }
        after.updated_at = now;
        if after.state != before.state {
            after.state_changed_at = Some(now);
        }
        Some(after)
    }
}

fn is_same(one: &Identity, other: &Identity) -> bool {
    let same = |one: Option<&RawValue>, other: Option<&RawValue>| {
        let parsed = |json: &RawValue| serde_json::from_str::<Value>(json.get()).ok();
        one.map(parsed) == other.map(parsed)
    };
    one.external_id == other.external_id
        && one.schema_id == other.schema_id
        && one.state == other.state
        && one.available_level == other.available_level
        && one.organization_id == other.organization_id
        && same(Some(&one.traits), Some(&other.traits))
        && same(one.metadata_public.as_deref(), other.metadata_public.as_deref())
        && same(one.metadata_admin.as_deref(), other.metadata_admin.as_deref())
}

fn merged_field(edit: &Edit<Json>, before: Option<Json>) -> Option<Json> {
    match edit {
        Edit::Set(patch) => Some(merged(before.as_deref(), patch)),
        Edit::Keep => before,
        Edit::Clear => None,
    }
}

/// The target with the patch merged into it. Values that the patch does not name keep their text,
/// with all digits of their numbers. The recursion is bounded by the depth of the patch, which
/// serde_json limits.
fn merged(target: Option<&RawValue>, patch: &RawValue) -> Json {
    type Members = BTreeMap<String, Json>;
    let members = |json: &RawValue| serde_json::from_str::<Members>(json.get()).ok();
    let Some(patched) = members(patch) else {
        return patch.to_owned();
    };
    let mut merging = target.and_then(members).unwrap_or_default();
    for (name, value) in patched {
        if value.get() == "null" {
            merging.remove(&name);
        } else {
            let value = merged(merging.get(&name).map(|json| &**json), &value);
            merging.insert(name, value);
        }
    }
    // The serialization of JSON cannot fail.
    to_raw_value(&merging).unwrap_or_else(|_| patch.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use serde_json::value::RawValue;

    use super::merged;

    /// The test cases of RFC 7396, appendix A, whose targets and patches are objects, and some more.
    #[test]
    fn patch_is_merged_as_in_the_rfc() {
        for (target, patch, expected) in [
            (r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#),
            (r#"{"a":"b"}"#, r#"{"a":null}"#, "{}"),
            (r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, r#"{"b":"c"}"#),
            (r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":"c"}"#, r#"{"a":["b"]}"#, r#"{"a":["b"]}"#),
            (r#"{"a":{"b":"c"}}"#, r#"{"a":{"b":"d","c":null}}"#, r#"{"a":{"b":"d"}}"#),
            (r#"{"a":[{"b":"c"}]}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#),
            (r#"{"e":null}"#, r#"{"a":1}"#, r#"{"a":1,"e":null}"#),
            ("[1,2]", r#"{"a":"b","c":null}"#, r#"{"a":"b"}"#),
            ("{}", r#"{"a":{"bb":{"ccc":null}}}"#, r#"{"a":{"bb":{}}}"#),
            (r#"{"n":1.00000000000000000001}"#, r#"{"m": 1e999}"#, ""),
        ] {
            let raw = |text: &str| RawValue::from_string(text.to_owned()).unwrap();
            let found = merged(Some(&raw(target)), &raw(patch));
            if expected.is_empty() {
                assert_eq!(found.get(), r#"{"m":1e999,"n":1.00000000000000000001}"#);
                continue;
            }
            let parsed = |text: &str| serde_json::from_str::<Value>(text).unwrap();
            assert_eq!(parsed(found.get()), parsed(expected), "{target} {patch}");
        }
    }
}
