//! Every list, and ways to ask for it, beside the rows of `million.sql`.

use guildhall_types::{
    CheckQuestion, ListInstanceOrganizationMemberships, ListOrganizationMemberships,
    ListOrganizations, ListUserOrganizationMemberships, ListUsers, OrderBy,
    OrganizationMembershipOrder, OrganizationOrder, UserOrder,
};

use crate::error::Error;
use crate::{InstanceKey, MembershipPage, Store};

type Members = ListOrganizationMemberships;
type OfUser = ListUserOrganizationMemberships;
type OfInstance = ListInstanceOrganizationMemberships;

/// Orders in which half of a million are skipped: an index of memberships gives the first, one of
/// users the others, of whose values many miss the second and many share the third.
const DEEP: [OrganizationMembershipOrder; 3] = [
    OrganizationMembershipOrder::CreatedAt,
    OrganizationMembershipOrder::PhoneNumber,
    OrganizationMembershipOrder::FirstName,
];

/// What is asked for.
pub(super) enum Ask {
    Members(&'static str, Members),
    OfUser(&'static str, OfUser),
    OfInstance(OfInstance),
    Users(ListUsers),
    UsersCount(ListUsers),
    Organizations(ListOrganizations),
    Checks(Vec<CheckQuestion>),
}

impl Ask {
    /// Asks; gives the ids of the rows that came back, or their number.
    pub(super) async fn run(
        &self,
        store: &Store,
        instance: InstanceKey,
    ) -> Result<Vec<String>, Error> {
        let ids = |page: MembershipPage| page.data.into_iter().map(|row| row.membership.id.clone());
        Ok(match self {
            Self::Members(organization_id, list) => {
                let page =
                    store.organization_memberships(instance, organization_id, list, None).await?;
                page.into_iter().flat_map(ids).collect()
            }
            Self::OfUser(user_id, list) => {
                let page = store.user_memberships(instance, user_id, list).await?;
                page.into_iter().flat_map(ids).collect()
            }
            Self::OfInstance(list) => {
                ids(store.instance_memberships(instance, list).await?).collect()
            }
            Self::Users(list) => {
                let users = store.users(instance, list).await?;
                users.into_iter().map(|user| user.id).collect()
            }
            Self::UsersCount(list) => vec![store.users_count(instance, list).await?.to_string()],
            Self::Organizations(list) => {
                let page = store.organizations(instance, list).await?;
                page.data.into_iter().map(|row| row.organization.id).collect()
            }
            Self::Checks(questions) => {
                let allowed = store.check_permissions(instance, questions).await?;
                allowed.iter().map(bool::to_string).collect()
            }
        })
    }
}

/// Ways to ask, by what they are called.
#[derive(Default)]
pub(super) struct Asks(pub(super) Vec<(String, Ask)>);

impl Asks {
    /// Every list.
    pub(super) fn all() -> Self {
        let mut asks = Self::default();
        asks.members("large", "org_0", "orgmem_500000001");
        asks.members("small", "org_77", "orgmem_10000077005");
        asks.of_user("busy", "user_0", "orgmem_10005000000");
        asks.of_user("other", "user_1077", "orgmem_1077001");
        asks.of_instance();
        asks.users();
        asks.organizations();
        asks.checks();
        asks
    }

    fn add(&mut self, name: &str, ask: Ask) {
        self.0.push((name.to_owned(), ask));
    }

    /// One question and many, about members of the large organization and of small ones.
    fn checks(&mut self) {
        let permission = |number: usize| {
            let (user, organization) = (format!("user_{number}"), format!("org_{}", number % 2));
            CheckQuestion::permission(user, organization, "org:sys_memberships:read")
        };
        let role =
            |number: usize| CheckQuestion::role(format!("user_{number}"), "org_0", "org:member");
        self.add("check permission", Ask::Checks(vec![permission(70)]));
        self.add("check role", Ask::Checks(vec![role(70)]));
        self.add("check permissions", Ask::Checks((0..100).map(permission).collect()));
        self.add("check roles", Ask::Checks((0..100).map(role).collect()));
    }

    fn members(&mut self, size: &str, organization: &'static str, middle: &str) {
        let mut add = |what: String, change: &dyn Fn(&mut Members)| {
            let mut list = Members::default();
            change(&mut list);
            self.add(&format!("members of {size}{what}"), Ask::Members(organization, list));
        };
        let some = |text: &str| Some(text.to_owned());
        let one = |text: &str| vec![text.to_owned()];
        add(String::new(), &|_| {});
        add(" limit=500".to_owned(), &|list| list.limit = Some(500));
        for order in membership_orders() {
            let by = |what: &str| format!(" order_by={order}{what}");
            add(by(""), &|list| list.order_by = Some(order));
            add(by(" starting_after"), &|list| {
                (list.order_by, list.starting_after) = (Some(order), some(middle));
            });
            add(by(" ending_before"), &|list| {
                (list.order_by, list.ending_before) = (Some(order), some(middle));
            });
            add(by(" offset=500"), &|list| {
                (list.order_by, list.offset) = (Some(order), Some(500));
            });
        }
        for field in DEEP {
            let order = OrderBy::ascending(field);
            add(format!(" order_by={order} offset=500000"), &|list| {
                (list.order_by, list.offset) = (Some(order), Some(500_000));
            });
        }
        let mut add = |what: &str, change: &dyn Fn(&mut Members)| add(format!(" {what}"), change);
        add("user_id", &|list| list.user_id = one("user_7"));
        add("user_id=-", &|list| list.user_id = one("-user_7"));
        add("email_address", &|list| list.email_address = one("user7@example.com"));
        add("username", &|list| list.username = one("name_999"));
        add("phone_number of nobody", &|list| list.phone_number = one("+15555550100"));
        add("role of few", &|list| list.role = one("org:admin"));
        add("role of many", &|list| list.role = one("org:member"));
        add("role of nobody", &|list| list.role = one("org:nobody"));
        add("role of all", &|list| list.role = [one("org:admin"), one("org:member")].concat());
        add("created_at_after of nobody", &|list| list.created_at_after = Some(1_800_000_000_000));
        add("created_at_after of all", &|list| list.created_at_after = Some(1));
        add("created_at_before of few", &|list| list.created_at_before = Some(1_700_000_000_050));
        add("last_active_at_before of few", &|list| {
            list.last_active_at_before = Some(1_700_000_001_000);
        });
        add("last_active_at_after of a tenth", &|list| list.last_active_at_after = Some(1));
        add("query of one", &|list| list.query = some("user777777@"));
        add("query of nobody", &|list| list.query = some("zzzqqq"));
        add("query of an eighth", &|list| list.query = some("ada"));
        add("query of all", &|list| list.query = some("example.com"));
        add("query of two characters", &|list| list.query = some("da"));
        add("name_query of few", &|list| list.name_query = some("name4321"));
        add("username_query of a third", &|list| list.username_query = some("name_"));
        add("email_address_query of few", &|list| list.email_address_query = some("user7777"));
        add("phone_number_query of nobody", &|list| list.phone_number_query = some("5555"));
    }

    fn of_user(&mut self, kind: &str, user: &'static str, middle: &str) {
        let mut add = |what: &str, change: &dyn Fn(&mut OfUser)| {
            let mut list = OfUser::default();
            change(&mut list);
            self.add(&format!("organizations of {kind} user{what}"), Ask::OfUser(user, list));
        };
        let ascending = Some(OrderBy::ascending(OrganizationMembershipOrder::CreatedAt));
        let middle = || Some(middle.to_owned());
        add("", &|_| {});
        add(" ascending", &|list| list.order_by = ascending);
        add(" starting_after", &|list| list.starting_after = middle());
        add(" ascending starting_after", &|list| {
            (list.order_by, list.starting_after) = (ascending, middle());
        });
        add(" ending_before", &|list| list.ending_before = middle());
        add(" offset=5000", &|list| list.offset = Some(5000));
    }

    fn of_instance(&mut self) {
        let mut add = |what: String, change: &dyn Fn(&mut OfInstance)| {
            let mut list = OfInstance::default();
            change(&mut list);
            self.add(&format!("memberships{what}"), Ask::OfInstance(list));
        };
        let middle = || Some("orgmem_500000001".to_owned());
        add(String::new(), &|_| {});
        for order in membership_orders() {
            let by = |what: &str| format!(" order_by={order}{what}");
            add(by(""), &|list| list.order_by = Some(order));
            add(by(" starting_after"), &|list| {
                (list.order_by, list.starting_after) = (Some(order), middle());
            });
            add(by(" ending_before"), &|list| {
                (list.order_by, list.ending_before) = (Some(order), middle());
            });
            add(by(" offset=500"), &|list| {
                (list.order_by, list.offset) = (Some(order), Some(500));
            });
        }
        for field in &DEEP[..2] {
            let order = OrderBy::ascending(*field);
            add(format!(" order_by={order} offset=500000"), &|list| {
                (list.order_by, list.offset) = (Some(order), Some(500_000));
            });
        }
    }

    fn users(&mut self) {
        let mut add = |what: &str, change: &dyn Fn(&mut ListUsers)| {
            let mut list = ListUsers::default();
            change(&mut list);
            self.add(&format!("users{what}"), Ask::Users(list.clone()));
            if list.order_by.is_none() && list.starting_after.is_none() {
                self.add(&format!("users/count{what}"), Ask::UsersCount(list));
            }
        };
        let some = |text: &str| Some(text.to_owned());
        let one = |text: &str| vec![text.to_owned()];
        for (field, _) in UserOrder::ALL {
            for order in [OrderBy::ascending(*field), OrderBy::descending(*field)] {
                add(&format!(" order_by={order}"), &|list| list.order_by = Some(order));
            }
            let order = OrderBy::ascending(*field);
            add(&format!(" order_by={order} offset=500000"), &|list| {
                (list.order_by, list.offset) = (Some(order), Some(500_000));
            });
        }
        add("", &|_| {});
        add(" starting_after", &|list| list.starting_after = some("user_500000"));
        add(" ascending starting_after", &|list| {
            list.starting_after = some("user_500000");
            list.order_by = Some(OrderBy::ascending(UserOrder::CreatedAt));
        });
        add(" user_id", &|list| list.user_id = one("user_7"));
        add(" user_id=-", &|list| list.user_id = one("-user_7"));
        add(" email_address", &|list| list.email_address = one("user7@example.com"));
        add(" external_id of nobody", &|list| list.external_id = one("none"));
        add(" banned", &|list| list.banned = Some(true));
        add(" created_at_after of nobody", &|list| list.created_at_after = Some(1_800_000_000_000));
        add(" created_at_after of all", &|list| list.created_at_after = Some(1));
        add(" last_active_at_after of few", &|list| {
            list.last_active_at_after = Some(1_700_001_099_000);
        });
        add(" query of one", &|list| list.query = some("user777777@"));
        add(" query of nobody", &|list| list.query = some("zzzqqq"));
        add(" query of an eighth", &|list| list.query = some("ada"));
        add(" query of all", &|list| list.query = some("example.com"));
        add(" query of two characters", &|list| list.query = some("da"));
        add(" name_query of few", &|list| list.name_query = some("name4321"));
        let by_name = Some(OrderBy::ascending(UserOrder::LastName));
        for (size, id) in [("large", "org_0"), ("small", "org_77"), ("none", "org_nobody")] {
            let what = format!(" organization_id={size}");
            add(&what, &|list| list.organization_id = one(id));
            add(&format!("{what} order_by=+last_name"), &|list| {
                (list.organization_id, list.order_by) = (one(id), by_name);
            });
            add(&format!("{what} starting_after"), &|list| {
                (list.organization_id, list.starting_after) = (one(id), some("user_500000"));
            });
            add(&format!("{what} offset=500"), &|list| {
                (list.organization_id, list.offset) = (one(id), Some(500));
            });
            add(&format!("{what} user_id"), &|list| {
                (list.organization_id, list.user_id) = (one(id), one("user_7"));
            });
            add(&format!("{what} query of an eighth"), &|list| {
                (list.organization_id, list.query) = (one(id), some("ada"));
            });
            add(&format!("{what} query of few"), &|list| {
                (list.organization_id, list.query) = (one(id), some("name4321"));
            });
            add(&format!(" organization_id=-{size}"), &|list| {
                list.organization_id = one(&format!("-{id}"));
            });
        }
        add(" organization_id of several", &|list| {
            list.organization_id = ["org_77", "org_78", "-org_79"].map(str::to_owned).to_vec();
        });
    }

    fn organizations(&mut self) {
        let mut add = |what: &str, change: &dyn Fn(&mut ListOrganizations)| {
            let mut list = ListOrganizations::default();
            change(&mut list);
            self.add(&format!("organizations{what}"), Ask::Organizations(list));
        };
        let one = |text: &str| vec![text.to_owned()];
        let fields = [
            OrganizationOrder::CreatedAt,
            OrganizationOrder::Name,
            OrganizationOrder::MembersCount,
        ];
        for field in fields {
            for order in [OrderBy::ascending(field), OrderBy::descending(field)] {
                add(&format!(" order_by={order}"), &|list| list.order_by = Some(order));
                add(&format!(" order_by={order} offset=5000"), &|list| {
                    (list.order_by, list.offset) = (Some(order), Some(5000));
                });
            }
        }
        add(" query of one", &|list| list.query = Some("organization 7777".to_owned()));
        add(" query of all", &|list| list.query = Some("organization".to_owned()));
        add(" organization_id", &|list| list.organization_id = one("org_7"));
        add(" user_id of busy", &|list| list.user_id = one("user_0"));
        add(" user_id of other", &|list| list.user_id = one("user_1077"));
        add(" user_id of all but busy", &|list| list.user_id = one("-user_0"));
    }
}

fn membership_orders() -> impl Iterator<Item = OrderBy<OrganizationMembershipOrder>> {
    OrganizationMembershipOrder::ALL
        .iter()
        .flat_map(|(field, _)| [OrderBy::ascending(*field), OrderBy::descending(*field)])
}
