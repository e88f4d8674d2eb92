//! A terminal that remembers what is printed on it.

use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::thread::JoinHandle;

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

pub(crate) struct Terminal {
    /// The path by which others print on it.
    pub(crate) path: String,
    // As long as it is open, the terminal stays.
    side: OwnedFd,
    text: JoinHandle<String>,
}

impl Terminal {
    pub(crate) fn new() -> Self {
        // Inherited, it would stay open as long as servers of other tests.
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let terminal = openpt(flags).expect("there are terminals");
        grantpt(&terminal).expect("it is ours");
        unlockpt(&terminal).expect("it is ours");
        let path = ptsname(&terminal, Vec::new()).expect("it has a name");
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let side = rustix::fs::open(&path, flags, Mode::empty()).expect("it opens");
        let path = path.into_string().expect("the path is UTF-8");
        let text = std::thread::spawn(move || read(File::from(terminal)));
        Self { path, side, text }
    }

    /// Everything that was printed, once nobody has it open.
    pub(crate) fn text(self) -> String {
        drop(self.side);
        self.text.join().expect("what is printed is text")
    }
}

fn read(mut terminal: File) -> String {
    let mut text = Vec::new();
    // The end of a terminal is an error on Linux.
    let _ = terminal.read_to_end(&mut text);
    String::from_utf8(text).expect("it is text").replace("\r\n", "\n")
}
