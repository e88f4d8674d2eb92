//! The recorder: one clock, one number for each call, one line for each call that is over.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use anyhow::{Context, Result};

use crate::history::{Call, Event, Line};

/// Records a history into a file, and keeps its calls.
#[derive(Debug)]
pub struct Recorder {
    began: Instant,
    next: AtomicU32,
    kept: Mutex<Kept>,
}

#[derive(Debug)]
struct Kept {
    file: BufWriter<File>,
    calls: Vec<Call>,
    events: Vec<Event>,
    failure: Option<std::io::Error>,
}

impl Recorder {
    /// Begins a history in a new file.
    ///
    /// # Errors
    ///
    /// The file cannot be made.
    pub fn new(path: &Path) -> Result<Self> {
        let file = File::create(path).with_context(|| format!("cannot make {}", path.display()))?;
        let kept = Kept {
            file: BufWriter::new(file),
            calls: Vec::new(),
            events: Vec::new(),
            failure: None,
        };
        Ok(Self { began: Instant::now(), next: AtomicU32::new(1), kept: Mutex::new(kept) })
    }

    /// Nanoseconds since the history began, by a clock that never goes back.
    pub fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_nanos()).expect("no history takes centuries")
    }

    /// A number for a call; never 0, so that it can be told from none in metadata.
    pub fn number(&self) -> u32 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// Records a call that is over.
    pub fn call(&self, call: Call) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.write(&Line::Call(call.clone()));
        kept.calls.push(call);
    }

    /// Records what was just done to a server or to the database.
    pub fn event(&self, what: impl Into<String>) {
        let event = Event { at: self.now(), what: what.into() };
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.write(&Line::Event(event.clone()));
        kept.events.push(event);
    }

    /// Ends the history, which is then wholly in its file, and gives its calls and events.
    ///
    /// # Errors
    ///
    /// A line could not be written.
    pub fn finish(self) -> Result<(Vec<Call>, Vec<Event>)> {
        let mut kept = self.kept.into_inner().unwrap_or_else(PoisonError::into_inner);
        let written = kept.failure.take().map_or_else(|| kept.file.flush(), Err);
        written.context("the history cannot be written")?;
        Ok((kept.calls, kept.events))
    }
}

impl Kept {
    fn write(&mut self, line: &Line) {
        let line = serde_json::to_string(line).expect("text and numbers become JSON");
        if let Err(error) = writeln!(self.file, "{line}") {
            self.failure.get_or_insert(error);
        }
    }
}
