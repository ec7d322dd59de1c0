//! YAML as JSON values, within limits.
//!
//! Aliases can expand a small file to any size, and nesting can exhaust the stack. The parser
//! delivers events in linear time; the limits on depth and expanded size are enforced here.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, StrInput, Tag};
use serde_json::{Map, Value};

const MAX_DEPTH: usize = 64;
/// The limit on the memory of all values, aliases expanded.
const MAX_BYTES: usize = 16 << 20;
/// The approximate memory of a value without its text.
const BYTES_PER_VALUE: usize = 64;

/// Parses one document. Errors name the line, and never quote the text.
pub(super) fn parse(text: &str) -> Result<Value, String> {
    let mut loader =
        Loader { parser: Parser::new_from_str(text), anchors: HashMap::new(), bytes: 0, line: 1 };
    loader.document().map_err(|problem| format!("line {}: {problem}", loader.line))
}

struct Loader<'input> {
    parser: Parser<'input, StrInput<'input>>,
    anchors: HashMap<usize, Value>,
    bytes: usize,
    line: usize,
}

impl<'input> Loader<'input> {
    fn document(&mut self) -> Result<Value, String> {
        let mut document = None;
        loop {
            match self.next()? {
                Event::StreamEnd => return Ok(document.unwrap_or(Value::Null)),
                Event::StreamStart
                | Event::DocumentStart(_)
                | Event::DocumentEnd
                | Event::Nothing => {}
                _ if document.is_some() => return Err("expected one document".to_owned()),
                event => document = Some(self.value(event, 0)?),
            }
        }
    }

    fn next(&mut self) -> Result<Event<'input>, String> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => {
                self.line = span.start.line();
                Ok(event)
            }
            Some(Err(error)) => {
                self.line = error.marker().line();
                Err(not_yaml(&error))
            }
            None => Ok(Event::StreamEnd),
        }
    }

    fn value(&mut self, event: Event<'input>, depth: usize) -> Result<Value, String> {
        if depth > MAX_DEPTH {
            return Err(format!("expected at most {MAX_DEPTH} levels"));
        }
        let (value, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.count(BYTES_PER_VALUE + text.len())?;
                (scalar(&text, style, tag.as_deref()), anchor)
            }
            Event::SequenceStart(anchor, _) => (self.sequence(depth)?, anchor),
            Event::MappingStart(anchor, _) => (self.mapping(depth)?, anchor),
            Event::Alias(anchor) => {
                let value = self.anchors.get(&anchor).ok_or("an alias contains itself")?.clone();
                self.count(bytes_of(&value))?;
                return Ok(value);
            }
            _ => return Err("not valid YAML".to_owned()),
        };
        if anchor != 0 {
            self.count(bytes_of(&value))?;
            self.anchors.insert(anchor, value.clone());
        }
        Ok(value)
    }

    fn sequence(&mut self, depth: usize) -> Result<Value, String> {
        self.count(BYTES_PER_VALUE)?;
        let mut items = Vec::new();
        loop {
            match self.next()? {
                Event::SequenceEnd => return Ok(Value::Array(items)),
                event => items.push(self.value(event, depth + 1)?),
            }
        }
    }

    /// A mapping. A key without a value is a key that is not set. The key `<<` adds the keys of
    /// other mappings (<https://yaml.org/type/merge.html>), as in Kratos's parser.
    fn mapping(&mut self, depth: usize) -> Result<Value, String> {
        self.count(BYTES_PER_VALUE)?;
        let (mut keys, mut merged) = (Map::new(), Vec::new());
        loop {
            let key = match self.next()? {
                Event::MappingEnd => break,
                Event::Scalar(key, ..) => key.into_owned(),
                _ => return Err("expected a text as a key".to_owned()),
            };
            self.count(BYTES_PER_VALUE + key.len())?;
            let event = self.next()?;
            match self.value(event, depth + 1)? {
                Value::Null => {}
                Value::Array(mappings) if key == "<<" => merged.extend(mappings),
                mapping if key == "<<" => merged.push(mapping),
                value => {
                    if keys.insert(key, value).is_some() {
                        return Err("a key is set twice".to_owned());
                    }
                }
            }
        }
        for mapping in merged {
            let Value::Object(mapping) = mapping else {
                return Err("expected a mapping, or a list of mappings, for <<".to_owned());
            };
            for (key, value) in mapping {
                keys.entry(key).or_insert(value);
            }
        }
        Ok(Value::Object(keys))
    }

    fn count(&mut self, bytes: usize) -> Result<(), String> {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes > MAX_BYTES {
            return Err(format!("expected at most {MAX_BYTES} bytes with aliases expanded"));
        }
        Ok(())
    }
}

/// The value of a scalar by YAML's core schema
/// (<https://yaml.org/spec/1.2.2/#103-core-schema>).
fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Value {
    if style != ScalarStyle::Plain || tag.is_some() {
        return Value::String(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => number(text).unwrap_or_else(|| Value::String(text.to_owned())),
    }
}

fn number(text: &str) -> Option<Value> {
    let digits = text.trim_start_matches(['+', '-', '.']);
    if !digits.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let integer = text.parse::<i64>().map(Value::from);
    integer.or_else(|_| text.parse::<f64>().map(Value::from)).ok()
}

fn bytes_of(value: &Value) -> usize {
    let inner = match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(bytes_of).sum(),
        Value::Object(keys) => {
            keys.iter().map(|(key, value)| BYTES_PER_VALUE + key.len() + bytes_of(value)).sum()
        }
        _ => 0,
    };
    BYTES_PER_VALUE + inner
}

/// The parser's messages are fixed texts. One of them quotes a single character.
fn not_yaml(error: &ScanError) -> String {
    format!("not valid YAML: {}", error.info())
}
