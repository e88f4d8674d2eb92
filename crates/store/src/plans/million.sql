-- Fills the two instances of a new schema. The first gets an organization of 1,000,000 members,
-- which is `org_0`, and 10,000 of ten beside it, the second 10,000 and a smaller large one. The user
-- `user_0` is in every organization.
--
-- Nothing has to outlive the test and no row is checked on its way in: the tables are not logged,
-- and keys and indexes are taken away first and made again, as they were, at the end.

SET client_min_messages = warning;
SET maintenance_work_mem = '1GB';

CREATE TEMP TABLE sizes AS
SELECT instance, size.*
FROM (SELECT instance, row_number() OVER (ORDER BY instance) AS place FROM instances) i
JOIN (VALUES (1, 1100000, 1000000), (2, 50000, 1000)) AS size (place, users, members)
  USING (place);

CREATE TEMP TABLE filled (place, name) AS
VALUES (1, 'identifiers'), (2, 'member_counts'), (3, 'memberships'), (4, 'organizations'),
       (5, 'users');

CREATE TEMP TABLE parts AS
SELECT r.relname, k.conname AS name, k.contype = 'f' AS is_reference,
       format('ALTER TABLE %I DROP CONSTRAINT %I', r.relname, k.conname) AS drop,
       format('ALTER TABLE %I ADD CONSTRAINT %I %s', r.relname, k.conname,
              pg_get_constraintdef(k.oid)) AS make
FROM pg_constraint k
JOIN pg_class r ON r.oid = k.conrelid
JOIN filled ON filled.name = r.relname
WHERE r.relnamespace = current_schema()::regnamespace AND k.contype IN ('p', 'u', 'f')
UNION ALL
SELECT tablename, indexname, false, format('DROP INDEX %I', indexname), indexdef
FROM pg_indexes
JOIN filled ON filled.name = tablename
WHERE schemaname = current_schema()
      AND indexname NOT IN (SELECT conname
                            FROM pg_constraint
                            WHERE connamespace = current_schema()::regnamespace);

DO $$
DECLARE
    part RECORD;
BEGIN
    FOR part IN SELECT drop FROM parts ORDER BY is_reference DESC LOOP
        EXECUTE part.drop;
    END LOOP;
    FOR part IN SELECT name FROM filled ORDER BY place LOOP
        EXECUTE format('ALTER TABLE %I SET UNLOGGED', part.name);
    END LOOP;
END $$;

-- An eighth of the users share a first name, one in 5,000 a last name; a third have a username and
-- nobody a phone number.
INSERT INTO users
    (instance, "user", id, created_at, updated_at, last_active_at, last_sign_in_at, banned,
     initials, card, sort_email_address, sort_phone_number, sort_web3_wallet, sort_username,
     sort_first_name, sort_last_name, search_email_address, search_phone_number,
     search_web3_wallet, search_name, document, public_metadata, private_metadata,
     unsafe_metadata, password_hash)
SELECT s.instance, 1000 * n, 'user_' || n, 1700000000000 + n, 1700000000000 + n,
       CASE WHEN n % 10 = 0 THEN 1700000000000 + n END, NULL, 0,
       'U', format('{"identifier":"user%s@example.com","has_image":false}', n),
       format('user%s@example.com', n), NULL, NULL, CASE WHEN n % 3 = 0 THEN 'name_' || n END,
       first_name, last_name, format('user%s@example.com', n), '',
       '', first_name || ' ' || last_name, '{}', '{}', '{}',
       '{}', NULL
FROM sizes s
CROSS JOIN LATERAL generate_series(0, s.users - 1) n
CROSS JOIN LATERAL (SELECT ('{ada,bob,cyd,dan,eve,fay,gus,hal}'::text[])[1 + n % 8] AS first_name,
                           'name' || n % 5000 AS last_name) names;

INSERT INTO identifiers (instance, kind, value, "user")
SELECT instance, 'email_address', sort_email_address, "user"
FROM users
UNION ALL
SELECT instance, 'username', sort_username, "user"
FROM users
WHERE sort_username IS NOT NULL;

INSERT INTO organizations
    (instance, organization, id, slug, created_at, updated_at, max_allowed_memberships,
     admin_delete_enabled, created_by, sort_name, name, public_metadata, private_metadata,
     role_set)
SELECT instance, n, 'org_' || n, 'organization-' || n, 1700000000000 + n, 1700000000000 + n, 0,
       1, NULL, 'organization ' || n, 'Organization ' || n, '{}', '{}', role_set
FROM sizes
JOIN role_sets USING (instance)
CROSS JOIN generate_series(0, 10000) n;

CREATE TEMP VIEW joining AS
SELECT instance, 0 AS organization, 1000 * n + 1 AS membership, 1000 * n AS "user",
       n % 10000 = 0 AS is_admin
FROM sizes
CROSS JOIN LATERAL generate_series(0, members - 1) n
UNION ALL
SELECT instance, organization, 10000000000 + 1000 * organization + n,
       CASE n WHEN 0 THEN 0 ELSE 1000 * ((organization * 25 + n * 7919) % users) END, n = 0
FROM sizes
CROSS JOIN generate_series(1, 10000) organization
CROSS JOIN generate_series(0, 9) n;

INSERT INTO memberships
    (instance, organization, membership, "user", role, id, updated_at, public_metadata,
     private_metadata)
SELECT j.instance, j.organization, j.membership, j."user", r.role, 'orgmem_' || j.membership,
       1700000000000, '{}', '{}'
FROM joining j
JOIN roles r
  ON r.instance = j.instance
     AND r.key = CASE WHEN j.is_admin THEN 'org:admin' ELSE 'org:member' END;

INSERT INTO member_counts (instance, organization, role, members)
SELECT instance, organization, role, count(*)
FROM memberships
GROUP BY 1, 2, 3;

UPDATE instance_counts c
SET total = counted.total
FROM (SELECT instance, 'users' AS kind, count(*) AS total FROM users GROUP BY 1
      UNION ALL
      SELECT instance, 'memberships', count(*) FROM memberships GROUP BY 1
      UNION ALL
      SELECT instance, 'organizations', count(*) FROM organizations GROUP BY 1) counted
WHERE c.instance = counted.instance AND c.kind = counted.kind;

DO $$
DECLARE
    part RECORD;
BEGIN
    FOR part IN SELECT make FROM parts ORDER BY is_reference LOOP
        EXECUTE part.make;
    END LOOP;
END $$;
