//! Ids for the wire and keys for the tables.

use svix_ksuid::{Ksuid, KsuidLike};

/// How many bits of a key lie below the milliseconds.
const TAIL_BITS: u32 = 20;
/// How many of them name the process; the rest counts within a millisecond.
const PROCESS_BITS: u32 = 10;
/// The first instant an id can hold, in Unix seconds; earlier ones count as this one.
const FIRST_KSUID_SECOND: i64 = 1_400_000_000;

/// Makes an id in the wire's form: `prefix` and a KSUID of `at` (Unix milliseconds) and `payload`.
pub fn new_id(prefix: &str, at: i64, payload: &[u8; 16]) -> String {
    let second = (at / 1000).clamp(FIRST_KSUID_SECOND, FIRST_KSUID_SECOND + i64::from(u32::MAX));
    let since_first = u32::try_from(second - FIRST_KSUID_SECOND).unwrap_or(u32::MAX);
    let mut bytes = [0; 20];
    bytes[..4].copy_from_slice(&since_first.to_be_bytes());
    bytes[4..].copy_from_slice(payload);
    format!("{prefix}{}", Ksuid::from_bytes(bytes))
}

/// Makes row keys that rise with time and differ between processes.
///
/// A key is the instant in Unix milliseconds above a counter above the process's own tail, so that
/// the order of keys is the order of creation, and [`Keys::instant`] tells when that was.
#[derive(Debug)]
pub struct Keys {
    process: i64,
    last: i64,
}

impl Keys {
    /// Makes keys for the process of that number; only its lowest ten bits count.
    pub fn new(process: u16) -> Self {
        Self { process: i64::from(process) & ((1 << PROCESS_BITS) - 1), last: 0 }
    }

    /// The next key at `now` (Unix milliseconds), larger than every one before.
    pub fn next_at(&mut self, now: i64) -> i64 {
        let at_now = (now << TAIL_BITS) | self.process;
        self.last = at_now.max(self.last + (1 << PROCESS_BITS));
        self.last
    }

    /// The least key that can be made at an instant (Unix milliseconds).
    pub fn first_at(instant: i64) -> i64 {
        instant << TAIL_BITS
    }

    /// When a key was made, in Unix milliseconds.
    pub fn instant(key: i64) -> i64 {
        key >> TAIL_BITS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_rise_when_the_clock_goes_back() {
        let mut keys = Keys::new(7);

        let first = keys.next_at(1_700_000_000_000);
        let second = keys.next_at(1_600_000_000_000);

        assert!(second > first);
        assert_eq!(Keys::instant(second), 1_700_000_000_000);
    }

    #[test]
    fn keys_of_two_processes_differ() {
        assert_ne!(Keys::new(1).next_at(5), Keys::new(2).next_at(5));
    }

    #[test]
    fn an_id_holds_its_instant() {
        let id = new_id("user_", 1_654_012_591_514, &[7; 16]);

        // The start of a published example of that second.
        assert!(id.starts_with("user_29w83"), "{id}");
        assert_eq!(id.len(), "user_".len() + 27);
    }

    #[test]
    fn an_instant_before_the_first_is_no_fault() {
        assert_eq!(new_id("user_", 0, &[0; 16]), format!("user_{}", "0".repeat(27)));
    }
}
