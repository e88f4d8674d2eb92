//! Joining while the organization or the user is deleted.

use guildhall_testing::Http;
use serde_json::json;

use super::{CALLS, Servers, assert_all, assert_outcomes, at_once, consistent, outcomes};

/// Which of the calls deletes.
const DELETES: usize = CALLS / 2;
/// More memberships than are removed together with what they belong to.
const MANY: usize = 620;
/// How many of them are made at a time, so that none waits too long for its turn.
const AT_A_TIME: usize = 62;

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_left_in_an_organization_that_was_deleted_while_they_joined() {
    let servers = Servers::start().await;
    let http = servers.http();
    let (organization, _) = http.organization_with_admin().await;
    let mut users = Vec::new();
    for _ in 0..CALLS {
        users.push(http.anybody().await);
    }

    let answers = at_once(
        &servers,
        users.iter().enumerate().map(|(call, user)| {
            let path = format!("/v1/organizations/{organization}");
            let body = json!({ "user_id": user, "role": "org:member" });
            move |http: Http| async move {
                if call == DELETES {
                    http.delete(&path).await
                } else {
                    http.post(&format!("{path}/memberships"), body).await
                }
            }
        }),
    )
    .await;

    let outcomes = outcomes(&answers);
    let allowed = ["200", "404 resource_not_found"];
    assert!(outcomes.keys().all(|outcome| allowed.contains(&outcome.as_str())), "{outcomes:?}");
    assert_eq!(answers[DELETES].body["deleted"], true);
    assert_eq!(http.get(&format!("/v1/organizations/{organization}")).await.status, 404);
    assert_all(&http, 0).await;
    for user in users {
        let path = format!("/v1/users/{user}/organization_memberships");
        assert_eq!(http.get(&path).await.ok(), json!({ "data": [], "total_count": 0 }));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_was_deleted_while_joining_is_nowhere() {
    let servers = Servers::start().await;
    let http = servers.http();
    let user = http.anybody().await;
    let mut organizations = Vec::new();
    for _ in 0..CALLS {
        organizations.push(http.organization(json!({ "name": "Acme" })).await);
    }

    let answers = at_once(
        &servers,
        organizations.iter().enumerate().map(|(call, organization)| {
            let path = format!("/v1/organizations/{organization}/memberships");
            let body = json!({ "user_id": user, "role": "org:admin" });
            let user = format!("/v1/users/{user}");
            move |http: Http| async move {
                if call == DELETES {
                    http.delete(&user).await
                } else {
                    http.post(&path, body).await
                }
            }
        }),
    )
    .await;

    let outcomes = outcomes(&answers);
    let allowed = ["200", "404 resource_not_found"];
    assert!(outcomes.keys().all(|outcome| allowed.contains(&outcome.as_str())), "{outcomes:?}");
    assert_eq!(answers[DELETES].body["deleted"], true);
    for organization in &organizations {
        assert_eq!(consistent(&http, organization).await.len(), 0);
    }
    assert_all(&http, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_is_deleted_once_however_many_ask() {
    let servers = Servers::start().await;
    let http = servers.http();
    let (organization, _) = http.organization_with_admin().await;

    let answers = at_once(
        &servers,
        (0..CALLS).map(|_| {
            let path = format!("/v1/organizations/{organization}");
            move |http: Http| async move { http.delete(&path).await }
        }),
    )
    .await;

    assert_outcomes(&answers, &[("200", 1), ("404 resource_not_found", CALLS - 1)]);
    assert_all(&http, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn members_change_while_their_users_and_organizations_are_deleted() {
    let servers = Servers::start().await;
    let http = servers.http();
    let mut organizations = Vec::new();
    let mut members = Vec::new();
    for _ in 0..10 {
        let (organization, _) = http.organization_with_admin().await;
        for _ in 0..4 {
            members.push((organization.clone(), http.member(&organization).await));
        }
        organizations.push(organization);
    }

    let answers = at_once(
        &servers,
        (0..members.len() * 3).map(|call| {
            let (organization, user) = members[call / 3].clone();
            let organization = format!("/v1/organizations/{organization}");
            let (turn, is_last) = (call % 3, call % 24 == 23);
            move |http: Http| async move {
                let member = format!("{organization}/memberships/{user}");
                match turn {
                    _ if is_last => http.delete(&organization).await,
                    0 => http.patch(&member, json!({ "role": "org:admin" })).await,
                    1 => http.delete(&format!("/v1/users/{user}")).await,
                    _ => http.delete(&member).await,
                }
            }
        }),
    )
    .await;

    let outcomes = outcomes(&answers);
    let allowed = ["200", "404 resource_not_found"];
    assert!(outcomes.keys().all(|outcome| allowed.contains(&outcome.as_str())), "{outcomes:?}");
    let mut left = 0;
    for organization in organizations {
        if http.get(&format!("/v1/organizations/{organization}")).await.status == 200 {
            left += consistent(&http, &organization).await.len();
        }
    }
    assert_all(&http, left).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_organization_is_gone_at_once_though_members_come_and_go() {
    let servers = Servers::start().await;
    let http = servers.http();
    let organization = http.organization(json!({ "name": "Acme" })).await;
    let members = join_many(
        &http,
        |http| async move { http.anybody().await },
        |user| (organization.clone(), user),
    )
    .await;
    let outsider = http.anybody().await;
    let (elsewhere, _) = http.organization_with_admin().await;

    let answers = at_once(
        &servers,
        (0..CALLS).map(|call| {
            let (organization, elsewhere) = (organization.clone(), elsewhere.clone());
            let (member, outsider) = (members[call].clone(), outsider.clone());
            move |http: Http| async move {
                let path = format!("/v1/organizations/{organization}");
                match call {
                    DELETES => http.delete(&path).await,
                    _ if call % 3 == 0 => {
                        let body = json!({ "user_id": outsider, "role": "org:admin" });
                        http.post(&format!("{path}/memberships"), body).await
                    }
                    _ if call % 3 == 1 => {
                        http.delete(&format!("{path}/memberships/{member}")).await
                    }
                    _ => {
                        let body = json!({ "user_id": member, "role": "org:member" });
                        let path = format!("/v1/organizations/{elsewhere}/memberships");
                        http.post(&path, body).await
                    }
                }
            }
        }),
    )
    .await;

    let outcomes = outcomes(&answers);
    let allowed = ["200", "400 already_a_member_in_organization", "404 resource_not_found"];
    assert!(outcomes.keys().all(|outcome| allowed.contains(&outcome.as_str())), "{outcomes:?}");
    assert_eq!(answers[DELETES].body["deleted"], true);
    let left = consistent(&http, &elsewhere).await.len();
    assert_eq!(left, 1 + (0..CALLS).filter(|call| call % 3 == 2 && *call != DELETES).count());
    assert_all(&http, left).await;
    for user in members.iter().take(3).chain([&outsider]) {
        let path = format!("/v1/users/{user}/organization_memberships");
        let of_user = http.get(&path).await.ok();
        let rows = of_user["data"].as_array().expect("a list");
        assert_eq!(of_user["total_count"], rows.len());
        assert!(rows.iter().all(|row| row["organization"]["id"] == *elsewhere));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_of_many_organizations_is_gone_from_each_at_once() {
    let servers = Servers::start().await;
    let http = servers.http();
    let user = http.anybody().await;
    let make = |http: Http| async move { http.organization_with_admin().await.0 };
    let organizations = join_many(&http, make, |organization| (organization, user.clone())).await;

    let answers = at_once(
        &servers,
        (0..CALLS).map(|call| {
            let (organization, user) = (organizations[call].clone(), user.clone());
            move |http: Http| async move {
                let member = format!("/v1/organizations/{organization}/memberships/{user}");
                match call {
                    DELETES => http.delete(&format!("/v1/users/{user}")).await,
                    _ if call % 2 == 0 => http.delete(&member).await,
                    _ => http.patch(&member, json!({ "role": "org:admin" })).await,
                }
            }
        }),
    )
    .await;

    let outcomes = outcomes(&answers);
    let allowed = ["200", "404 resource_not_found"];
    assert!(outcomes.keys().all(|outcome| allowed.contains(&outcome.as_str())), "{outcomes:?}");
    assert_eq!(answers[DELETES].status, 200);
    assert_all(&http, MANY).await;
    for organization in organizations.iter().step_by(7) {
        assert_eq!(consistent(&http, organization).await.len(), 1);
    }
}

/// Makes many of something, and a membership with each; gives their ids.
async fn join_many<F: Future<Output = String> + Send + 'static>(
    http: &Http,
    make: impl Fn(Http) -> F,
    pair: impl Fn(String) -> (String, String),
) -> Vec<String> {
    let mut made = Vec::new();
    while made.len() < MANY {
        let making = (0..AT_A_TIME).map(|_| make(http.clone()));
        made.extend(making.collect::<tokio::task::JoinSet<_>>().join_all().await);
    }
    for some in made.chunks(AT_A_TIME) {
        let joining = some.iter().cloned().map(&pair).map(|(organization, user)| {
            let http = http.clone();
            async move { http.join(&organization, &user, "org:member").await }
        });
        joining.collect::<tokio::task::JoinSet<_>>().join_all().await;
    }
    made
}
