//! The signals that are passed on to a command.

use std::io::{self, IsTerminal};

use rustix::process::Signal;
use tokio::signal::unix::{self, SignalKind};

/// Those that end a process and that it can take care of, from [`listen`](Self::listen) on.
pub(super) struct Signals {
    terminate: unix::Signal,
    interrupt: unix::Signal,
    hang_up: unix::Signal,
    quit: unix::Signal,
    /// A terminal sends its signals to the command itself, too.
    has_terminal: bool,
}

impl Signals {
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: unix::signal(SignalKind::terminate())?,
            interrupt: unix::signal(SignalKind::interrupt())?,
            hang_up: unix::signal(SignalKind::hangup())?,
            quit: unix::signal(SignalKind::quit())?,
            has_terminal: io::stdin().is_terminal()
                || io::stdout().is_terminal()
                || io::stderr().is_terminal(),
        })
    }

    /// Waits for the next one that the command has not got already.
    pub(super) async fn next(&mut self) -> Signal {
        loop {
            let (signal, is_from_terminal) = tokio::select! {
                _ = self.terminate.recv() => (Signal::TERM, false),
                _ = self.interrupt.recv() => (Signal::INT, self.has_terminal),
                _ = self.hang_up.recv() => (Signal::HUP, self.has_terminal),
                _ = self.quit.recv() => (Signal::QUIT, self.has_terminal),
            };
            if !is_from_terminal {
                return signal;
            }
        }
    }
}
