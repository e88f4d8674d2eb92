//! Whether users may do something in organizations.

use guildhall_testing::{Http, TestDatabase, TestServer};
use serde_json::{Value, json};

const EDIT: &str = "org:posts:edit";

/// A question whether a user has a permission, or a role.
fn question(user: &str, organization: &str, what: &str, key: &str) -> Value {
    json!({ "user_id": user, "organization_id": organization, what: key })
}

/// The answers to questions, as they came.
async fn check(http: &Http, questions: &[Value]) -> Vec<bool> {
    let answer = http.post("/v1/check", json!({ "questions": questions })).await.ok();
    assert_eq!(answer["object"], "check");
    let results = answer["data"].as_array().expect("there are results");
    let allowed = results.iter().map(|result| {
        assert_eq!(result["object"], "check_result");
        result["allowed"].as_bool().expect("it is so or not")
    });
    allowed.collect()
}

async fn allowed(http: &Http, user: &str, organization: &str, what: &str, key: &str) -> bool {
    check(http, &[question(user, organization, what, key)]).await == [true]
}

#[tokio::test]
async fn a_member_may_what_the_role_grants_and_nothing_else() {
    let server = TestServer::start().await;
    let http = server.http();
    let edit = http.permission(EDIT).await;
    http.permission("org:posts:delete").await;
    http.role("org:editor", &[&edit]).await;
    let (organization, admin) = http.organization_with_admin().await;
    let (other, _) = http.organization_with_admin().await;
    let editor = http.anybody().await;
    http.join(&organization, &editor, "org:editor").await;

    let questions = [
        (question(&editor, &organization, "permission", EDIT), true),
        (question(&editor, &organization, "permission", "org:posts:delete"), false),
        (question(&editor, &organization, "permission", "org:sys_profile:delete"), false),
        (question(&editor, &organization, "permission", "org:none:none"), false),
        (question(&editor, &organization, "role", "org:editor"), true),
        (question(&editor, &organization, "role", "org:admin"), false),
        (question(&editor, &organization, "role", "editor"), false),
        (question(&editor, &organization, "role", EDIT), false),
        (question(&editor, &other, "permission", EDIT), false),
        (question(&admin, &organization, "permission", "org:sys_profile:delete"), true),
        (question(&admin, &organization, "permission", EDIT), false),
        (question(&admin, &organization, "role", "org:admin"), true),
        (question("user_none", &organization, "role", "org:admin"), false),
        (question(&admin, "org_none", "role", "org:admin"), false),
        (question("", "", "permission", ""), false),
        (question(&organization, &admin, "role", "org:admin"), false),
        (question(&editor, &organization, "permission", EDIT), true),
    ];

    let (asked, expected): (Vec<_>, Vec<_>) = questions.into_iter().unzip();
    assert_eq!(check(&http, &asked).await, expected);
    for (question, expected) in asked.into_iter().zip(expected) {
        assert_eq!(check(&http, std::slice::from_ref(&question)).await, [expected], "{question}");
    }
}

#[tokio::test]
async fn every_change_is_seen_by_the_next_question() {
    let server = TestServer::start().await;
    let http = server.http();
    let edit = http.permission(EDIT).await;
    let role = http.role("org:editor", &[]).await;
    let (organization, _) = http.organization_with_admin().await;
    let user = http.anybody().await;
    let grant = format!("/v1/organization_roles/{role}/permissions/{edit}");
    let member = format!("/v1/organizations/{organization}/memberships/{user}");
    let may = async || allowed(&http, &user, &organization, "permission", EDIT).await;
    let is = async |key: &str| allowed(&http, &user, &organization, "role", key).await;
    assert!(!may().await && !is("org:editor").await);

    http.join(&organization, &user, "org:editor").await;
    assert!(!may().await && is("org:editor").await);
    http.post(&grant, json!({})).await.ok();
    assert!(may().await);
    http.delete(&grant).await.ok();
    assert!(!may().await);
    http.post(&grant, json!({})).await.ok();
    http.patch(&member, json!({ "role": "org:member" })).await.ok();
    assert!(!may().await && !is("org:editor").await && is("org:member").await);
    http.patch(&member, json!({ "role": "org:editor" })).await.ok();
    let renamed = json!({ "key": "org:author" });
    http.patch(&format!("/v1/organization_roles/{role}"), renamed).await.ok();
    assert!(may().await && is("org:author").await && !is("org:editor").await);
    http.delete(&format!("/v1/organization_permissions/{edit}")).await.ok();
    assert!(!may().await && is("org:author").await);
    http.delete(&member).await.ok();
    assert!(!is("org:author").await);
}

#[tokio::test]
async fn what_is_being_removed_counts_as_gone_at_once() {
    let server = TestServer::start().await;
    let http = server.http();
    let (organization, admin) = http.organization_with_admin().await;
    let (other, other_admin) = http.organization_with_admin().await;
    // More than go in one transaction.
    let mut joining = tokio::task::JoinSet::new();
    for _ in 0..510 {
        let (http, organization) = (http.clone(), organization.clone());
        joining.spawn(async move { http.member(&organization).await });
    }
    joining.join_all().await;

    http.delete(&format!("/v1/organizations/{organization}")).await.ok();
    let of_organization = allowed(&http, &admin, &organization, "role", "org:admin").await;
    http.delete(&format!("/v1/users/{other_admin}")).await.ok();
    let of_user = allowed(&http, &other_admin, &other, "role", "org:admin").await;

    assert!(!of_organization && !of_user);
}

#[tokio::test]
async fn a_banned_user_may_nothing() {
    let server = TestServer::start().await;
    let http = server.http();
    let organization = http.organization(json!({ "name": "Acme" })).await;
    let banned = http.user(json!({ "banned": true })).await;
    http.join(&organization, &banned, "org:admin").await;

    let questions = [
        question(&banned, &organization, "role", "org:admin"),
        question(&banned, &organization, "permission", "org:sys_profile:delete"),
    ];

    assert_eq!(check(&http, &questions).await, [false, false]);
}

#[tokio::test]
async fn a_thousand_questions_are_answered_in_their_order_and_no_more() {
    let server = TestServer::start().await;
    let http = server.http();
    let (organization, admin) = http.organization_with_admin().await;
    let member = http.member(&organization).await;
    let asked = |number: usize| {
        let user = if number.is_multiple_of(3) { &admin } else { &member };
        match number % 2 {
            0 => question(user, &organization, "permission", "org:sys_profile:delete"),
            _ => question(user, &organization, "role", "org:admin"),
        }
    };
    let questions: Vec<Value> = (0..1001).map(asked).collect();

    let answers = check(&http, &questions[..1000]).await;
    let expected: Vec<bool> = (0..1000_usize).map(|number| number.is_multiple_of(3)).collect();
    assert_eq!(answers, expected);

    let refused = async |questions: &[Value]| {
        http.post("/v1/check", json!({ "questions": questions })).await.faults()
    };
    assert_eq!(refused(&questions).await, ["422 form_param_array_size_exceeded questions"]);
    assert_eq!(refused(&[]).await, ["422 form_param_value_invalid questions"]);
}

#[tokio::test]
async fn faults_name_the_question_and_are_all_told_within_bounds() {
    let server = TestServer::start().await;
    let http = server.http();
    let post = async |body: Value| http.post("/v1/check", body).await;
    let good = question("user_1", "org_1", "role", "org:admin");

    assert_eq!(post(json!({})).await.faults(), ["422 form_param_missing questions"]);
    for (junk, fault) in [
        (json!({ "questions": null }), "422 form_param_nil questions"),
        (json!({ "questions": "x" }), "422 form_param_value_invalid questions"),
        (json!({ "questions": {} }), "422 form_param_value_invalid questions"),
        (json!({ "questions": [good], "x": 1 }), "422 form_param_unknown x"),
    ] {
        assert_eq!(post(junk).await.faults(), [fault]);
    }
    assert_eq!(post(json!([good])).await.faults(), ["400 request_body_invalid"]);
    let questions = json!([
        good,
        {},
        { "user_id": 5, "organization_id": null, "permission": ["x"], "y": 1 },
        { "user_id": "u", "organization_id": "o", "permission": "p", "role": "r" },
        "x",
        { "user_id": "u\0", "organization_id": "o", "role": null },
    ]);
    assert_eq!(
        post(json!({ "questions": questions })).await.faults(),
        [
            "422 form_param_missing questions[1].user_id",
            "422 form_param_missing questions[1].organization_id",
            "422 form_param_missing questions[1].permission",
            "422 form_param_value_invalid questions[2].user_id",
            "422 form_param_nil questions[2].organization_id",
            "422 form_param_value_invalid questions[2].permission",
            "422 form_param_unknown questions[2].y",
            "422 form_conditional_param_disallowed questions[3].role",
            "422 form_param_value_invalid questions[4]",
            "422 form_param_value_invalid questions[5].user_id",
            "422 form_param_nil questions[5].role",
        ]
    );
    let many = vec![json!({}); 1000];
    assert_eq!(post(json!({ "questions": many })).await.faults().len(), 100);
}

#[tokio::test]
async fn nobody_asks_about_another_instance_or_one_without_organizations() {
    let server = TestServer::start().await;
    let http = server.http();
    let (organization, admin) = http.organization_with_admin().await;
    let other = server.another_instance().await;
    let questions = [question(&admin, &organization, "role", "org:admin")];

    assert_eq!(check(&other, &questions).await, [false]);
    let settings = "/v1/instance/organization_settings";
    http.patch(settings, json!({ "enabled": false })).await.ok();
    for body in [json!({ "questions": questions }), json!({})] {
        let refused = http.post("/v1/check", body).await.faults();
        assert_eq!(refused, ["403 organization_not_enabled_in_instance"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_server_knows_of_a_removal_before_it_is_answered() {
    let Some(database) = TestDatabase::create_or_skip().await else { return };
    let server = TestServer::start_on(Some(database), |_| {}).await;
    let another = server.another().await;
    let (http, elsewhere) = (server.http(), another.http());
    let (organization, _) = http.organization_with_admin().await;

    for _ in 0..50 {
        let user = http.member(&organization).await;
        assert!(allowed(&elsewhere, &user, &organization, "role", "org:member").await);
        http.delete(&format!("/v1/organizations/{organization}/memberships/{user}")).await.ok();
        assert!(!allowed(&elsewhere, &user, &organization, "role", "org:member").await);
    }
}
