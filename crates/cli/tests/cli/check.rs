//! `guildhall check`.

use insta::assert_snapshot;

use crate::command::{shown, stderr};
use crate::serving::Serving;

#[tokio::test]
async fn the_exit_code_tells_whether_it_is_so() {
    let serving = Serving::start();
    let ada = serving.ada().await;
    serving.members(&["add", &ada.organization_id, &ada.user_id, "--role=org:member"]);
    let check = |more: &[&str]| {
        let whom = ["check", "--user", &ada.user_id, "--organization", &ada.organization_id];
        let mut command = serving.command(&[&whom[..], more].concat());
        command.output().expect("the binary can be run")
    };

    assert_snapshot!(shown(&check(&["--permission", "org:sys_memberships:read"])), @r#"
    exit code 0
    --- stdout
    {
      "allowed": true,
      "object": "check_result"
    }
    --- stderr
    "#);
    assert_snapshot!(shown(&check(&["--role", "org:admin"])), @r#"
    exit code 1
    --- stdout
    {
      "allowed": false,
      "object": "check_result"
    }
    --- stderr
    "#);
    assert_eq!(check(&["--role", "org:member"]).status.code(), Some(0));
    assert_eq!(check(&["--permission", "org:none:none"]).status.code(), Some(1));

    serving.members(&["remove", &ada.organization_id, &ada.user_id, "--yes"]);
    assert_eq!(check(&["--role", "org:member"]).status.code(), Some(1));
}

#[tokio::test]
async fn a_question_that_is_refused_or_cannot_be_asked_says_so() {
    let serving = Serving::start();
    let run = |key: &str, arguments: &[&str]| {
        let whom = ["check", "--user=user_1", "--organization=org_1"];
        let mut command = serving.command(&[&whom[..], arguments].concat());
        command.env("CLERK_SECRET_KEY", key).output().expect("the binary can be run")
    };
    let key = serving.line("CLERK_SECRET_KEY");

    let refused = run("sk_test_none", &["--role=org:admin"]);
    assert_eq!((refused.status.code(), refused.stdout.len()), (Some(1), 0));
    assert!(stderr(&refused).contains("clerk_key_invalid"), "{}", stderr(&refused));
    let wrong: [&[&str]; 3] =
        [&[], &["--role=a", "--permission=b"], &["--role=a", "--api-url=http://127.0.0.1:1"]];
    for arguments in wrong {
        assert_eq!(run(key, arguments).status.code(), Some(2), "{arguments:?}");
    }
}
