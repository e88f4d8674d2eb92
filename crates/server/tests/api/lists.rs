//! Lists of memberships: pages, orders and filters.
