//! What is wrong in an answer by itself.

use guildhall_histories::history::Role::Admin;
use guildhall_histories::history::{Answer, Operation, Outcome};

use crate::story::{ORGANIZATION, Story, alice, create, get, member};

#[track_caller]
fn assert_told(story: &Story, fault: &str) {
    let judgement = story.judge();

    assert!(judgement.faults.iter().any(|told| told.contains(fault)), "{judgement}");
}

#[test]
fn a_total_that_differs_from_the_rows_is_wrong() {
    let operation = Operation::ListMemberships { organization_id: ORGANIZATION.to_owned() };
    let answer = Answer::Memberships { total_count: 2, data: vec![alice()] };
    let story = Story::with_limit(0).call((10, 20), operation, Outcome::Answered(answer));

    assert_told(&story, "call 2 has total_count 2 and lists 1");
    story.assert_wrong(2);
}

#[test]
fn a_count_that_differs_from_the_members_is_wrong() {
    let operation = Operation::GetOrganization { organization_id: ORGANIZATION.to_owned() };
    let mut story = Story::with_limit(0);
    let mut outcome = story.calls[0].outcome.clone();
    if let Outcome::Answered(Answer::Organization(organization)) = &mut outcome {
        organization.members_count = Some(2);
    }
    story = story.call((10, 20), operation, outcome);

    story.assert_wrong(2);
}

#[test]
fn a_member_who_is_listed_twice_is_wrong() {
    let story = Story::with_limit(0).listed((10, 20), vec![alice(), alice()]);

    assert_told(&story, "twice");
}

#[test]
fn an_id_of_two_memberships_is_wrong() {
    let mut bob = member("bob", Admin, &[]);
    bob.id = alice().id;
    let story = Story::with_limit(0).told((10, 20), get("alice"), alice()).told(
        (10, 20),
        create("bob", Admin),
        bob,
    );

    assert_told(&story, "`orgmem_alice` is of");
}

#[test]
fn an_answer_that_no_call_may_get_is_wrong() {
    let outcome = Outcome::Unexpected("500 Internal Server Error".to_owned());
    let story = Story::with_limit(0).call((10, 20), get("alice"), outcome);

    assert_told(&story, "call 2 was answered 500 Internal Server Error");
}
