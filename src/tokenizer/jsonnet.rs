//! Mappers: Jsonnet that makes claims of a session. It reads no files and no environment.

use rsjsonnet_lang::arena::Arena;
use rsjsonnet_lang::interner::InternedStr;
use rsjsonnet_lang::program::{
    Callbacks, EvalStackTraceItem, ImportError, NativeError, Program, Thunk, Value,
};
use rsjsonnet_lang::span::SpanId;
use serde::Deserialize;
use serde_json::{Map, Value as Json};

/// The maximum length of the claims. They are part of a response, and of headers elsewhere.
const MAX_CLAIMS: usize = 64 * 1024;

#[derive(Deserialize)]
pub(super) struct Input {
    mapper: String,
    session: Json,
    claims: Json,
}

/// Returns true for a program that could be evaluated.
pub(super) fn is_valid(source: &str) -> bool {
    let arena = Arena::new();
    load(&mut Program::new(&arena), source).is_some()
}

/// The claims of a mapper. The error does not contain what the mapper says, because it may say
/// something about the person.
pub(super) fn claims(input: &Input) -> Result<Map<String, Json>, &'static str> {
    let arena = Arena::new();
    let mut program = Program::new(&arena);
    for (name, value) in [("session", &input.session), ("claims", &input.claims)] {
        let value = converted(&mut program, value);
        let (name, thunk) = (program.intern_str(name), program.value_to_thunk(&value));
        program.add_ext_var(name, &thunk);
    }
    let thunk = load(&mut program, &input.mapper).ok_or("not valid Jsonnet")?;
    let value = program.eval_value(&thunk, &mut Sealed).map_err(|_| "the evaluation failed")?;
    let json = program.manifest_json(&value, false).map_err(|_| "the evaluation failed")?;
    let claims = serde_json::from_str::<Json>(&json).ok().and_then(|mut result| {
        match result.get_mut("claims").map(Json::take) {
            Some(Json::Object(claims)) => Some(claims),
            _ => None,
        }
    });
    let claims = claims.ok_or("expected {claims: {…}}, got something else")?;
    if json.len() > MAX_CLAIMS {
        return Err("the claims are larger than 64 KiB");
    }
    Ok(claims)
}

fn load<'p>(program: &mut Program<'p>, source: &str) -> Option<Thunk<'p>> {
    let (context, _) = program.span_manager_mut().insert_source_context(source.len());
    program.load_source(context, source.as_bytes(), true, "claims_mapper").ok()
}

fn converted<'p>(program: &mut Program<'p>, json: &Json) -> Value<'p> {
    match json {
        Json::Null => Value::null(),
        Json::Bool(value) => Value::bool(*value),
        Json::Number(number) => Value::number(number.as_f64().unwrap_or_default()),
        Json::String(text) => Value::string(text),
        Json::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| converted(program, item)).collect();
            program.make_array(&items)
        }
        Json::Object(fields) => {
            let fields: Vec<_> = fields
                .iter()
                .map(|(name, value)| (program.intern_str(name), converted(program, value)))
                .collect();
            program.make_object(&fields)
        }
    }
}

/// No imports, no native functions, and no output.
struct Sealed;

impl<'p> Callbacks<'p> for Sealed {
    fn import(
        &mut self,
        _: &mut Program<'p>,
        _: SpanId,
        _: &str,
    ) -> Result<Thunk<'p>, ImportError> {
        Err(ImportError)
    }

    fn import_str(
        &mut self,
        _: &mut Program<'p>,
        _: SpanId,
        _: &str,
    ) -> Result<String, ImportError> {
        Err(ImportError)
    }

    fn import_bin(
        &mut self,
        _: &mut Program<'p>,
        _: SpanId,
        _: &str,
    ) -> Result<Vec<u8>, ImportError> {
        Err(ImportError)
    }

    fn trace(&mut self, _: &mut Program<'p>, _: &str, _: &[EvalStackTraceItem]) {}

    fn native_call(
        &mut self,
        _: &mut Program<'p>,
        _: InternedStr<'p>,
        _: &[Value<'p>],
    ) -> Result<Value<'p>, NativeError> {
        Err(NativeError)
    }
}
