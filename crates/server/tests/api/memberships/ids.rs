//! Ids in paths: any text may stand there, and none finds what belongs to another id.

use reqwest::Method;
use serde_json::json;

use super::tolerance::exchange;
use super::{
    Stage, assert_no_membership, assert_no_organization, assert_no_user, membership, memberships,
};

/// Parts of a path that are no id of anybody.
const STRANGE: [&str; 20] = [
    "'",
    "%27%20OR%20%271%27=%271",
    "%22",
    "%25",
    "_",
    "...",
    "%2F",
    "a%2Fb",
    "%00",
    "%FF",
    "%F0%9F%98%80",
    "%20",
    "+",
    "-",
    "*",
    ";",
    "%3Fuser_id=1",
    "%23",
    "%5C",
    "null",
];

#[tokio::test]
async fn a_membership_is_read_by_the_ids_of_its_organization_and_user() {
    let stage = Stage::set().await;
    let created = stage.http.member(&stage.organization).await;

    let found = stage.http.get(&stage.membership(&created)).await.ok();

    assert_eq!(found["public_user_data"]["user_id"], json!(created));
    assert_eq!(found["organization"]["id"], json!(stage.organization));
}

#[tokio::test]
async fn a_membership_that_does_not_exist_is_not_found() {
    let stage = Stage::set().await;
    let (_, elsewhere) = stage.http.organization_with_admin().await;

    let answer = stage.http.get(&stage.membership(&elsewhere)).await;

    assert_no_membership(&answer);
}

#[tokio::test]
async fn the_id_of_a_membership_is_no_id_of_a_user() {
    let stage = Stage::set().await;
    let id = stage.read(&stage.member).await["id"].as_str().unwrap_or_default().to_owned();

    let answer = stage.http.get(&stage.membership(&id)).await;

    assert_no_membership(&answer);
}

#[tokio::test]
async fn a_slug_in_the_path_of_a_membership_finds_no_organization() {
    let stage = Stage::set().await;
    let path = format!("/v1/organizations/{}", stage.organization);
    stage.http.patch(&path, json!({ "slug": "acme-slug" })).await.ok();
    stage.http.get("/v1/organizations/acme-slug").await.ok();
    let before = stage.http.state_of(&stage.organization).await;
    let (all, one) = (memberships("acme-slug"), membership("acme-slug", &stage.member));
    let outsider = stage.http.anybody().await;

    let http = &stage.http;
    let create = json!({ "user_id": outsider, "role": "org:member" });
    let answers = [
        http.get(&all).await,
        http.post(&all, create).await,
        http.get(&one).await,
        http.patch(&one, json!({ "role": "org:admin" })).await,
        http.patch(&format!("{one}/metadata"), json!({})).await,
        http.delete(&one).await,
    ];

    answers.iter().for_each(|answer| assert_no_organization(answer));
    assert_eq!(stage.http.state_of(&stage.organization).await, before);
}

#[tokio::test]
async fn strange_ids_of_organizations_are_not_found() {
    let stage = Stage::set().await;
    let outsider = stage.http.anybody().await;
    let before = stage.http.state_of(&stage.organization).await;

    for id in STRANGE {
        let (all, one) = (memberships(id), membership(id, &stage.member));
        let create = json!({ "user_id": outsider, "role": "org:member" });
        for answer in [
            stage.http.get(&all).await,
            stage.http.post(&all, create).await,
            stage.http.get(&one).await,
            stage.http.patch(&one, json!({ "role": "org:admin" })).await,
            stage.http.patch(&format!("{one}/metadata"), json!({})).await,
            stage.http.delete(&one).await,
        ] {
            assert_no_organization(&answer);
        }
    }
    assert_eq!(stage.http.state_of(&stage.organization).await, before);
}

#[tokio::test]
async fn strange_ids_of_users_are_not_found() {
    let stage = Stage::set().await;
    let before = stage.http.state_of(&stage.organization).await;

    for id in STRANGE {
        let one = stage.membership(id);
        for answer in [
            stage.http.get(&one).await,
            stage.http.patch(&one, json!({ "role": "org:admin" })).await,
            stage.http.patch(&format!("{one}/metadata"), json!({})).await,
            stage.http.delete(&one).await,
        ] {
            assert_no_membership(&answer);
        }
    }
    assert_eq!(stage.http.state_of(&stage.organization).await, before);
}

#[tokio::test]
async fn strange_ids_in_the_path_of_a_users_memberships_are_not_found() {
    let stage = Stage::set().await;

    for id in STRANGE {
        let answer = stage.http.get(&format!("/v1/users/{id}/organization_memberships")).await;

        assert_eq!(answer.faults(), ["404 resource_not_found"], "{id}");
    }
}

#[tokio::test]
async fn ids_are_compared_whole_and_by_case() {
    let stage = Stage::set().await;
    let member = &stage.member;
    let others = [
        member.to_uppercase(),
        member[..member.len() - 1].to_owned(),
        format!("{member}%00"),
        format!("{member}%20"),
        format!("%20{member}"),
        format!("{member}%2F"),
        format!("{member}."),
        format!("+{member}"),
        format!("-{member}"),
        format!("%2B{member}"),
        format!("%2575{}", &member[1..]),
        "%25".to_owned(),
    ];

    for other in others {
        assert_no_membership(&stage.http.get(&stage.membership(&other)).await);
        assert_no_membership(&stage.http.delete(&stage.membership(&other)).await);
    }
    stage.read(member).await;
}

#[tokio::test]
async fn a_part_of_a_path_is_percent_decoded_once() {
    let stage = Stage::set().await;

    let found = stage.read(&format!("%75{}", &stage.member[1..])).await;

    assert_eq!(found["public_user_data"]["user_id"], json!(stage.member));
}

#[tokio::test]
async fn dots_for_an_id_do_not_climb_in_the_path() {
    let stage = Stage::set().await;
    let before = stage.http.state_of(&stage.organization).await;

    for dots in [".", "..", "%2e", "%2e%2e", ".%2E", "..%2F..", "%2e%2e%2f%2e%2e"] {
        for method in [Method::GET, Method::DELETE] {
            let path = stage.membership(dots);
            let (status, body) = exchange(&stage, &method, &path, &[], b"").await;
            assert_eq!(status, 404, "{method} {path} {body}");
            assert_eq!(body["errors"][0]["long_message"], "Resource not found");

            let path = membership(dots, &stage.member);
            let (status, body) = exchange(&stage, &method, &path, &[], b"").await;
            assert_eq!(status, 404, "{method} {path} {body}");
            assert_eq!(body["errors"][0]["long_message"], "Given organization not found.");
        }
    }
    assert_eq!(stage.http.state_of(&stage.organization).await, before);
}

#[tokio::test]
async fn an_empty_id_is_not_found() {
    let stage = Stage::set().await;

    for path in [stage.membership(""), memberships(""), membership("", &stage.member)] {
        let answer = stage.http.get(&path).await;

        assert_eq!(answer.faults(), ["404 resource_not_found"], "{path}");
    }
}

#[tokio::test]
async fn a_very_long_id_is_not_found() {
    let stage = Stage::set().await;
    let long = "x".repeat(20_000);

    assert_no_membership(&stage.http.get(&stage.membership(&long)).await);
    assert_no_organization(&stage.http.get(&memberships(&long)).await);
}

#[tokio::test]
async fn strange_ids_of_users_in_a_body_are_not_found() {
    let stage = Stage::set().await;
    let spaced = format!(" {}", stage.member);

    for id in ["' OR '1'='1", "\"", "%", "_", "../..", "😀", spaced.as_str()] {
        let answer = stage.refused_create(json!({ "user_id": id, "role": "org:member" })).await;

        assert_no_user(&answer, id);
    }
}

#[tokio::test]
async fn nul_in_a_body_is_refused() {
    let stage = Stage::set().await;
    let user = format!("{}\0", stage.member);

    let answer = stage.refused_create(json!({ "user_id": user, "role": "org:member\0" })).await;

    assert_eq!(
        answer.faults(),
        ["422 form_param_value_invalid user_id", "422 form_param_value_invalid role"]
    );
}
