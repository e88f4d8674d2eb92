//! What an instance has set about itself.

use guildhall_types::UpdateInstance;

use crate::batch::Rows;
use crate::operation::{Context, Operation, Refusal, Wanted};

/// Changes what an instance has set about itself; what is `None` stays.
#[derive(Debug)]
pub struct Update {
    /// The new values.
    pub changes: UpdateInstance,
}

impl Operation for Update {
    type Answer = ();

    fn wants(&self, wanted: &mut Wanted) {
        wanted.instance = true;
    }

    fn decide(&self, rows: &mut Rows, _: &mut Context<'_>) -> Result<(), Refusal> {
        let before = rows.instance();
        let mut now = before.clone();
        set_given(&mut now, &self.changes);
        if now != before {
            rows.put_instance(now);
        }
        Ok(())
    }
}

fn set_given(now: &mut UpdateInstance, changes: &UpdateInstance) {
    let UpdateInstance {
        test_mode,
        hibp,
        enhanced_email_deliverability,
        support_email,
        clerk_js_version,
        development_origin,
        allowed_origins,
        cookieless_dev,
        url_based_session_syncing,
        preferred_sign_in_strategy_when_password_required: strategy,
    } = changes;
    keep_or_set(&mut now.test_mode, test_mode);
    keep_or_set(&mut now.hibp, hibp);
    keep_or_set(&mut now.enhanced_email_deliverability, enhanced_email_deliverability);
    keep_or_set(&mut now.support_email, support_email);
    keep_or_set(&mut now.clerk_js_version, clerk_js_version);
    keep_or_set(&mut now.development_origin, development_origin);
    keep_or_set(&mut now.allowed_origins, allowed_origins);
    keep_or_set(&mut now.cookieless_dev, cookieless_dev);
    keep_or_set(&mut now.url_based_session_syncing, url_based_session_syncing);
    keep_or_set(&mut now.preferred_sign_in_strategy_when_password_required, strategy);
}

fn keep_or_set<T: Clone>(field: &mut Option<T>, value: &Option<T>) {
    if value.is_some() {
        field.clone_from(value);
    }
}
