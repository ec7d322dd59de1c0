//! The processes in which mappers run. A mapper that fails, does not end or needs too much memory
//! costs its request, and no other.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use quick_cache::sync::Cache;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use uuid::Uuid;

use crate::tokenizer::claims::Claims;
use crate::tokenizer::error::MapperError;
use crate::tokenizer::mapper_process::Answer;
use crate::tokenizer::worker::Worker;

/// The time that a request waits for one of the processes.
const MAX_WAIT: Duration = Duration::from_secs(1);

/// The time for an answer. The process stops long before, unless the machine is overloaded.
const MAX_ANSWER_TIME: Duration = Duration::from_secs(1);

/// The time during which an identity whose mapper exceeded a limit is not tried again.
const PAUSE: Duration = Duration::from_secs(10);

/// The number of such identities that are remembered.
const MAX_PAUSED: usize = 1024;

pub(super) struct ClaimsMapper {
    program: PathBuf,
    /// One more than there are cores: more would only compete.
    slots: Semaphore,
    /// One fewer for each template, so that a slow one leaves a process to the others.
    slots_of_template: BTreeMap<String, Semaphore>,
    idle: Mutex<Vec<Worker>>,
    paused: Cache<(String, Uuid), Instant>,
}

const NOT_JSON: MapperError = MapperError::Failed(Cow::Borrowed("not valid JSON"));

#[derive(Serialize)]
struct Request<'a> {
    mapper: &'a str,
    session: &'a RawValue,
    claims: &'a Claims,
}

impl ClaimsMapper {
    pub(super) fn new<'a>(program: &Path, templates: impl Iterator<Item = &'a String>) -> Self {
        let slots = available_parallelism().map_or(1, usize::from) + 1;
        Self {
            program: program.to_owned(),
            slots: Semaphore::new(slots),
            slots_of_template: templates
                .map(|name| (name.clone(), Semaphore::new(slots - 1)))
                .collect(),
            idle: Mutex::default(),
            paused: Cache::new(MAX_PAUSED),
        }
    }

    /// The claims that the mapper of a template returns for a session, given as JSON.
    pub(super) async fn run(
        &self,
        (template, mapper): (&str, &str),
        identity: Uuid,
        session: &[u8],
        claims: &Claims,
    ) -> Result<Map<String, Value>, MapperError> {
        let session: &RawValue = serde_json::from_slice(session).map_err(|_| NOT_JSON)?;
        let request = Request { mapper, session, claims };
        let request = serde_json::to_vec(&request).map_err(|_| NOT_JSON)?;
        let person = (template.to_owned(), identity);
        if self.paused.get(&person).is_some_and(|since| since.elapsed() < PAUSE) {
            return Err(MapperError::LimitExceeded);
        }
        let both = async {
            let of_template = self.slots_of_template.get(template)?.acquire().await.ok()?;
            Some((of_template, self.slots.acquire().await.ok()?))
        };
        let Ok(Some(_slots)) = timeout(MAX_WAIT, both).await else {
            return Err(MapperError::Unavailable("too many requests wait for a mapper"));
        };
        let answer = self.ask(&request).await;
        if let Err(MapperError::LimitExceeded) = answer {
            self.paused.insert(person, Instant::now());
        }
        answer
    }

    /// Asks an idle process, or a new one if there is none, or if the idle one has died.
    async fn ask(&self, request: &[u8]) -> Result<Map<String, Value>, MapperError> {
        let idle = self.idle().pop();
        if let Some(worker) = idle
            && let Ok(answer) = self.ask_worker(worker, request).await?
        {
            return claims(answer);
        }
        let worker = Worker::start(&self.program).await;
        let worker = worker.map_err(|_| MapperError::Unavailable("failed to start a process"))?;
        // A new process dies if it needs too much memory.
        let answer = self.ask_worker(worker, request).await?;
        claims(answer.map_err(|_| MapperError::LimitExceeded)?)
    }

    /// Returns the inner error if the process has died.
    async fn ask_worker(
        &self,
        mut worker: Worker,
        request: &[u8],
    ) -> Result<io::Result<Answer>, MapperError> {
        let Ok(answer) = timeout(MAX_ANSWER_TIME, worker.ask(request)).await else {
            return Err(MapperError::Unavailable("a mapper did not answer in time"));
        };
        if let Ok(Answer::Claims(_) | Answer::Error(_)) = answer {
            self.idle().push(worker);
        }
        Ok(answer)
    }

    /// The idle processes that live.
    fn idle(&self) -> MutexGuard<'_, Vec<Worker>> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain_mut(Worker::is_alive);
        idle
    }
}

fn claims(answer: Answer) -> Result<Map<String, Value>, MapperError> {
    match answer {
        Answer::Claims(claims) => Ok(claims),
        Answer::Error(problem) => Err(MapperError::Failed(problem.into())),
        Answer::TimeIsUp => Err(MapperError::LimitExceeded),
    }
}
