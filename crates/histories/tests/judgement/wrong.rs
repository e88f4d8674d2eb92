//! One fault each, and next to it what looks alike and is right.

use guildhall_histories::history::Role::{Admin, Member};
use guildhall_histories::history::{Answer, Operation, Outcome, Refusal};
use guildhall_histories::judge;

use crate::story::{
    ORGANIZATION, Story, alice, create, delete, get, member, merge, unknown, update,
};

fn refused(refusal: Refusal) -> Outcome {
    Outcome::Refused(refusal)
}

fn deleted() -> Outcome {
    Outcome::Answered(Answer::Deleted)
}

#[test]
fn a_lost_update_is_wrong() {
    Story::with_limit(0)
        .told((10, 20), merge("alice", "a", 1), member("alice", Admin, &[("a", 1)]))
        .told((10, 21), merge("alice", "b", 2), member("alice", Admin, &[("b", 2)]))
        .assert_wrong(3);
}

#[test]
fn an_update_that_is_lost_after_its_answer_is_wrong() {
    Story::with_limit(0)
        .told((10, 20), merge("alice", "a", 1), member("alice", Admin, &[("a", 1)]))
        .listed((30, 40), vec![member("alice", Admin, &[("a", 1)])])
        .told((50, 60), merge("alice", "b", 2), member("alice", Admin, &[("b", 2)]))
        .assert_wrong(4);
}

#[test]
fn two_merges_at_a_time_that_are_both_kept_are_right() {
    Story::with_limit(0)
        .told((10, 20), merge("alice", "a", 1), member("alice", Admin, &[("a", 1), ("b", 2)]))
        .told((10, 20), merge("alice", "b", 2), member("alice", Admin, &[("b", 2)]))
        .assert_right();
}

#[test]
fn a_stale_read_after_an_acknowledged_write_is_wrong() {
    Story::with_limit(0)
        .told((10, 20), merge("alice", "a", 1), member("alice", Admin, &[("a", 1)]))
        .told((21, 30), get("alice"), alice())
        .assert_wrong(3);
}

#[test]
fn a_read_beside_a_write_may_show_either() {
    for seen in [alice(), member("alice", Admin, &[("a", 1)])] {
        Story::with_limit(0)
            .told((10, 20), merge("alice", "a", 1), member("alice", Admin, &[("a", 1)]))
            .told((15, 30), get("alice"), seen)
            .assert_right();
    }
}

#[test]
fn a_read_that_goes_back_behind_another_is_wrong() {
    Story::with_limit(0)
        .told((10, 90), merge("alice", "a", 1), member("alice", Admin, &[("a", 1)]))
        .told((20, 30), get("alice"), member("alice", Admin, &[("a", 1)]))
        .told((40, 50), get("alice"), alice())
        .assert_wrong(4);
}

#[test]
fn an_effect_before_its_call_was_sent_is_wrong() {
    Story::with_limit(0)
        .told((10, 20), get("alice"), member("alice", Admin, &[("a", 1)]))
        .told((30, 40), merge("alice", "a", 1), member("alice", Admin, &[("a", 1)]))
        .assert_wrong(2);
}

#[test]
fn two_acknowledged_creations_of_one_member_are_wrong() {
    let mut twin = member("bob", Member, &[]);
    twin.id = "orgmem_bob_again".to_owned();

    Story::with_limit(0)
        .told((10, 20), create("bob", Member), member("bob", Member, &[]))
        .told((10, 21), create("bob", Member), twin)
        .assert_wrong(3);
}

#[test]
fn a_last_admin_who_is_gone_is_wrong() {
    Story::with_limit(0)
        .told((10, 20), create("bob", Admin), member("bob", Admin, &[]))
        .told((30, 40), update("alice", Member), member("alice", Member, &[]))
        .told((30, 41), delete("bob"), member("bob", Admin, &[]))
        .assert_wrong(4);
}

#[test]
fn a_last_admin_who_is_spared_is_right() {
    let needed = refused(Refusal::MinimumPermissionsNeeded);

    Story::with_limit(0)
        .told((10, 20), create("bob", Admin), member("bob", Admin, &[]))
        .told((30, 40), update("alice", Member), member("alice", Member, &[]))
        .call((30, 41), delete("bob"), needed)
        .assert_right();
}

#[test]
fn an_exceeded_limit_is_wrong() {
    Story::with_limit(2)
        .told((10, 20), create("bob", Member), member("bob", Member, &[]))
        .told((10, 21), create("carol", Member), member("carol", Member, &[]))
        .assert_wrong(3);
}

#[test]
fn a_limit_that_is_raised_meanwhile_is_right() {
    let operation = Operation::UpdateOrganization {
        organization_id: ORGANIZATION.to_owned(),
        max_allowed_memberships: 3,
    };

    Story::with_limit(2)
        .told((10, 20), create("bob", Member), member("bob", Member, &[]))
        .told((10, 21), create("carol", Member), member("carol", Member, &[]))
        .call((5, 90), operation, unknown())
        .assert_right();
}

#[test]
fn an_acknowledged_write_that_is_missing_is_wrong() {
    Story::with_limit(0)
        .told((10, 20), create("bob", Member), member("bob", Member, &[]))
        .listed((30, 40), vec![alice()])
        .assert_wrong(3);
}

#[test]
fn a_missing_member_whom_a_call_without_an_answer_may_have_removed_is_right() {
    Story::with_limit(0)
        .told((10, 20), create("bob", Member), member("bob", Member, &[]))
        .call((12, 13), delete("bob"), unknown())
        .listed((25, 28), vec![alice(), member("bob", Member, &[])])
        .listed((30, 40), vec![alice()])
        .assert_right();
}

#[test]
fn a_refused_write_that_took_effect_is_wrong() {
    Story::with_limit(1)
        .call((10, 20), create("bob", Member), refused(Refusal::MembershipQuotaExceeded))
        .listed((30, 40), vec![alice(), member("bob", Member, &[])])
        .assert_wrong(3);
}

#[test]
fn a_refusal_without_a_reason_is_wrong() {
    Story::with_limit(2)
        .call((10, 20), create("bob", Member), refused(Refusal::MembershipQuotaExceeded))
        .assert_wrong(2);
}

#[test]
fn a_write_without_an_answer_may_take_effect_late_or_never() {
    let later = || vec![alice(), member("bob", Member, &[])];

    for last in [later(), vec![alice()]] {
        Story::with_limit(0)
            .call((10, 11), create("bob", Member), unknown())
            .listed((30, 40), vec![alice()])
            .listed((50, 60), last)
            .assert_right();
    }
}

#[test]
fn a_write_without_an_answer_that_takes_effect_twice_is_wrong() {
    Story::with_limit(0)
        .call((10, 11), create("bob", Member), unknown())
        .told((30, 40), delete("bob"), member("bob", Member, &[]))
        .listed((50, 60), vec![alice(), member("bob", Member, &[])])
        .assert_wrong(4);
}

#[test]
fn a_membership_that_comes_back_with_its_old_id_is_wrong() {
    Story::with_limit(0)
        .told((10, 20), create("bob", Member), member("bob", Member, &[]))
        .told((30, 40), delete("bob"), member("bob", Member, &[]))
        .call((41, 42), create("bob", Member), unknown())
        .listed((50, 60), vec![alice(), member("bob", Member, &[])])
        .assert_wrong(5);
}

#[test]
fn a_membership_whose_id_changes_is_wrong() {
    let mut other = alice();
    other.id = "orgmem_other".to_owned();

    Story::with_limit(0)
        .listed((10, 20), vec![alice()])
        .listed((30, 40), vec![other])
        .assert_wrong(3);
}

#[test]
fn an_organization_that_answers_after_its_deletion_is_wrong() {
    let operation = Operation::DeleteOrganization { organization_id: ORGANIZATION.to_owned() };

    Story::with_limit(0)
        .call((10, 20), operation, deleted())
        .listed((21, 30), vec![])
        .assert_wrong(3);
}

#[test]
fn a_member_who_stays_after_the_user_was_deleted_is_wrong() {
    Story::with_limit(0)
        .call((10, 20), Operation::DeleteUser { user_id: "alice".to_owned() }, deleted())
        .listed((21, 30), vec![alice()])
        .assert_wrong(3);
}

#[test]
fn a_search_that_takes_too_long_is_no_acquittal() {
    let mut story = Story::with_limit(0);
    for number in 1..=8 {
        story = story.call((10, 11), merge("alice", "a", number), unknown());
    }
    let story = story.listed((30, 40), vec![member("alice", Admin, &[("a", 9)])]);

    let judgement = judge(&story.calls, 20).unwrap();

    assert_eq!(judgement.undecided, [ORGANIZATION]);
    assert!(!judgement.is_sound());
    assert!(judgement.to_string().contains("UNDECIDED org"), "{judgement}");
}
