//! Joining, leaving and changing roles at once.

use guildhall_testing::{Answer, Http};
use serde_json::json;

use super::{CALLS, Servers, assert_all, assert_outcomes, at_once, consistent, outcomes, user_of};

/// How many organizations take part where two calls race in each.
const ORGANIZATIONS: usize = 60;

fn path(organization: &str) -> String {
    format!("/v1/organizations/{organization}/memberships")
}

#[tokio::test(flavor = "multi_thread")]
async fn one_user_joins_once_however_many_ask() {
    let servers = Servers::start().await;
    let http = servers.http();
    let (organization, _) = http.organization_with_admin().await;
    let user = http.anybody().await;

    let answers = at_once(
        &servers,
        (0..CALLS).map(|call| {
            let role = if call % 2 == 0 { "org:member" } else { "org:admin" };
            let body = json!({ "user_id": user, "role": role, "public_metadata": { "n": call } });
            let path = path(&organization);
            move |http: Http| async move { http.post(&path, body).await }
        }),
    )
    .await;

    assert_outcomes(&answers, &[("200", 1), ("400 already_a_member_in_organization", CALLS - 1)]);
    let created = answers.into_iter().find(|answer| answer.status == 200).expect("one joined");
    let rows = consistent(&http, &organization).await;
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0], created.body);
    assert_all(&http, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_holds_however_many_join() {
    let servers = Servers::start().await;
    let http = servers.http();
    let fields = json!({ "name": "Acme", "max_allowed_memberships": 5 });
    let organization = http.organization(fields).await;
    let mut users = Vec::new();
    for _ in 0..CALLS {
        users.push(http.anybody().await);
    }

    let answers = at_once(
        &servers,
        users.into_iter().map(|user| {
            let path = path(&organization);
            let body = json!({ "user_id": user, "role": "org:member" });
            move |http: Http| async move { http.post(&path, body).await }
        }),
    )
    .await;

    let full = "403 organization_membership_quota_exceeded";
    assert_outcomes(&answers, &[("200", 5), (full, CALLS - 5)]);
    assert_eq!(consistent(&http, &organization).await.len(), 5);
    assert_all(&http, 5).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn different_users_join_all_at_once() {
    let servers = Servers::start().await;
    let http = servers.http();
    let (organization, _) = http.organization_with_admin().await;
    let mut users = Vec::new();
    for _ in 0..CALLS {
        users.push(http.anybody().await);
    }

    let answers = at_once(
        &servers,
        users.into_iter().map(|user| {
            let path = path(&organization);
            let body = json!({ "user_id": user, "role": "org:member" });
            move |http: Http| async move { http.post(&path, body).await }
        }),
    )
    .await;

    assert_outcomes(&answers, &[("200", CALLS)]);
    let rows = consistent(&http, &organization).await;
    assert_eq!(rows.len(), CALLS + 1);
    let mut ids: Vec<_> = rows.iter().map(|row| row["id"].as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), CALLS + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_member_leaves_once_however_many_ask() {
    let servers = Servers::start().await;
    let http = servers.http();
    let (organization, _) = http.organization_with_admin().await;
    let user = http.member(&organization).await;

    let answers = at_once(
        &servers,
        (0..CALLS).map(|_| {
            let path = format!("{}/{user}", path(&organization));
            move |http: Http| async move { http.delete(&path).await }
        }),
    )
    .await;

    assert_outcomes(&answers, &[("200", 1), ("404 resource_not_found", CALLS - 1)]);
    assert_eq!(consistent(&http, &organization).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_the_last_two_admins_one_cannot_be_removed() {
    let survivors = race_two_admins(|http, path| async move { http.delete(&path).await }).await;

    assert_eq!(survivors, [1; ORGANIZATIONS]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_the_last_two_admins_one_cannot_be_demoted() {
    let demote = json!({ "role": "org:member" });
    let survivors = race_two_admins(move |http, path| {
        let demote = demote.clone();
        async move { http.patch(&path, demote).await }
    })
    .await;

    assert_eq!(survivors, [2; ORGANIZATIONS]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_the_last_two_admins_one_stays_while_one_is_removed_and_the_other_demoted() {
    let demote = json!({ "role": "org:member" });
    let turn = std::sync::atomic::AtomicUsize::new(0);
    let survivors = race_two_admins(move |http, path| {
        let turn = turn.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let demote = demote.clone();
        async move {
            if turn.is_multiple_of(2) {
                http.delete(&path).await
            } else {
                http.patch(&path, demote).await
            }
        }
    })
    .await;

    assert!(survivors.iter().all(|count| (1..=2).contains(count)), "{survivors:?}");
}

/// Lets a call at each of two admins race, in many organizations at once; one of the two must be
/// refused in each. Gives the number of members left.
async fn race_two_admins<C, F>(call: C) -> Vec<usize>
where
    C: Fn(Http, String) -> F,
    F: Future<Output = Answer> + Send + 'static,
{
    let servers = Servers::start().await;
    let http = servers.http();
    let (mut organizations, mut paths) = (Vec::new(), Vec::new());
    for _ in 0..ORGANIZATIONS {
        let (organization, first) = http.organization_with_admin().await;
        let second = http.anybody().await;
        http.join(&organization, &second, "org:admin").await;
        paths.extend([first, second].map(|user| format!("{}/{user}", path(&organization))));
        organizations.push(organization);
    }

    let call = &call;
    let calls = paths.into_iter().map(|path| move |http: Http| call(http, path));
    let answers = at_once(&servers, calls).await;

    let mut survivors = Vec::new();
    for (pair, organization) in answers.chunks(2).zip(&organizations) {
        assert_outcomes(pair, &[("200", 1), ("400 organization_minimum_permissions_needed", 1)]);
        let rows = consistent(&http, organization).await;
        assert_eq!(rows.iter().filter(|row| row["role"] == "org:admin").count(), 1);
        survivors.push(rows.len());
    }
    survivors
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_admins_who_all_leave_one_stays() {
    let servers = Servers::start().await;
    let http = servers.http();
    let organization = http.organization(json!({ "name": "Acme" })).await;
    let mut users = Vec::new();
    for _ in 0..CALLS {
        let user = http.anybody().await;
        http.join(&organization, &user, "org:admin").await;
        users.push(user);
    }

    let answers = at_once(
        &servers,
        users.into_iter().map(|user| {
            let path = format!("{}/{user}", path(&organization));
            move |http: Http| async move { http.delete(&path).await }
        }),
    )
    .await;

    assert_outcomes(
        &answers,
        &[("200", CALLS - 1), ("400 organization_minimum_permissions_needed", 1)],
    );
    assert_eq!(consistent(&http, &organization).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn joining_and_leaving_at_once_leaves_counts_in_order() {
    let servers = Servers::start().await;
    let http = servers.http();
    let (organization, _) = http.organization_with_admin().await;
    let mut users = Vec::new();
    for _ in 0..10 {
        users.push(http.member(&organization).await);
    }

    let answers = at_once(
        &servers,
        (0..CALLS + 20).map(|call| {
            let user = users[call % users.len()].clone();
            let path = path(&organization);
            move |http: Http| async move {
                let one = format!("{path}/{user}");
                match call / 10 % 4 {
                    0 => http.delete(&one).await,
                    1 => http.post(&path, json!({ "user_id": user, "role": "org:admin" })).await,
                    2 => http.patch(&one, json!({ "role": "org:member" })).await,
                    _ => http.post(&path, json!({ "user_id": user, "role": "org:member" })).await,
                }
            }
        }),
    )
    .await;

    let rows = consistent(&http, &organization).await;
    let allowed = ["200", "400 already_a_member_in_organization", "404 resource_not_found"];
    let outcomes = outcomes(&answers);
    assert!(outcomes.keys().all(|outcome| allowed.contains(&outcome.as_str())), "{outcomes:?}");
    assert!(rows.len() <= users.len() + 1);
    assert_all(&http, rows.len()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lowered_limit_and_joins_at_once_never_lose_a_member() {
    let servers = Servers::start().await;
    let http = servers.http();
    let organization = http.organization(json!({ "name": "Acme" })).await;
    let mut users = Vec::new();
    for _ in 0..CALLS {
        users.push(http.anybody().await);
    }

    let answers = at_once(
        &servers,
        users.iter().enumerate().map(|(call, user)| {
            let organization = format!("/v1/organizations/{organization}");
            let body = json!({ "user_id": user, "role": "org:member" });
            move |http: Http| async move {
                if call == 50 {
                    let limit = json!({ "max_allowed_memberships": 1 });
                    http.patch(&organization, limit).await
                } else {
                    http.post(&format!("{organization}/memberships"), body).await
                }
            }
        }),
    )
    .await;

    let joined: Vec<_> = answers
        .iter()
        .enumerate()
        .filter(|(call, answer)| *call != 50 && answer.status == 200)
        .map(|(call, _)| users[call].clone())
        .collect();
    let mut listed: Vec<_> = consistent(&http, &organization).await.iter().map(user_of).collect();
    let mut joined = joined;
    joined.sort_unstable();
    listed.sort_unstable();
    assert_eq!(listed, joined);
}
