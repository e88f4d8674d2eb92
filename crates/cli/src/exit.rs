//! How a command ends.

use std::process::ExitCode;

/// What the exit code tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExitStatus {
    /// What was asked for is done.
    Done,
    /// It was understood and refused, by the server for example.
    Refused,
    /// It could not be tried, or nobody knows how it ended.
    Failed,
    /// What the command that was run exited with.
    Code(u8),
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(match status {
            ExitStatus::Done => 0,
            ExitStatus::Refused => 1,
            ExitStatus::Failed => 2,
            ExitStatus::Code(code) => code,
        })
    }
}
