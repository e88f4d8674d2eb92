//! Why nothing was copied, or not all.

use crate::error::{Error, OpenError, with_causes};

/// Why a copy is not there, or not whole.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The source cannot be opened.
    #[error("the source: {0}")]
    Source(OpenError),
    /// The target cannot be opened.
    #[error("the target: {0}")]
    Target(OpenError),
    /// The source could not be read; the same command goes on where it stopped.
    #[error("the source cannot be read: {}; run the same command again", with_causes(.0))]
    Read(Error),
    /// The target could not be written; the same command goes on where it stopped.
    #[error("the target cannot be written: {}; run the same command again", with_causes(.0))]
    Write(Error),
    /// Both ends are one database.
    #[error("the source and the target are the same database")]
    Same,
    /// The target holds something that no copy has put there.
    #[error("the target holds data already, in `{table}`: give an empty database")]
    Occupied {
        /// The first table with rows.
        table: &'static str,
    },
    /// The target was begun from another source.
    #[error(
        "the target is half filled from `{source_name}`: go on with that `--from`, or begin anew \
         with `--restart`"
    )]
    OtherSource {
        /// The name of that source.
        source_name: String,
    },
    /// Another command is filling the target.
    #[error("another command copies to the target at this moment")]
    NotAlone,
    /// There is no unfinished copy that could be begun anew.
    #[error("the target is no unfinished copy: `--restart` empties nothing else")]
    NothingToRestart,
    /// What was copied is not what the source holds.
    #[error(
        "the copy is refused, for `{table}` differs: {in_source} rows in the source, {in_target} \
         in the target{}; the source, or the target, has changed since the copy began: stop its \
         servers and begin anew with `--restart`",
        with_checksum(*.in_source, *.in_target)
    )]
    Differs {
        /// The first table that differs.
        table: &'static str,
        /// How many rows the source has.
        in_source: u64,
        /// How many the target has.
        in_target: u64,
    },
}

impl CopyError {
    /// Tells whether trying again changes nothing before somebody else has done something.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Source(error) | Self::Target(error) => {
                matches!(error, OpenError::Locked { .. } | OpenError::UnderCopy { .. })
            }
            Self::Read(_) | Self::Write(_) => false,
            Self::Same
            | Self::Occupied { .. }
            | Self::OtherSource { .. }
            | Self::NotAlone
            | Self::NothingToRestart
            | Self::Differs { .. } => true,
        }
    }
}

fn with_checksum(in_source: u64, in_target: u64) -> &'static str {
    if in_source == in_target { ", with another checksum" } else { "" }
}
