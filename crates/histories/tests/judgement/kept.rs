//! Histories that are kept in files.

use std::fs::File;
use std::io::BufReader;

use guildhall_histories::{Recorder, history};

use crate::story::{Story, alice, get, merge, unknown};

#[test]
fn a_history_is_read_as_it_was_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.jsonl");
    let story = Story::with_limit(3).told((10, 20), get("alice"), alice()).call(
        (15, 25),
        merge("alice", "a", 7),
        unknown(),
    );
    let recorder = Recorder::new(&path).unwrap();

    for call in &story.calls {
        recorder.event("killed server 0");
        recorder.call(call.clone());
    }

    let (calls, events) = recorder.finish().unwrap();
    assert_eq!((calls, events.len()), (story.calls.clone(), story.calls.len()));
    let read = history::read(BufReader::new(File::open(&path).unwrap())).unwrap();
    assert_eq!(read, story.calls);
}

#[test]
fn a_line_that_is_none_of_a_history_is_named() {
    let text = "{\"event\":{\"at\":1,\"what\":\"killed server 0\"}}\n{\"call\":{}}\n";

    let error = history::read(text.as_bytes()).unwrap_err();

    assert_eq!(error.to_string(), "line 2 is none of a history");
}
