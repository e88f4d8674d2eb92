//! What is random: ids, and what makes one process differ from another.

use guildhall_rules::new_id;

/// Fills `bytes` at random.
pub(crate) fn fill(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the operating system has randomness");
}

/// A new id that begins with `prefix`, of something made at `now`, in Unix milliseconds.
pub(crate) fn random_id(prefix: &str, now: i64) -> String {
    let mut payload = [0; 16];
    fill(&mut payload);
    new_id(prefix, now, &payload)
}

/// A tail that makes this process's row keys differ from those of another one.
pub(crate) fn process_tail() -> u16 {
    let mut bytes = [0; 2];
    fill(&mut bytes);
    u16::from_be_bytes(bytes)
}
