//! Jsonnet in a process of its own, because an evaluation has no limit of time or memory inside.
//!
//! The process reads requests and writes answers, each a length of four bytes (big-endian) and
//! JSON. It ends when its input ends, or when an evaluation exceeds a limit.

use std::io;
use std::io::{Read, Write};
use std::process;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rlimit::{Resource, setrlimit};
use rsjsonnet_lang::arena::Arena;
use rsjsonnet_lang::interner::InternedStr;
use rsjsonnet_lang::program::{
    Callbacks, EvalStackTraceItem, ImportError, NativeError, Program, Thunk, Value,
};
use rsjsonnet_lang::span::SpanId;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value as Json};

/// The time of one evaluation. The parent waits as long; this one holds if the parent is gone.
pub(super) const TIMEOUT: Duration = Duration::from_millis(80);

/// The memory of the process. An allocation beyond it ends the process.
const MAX_MEMORY: u64 = 64 * 1024 * 1024;

/// The stack for parsing, which is recursive. The evaluation has a limit of calls instead.
const STACK: usize = 8 * 1024 * 1024;

/// The maximum length of a request or an answer.
pub(super) const MAX_MESSAGE: u32 = 8 * 1024 * 1024;

/// The maximum length of the claims. They are part of a response, and of headers elsewhere.
const MAX_CLAIMS: usize = 64 * 1024;

#[derive(Serialize)]
pub(super) struct Request<'a, C: Serialize> {
    pub mapper: &'a str,
    pub session: &'a RawValue,
    pub claims: &'a C,
}

#[derive(Deserialize)]
struct ReceivedRequest {
    mapper: String,
    session: Json,
    claims: Json,
}

/// The claims, or the reason why there are none.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Answer {
    Claims(Map<String, Json>),
    Error(String),
}

/// Serves requests until the input ends.
pub fn serve(mut input: impl Read, mut output: impl Write) -> io::Result<()> {
    setrlimit(Resource::DATA, MAX_MEMORY, MAX_MEMORY)?;
    setrlimit(Resource::CORE, 0, 0)?;
    while let Some(request) = read_message(&mut input)? {
        let request: ReceivedRequest = serde_json::from_slice(&request)?;
        let answer = serde_json::to_vec(&in_time(request)?)?;
        output.write_all(&u32::try_from(answer.len()).map_err(io::Error::other)?.to_be_bytes())?;
        output.write_all(&answer)?;
        output.flush()?;
    }
    Ok(())
}

fn read_message(input: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    match input.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    let length = u32::from_be_bytes(length).min(MAX_MESSAGE);
    let mut message = vec![0; usize::try_from(length).map_err(io::Error::other)?];
    input.read_exact(&mut message)?;
    Ok(Some(message))
}

/// Evaluates in a thread. Nothing but the end of the process can stop a thread.
fn in_time(request: ReceivedRequest) -> io::Result<Answer> {
    let (sender, receiver) = mpsc::channel();
    thread::Builder::new().stack_size(STACK).spawn(move || {
        let _ = sender.send(answer(&request));
    })?;
    Ok(receiver.recv_timeout(TIMEOUT).unwrap_or_else(|_| process::exit(1)))
}

fn answer(request: &ReceivedRequest) -> Answer {
    match evaluate(request) {
        Ok(claims) => Answer::Claims(claims),
        Err(problem) => Answer::Error(problem.to_owned()),
    }
}

/// The claims of a mapper. The error does not contain what the mapper says, because it may say
/// something about the person.
fn evaluate(request: &ReceivedRequest) -> Result<Map<String, Json>, &'static str> {
    let arena = Arena::new();
    let mut program = Program::new(&arena);
    for (name, value) in [("session", &request.session), ("claims", &request.claims)] {
        let value = converted(&mut program, value);
        let (name, thunk) = (program.intern_str(name), program.value_to_thunk(&value));
        program.add_ext_var(name, &thunk);
    }
    let source = request.mapper.as_bytes();
    let (context, _) = program.span_manager_mut().insert_source_context(source.len());
    let thunk = program.load_source(context, source, true, "claims_mapper");
    let thunk = thunk.map_err(|_| "not valid Jsonnet")?;
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
