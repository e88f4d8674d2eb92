//! A server that looks and writes at different moments, as one does that forgets its locks.

use guildhall_histories::judge;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use crate::plan::{Isolation, carry_out, plans};
use crate::story::BUDGET;

/// How many of these histories there are.
const HISTORIES: usize = 100;

#[test]
fn a_server_that_forgets_its_locks_is_found() {
    let mut runner = TestRunner::deterministic();
    let plans = plans(120);

    let mut wrong = 0;
    for _ in 0..HISTORIES {
        let plan = plans.new_tree(&mut runner).unwrap().current();
        let judgement = judge(&carry_out(&plan, Isolation::Racing), BUDGET).unwrap();
        assert_eq!(judgement.undecided, Vec::<String>::new());
        wrong += usize::from(!judgement.faults.is_empty());
    }

    assert!(wrong > HISTORIES / 4, "{wrong} of {HISTORIES} are found to be wrong");
}
