CREATE TABLE instances (
    instance INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    environment TEXT NOT NULL CHECK (environment IN ('development', 'production')),
    -- What is set about organizations.
    organizations_enabled INTEGER NOT NULL,
    max_allowed_memberships INTEGER NOT NULL,
    max_allowed_roles INTEGER NOT NULL,
    max_role_sets_allowed INTEGER NOT NULL,
    admin_delete_enabled INTEGER NOT NULL,
    slug_disabled INTEGER NOT NULL,
    -- The version of the claims that session tokens have.
    session_token_version INTEGER NOT NULL CHECK (session_token_version IN (1, 2)),
    -- Another number after each change of its roles and permissions, so that they can be kept.
    catalogue INTEGER NOT NULL DEFAULT 0,
    -- What is set about the instance itself, as JSON.
    settings TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- Secret keys, by the SHA-256 of their text in hexadecimal; the text itself is nowhere.
CREATE TABLE keys (
    hash TEXT PRIMARY KEY,
    instance INTEGER NOT NULL REFERENCES instances (instance),
    id TEXT NOT NULL UNIQUE,
    origin TEXT NOT NULL CHECK (origin IN ('development', 'pinned', 'created')),
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT, WITHOUT ROWID;

-- Keys that session tokens are signed with; the private part is encrypted by the server.
CREATE TABLE signing_keys (
    instance INTEGER NOT NULL,
    signing_key INTEGER NOT NULL,
    id TEXT NOT NULL,
    private_key TEXT NOT NULL,
    modulus TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    listed_until INTEGER,
    PRIMARY KEY (instance, signing_key),
    UNIQUE (instance, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE permissions (
    instance INTEGER NOT NULL,
    permission INTEGER NOT NULL,
    id TEXT NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    type TEXT NOT NULL CHECK (type IN ('system', 'user')),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (instance, permission),
    UNIQUE (instance, id),
    UNIQUE (instance, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE roles (
    instance INTEGER NOT NULL,
    role INTEGER NOT NULL,
    id TEXT NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (instance, role),
    UNIQUE (instance, id),
    UNIQUE (instance, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE role_permissions (
    instance INTEGER NOT NULL,
    role INTEGER NOT NULL,
    permission INTEGER NOT NULL,
    PRIMARY KEY (instance, role, permission),
    FOREIGN KEY (instance, role) REFERENCES roles (instance, role),
    FOREIGN KEY (instance, permission) REFERENCES permissions (instance, permission)
) STRICT, WITHOUT ROWID;

-- Which roles the members of an organization may get. The initial set is that of new organizations;
-- each instance has one.
CREATE TABLE role_sets (
    instance INTEGER NOT NULL,
    role_set INTEGER NOT NULL,
    id TEXT NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    default_role INTEGER NOT NULL,
    creator_role INTEGER NOT NULL,
    is_initial INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (instance, role_set),
    UNIQUE (instance, id),
    UNIQUE (instance, key),
    FOREIGN KEY (instance, default_role) REFERENCES roles (instance, role),
    FOREIGN KEY (instance, creator_role) REFERENCES roles (instance, role)
) STRICT, WITHOUT ROWID;

CREATE TABLE role_set_roles (
    instance INTEGER NOT NULL,
    role_set INTEGER NOT NULL,
    role INTEGER NOT NULL,
    PRIMARY KEY (instance, role_set, role),
    FOREIGN KEY (instance, role_set) REFERENCES role_sets (instance, role_set),
    FOREIGN KEY (instance, role) REFERENCES roles (instance, role)
) STRICT, WITHOUT ROWID;

-- Role sets whose members are being given other roles. Where another set takes the place of one,
-- its organizations get that one behind their members.
CREATE TABLE role_set_migrations (
    instance INTEGER NOT NULL,
    migration INTEGER NOT NULL,
    id TEXT NOT NULL,
    source INTEGER NOT NULL,
    destination INTEGER,
    migrated_members INTEGER NOT NULL,
    started_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (instance, migration),
    UNIQUE (instance, source),
    FOREIGN KEY (instance, source) REFERENCES role_sets (instance, role_set),
    FOREIGN KEY (instance, destination) REFERENCES role_sets (instance, role_set)
) STRICT, WITHOUT ROWID;

-- Which role becomes which, and before which organization every member has been looked at.
CREATE TABLE role_reassignments (
    instance INTEGER NOT NULL,
    migration INTEGER NOT NULL,
    from_role INTEGER NOT NULL,
    to_role INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    is_done INTEGER NOT NULL,
    PRIMARY KEY (instance, migration, from_role),
    FOREIGN KEY (instance, migration) REFERENCES role_set_migrations (instance, migration),
    FOREIGN KEY (instance, from_role) REFERENCES roles (instance, role),
    FOREIGN KEY (instance, to_role) REFERENCES roles (instance, role)
) STRICT, WITHOUT ROWID;

-- What is read with each page stands first; what is large and rare stands last.
CREATE TABLE users (
    instance INTEGER NOT NULL,
    "user" INTEGER NOT NULL,
    id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    last_active_at INTEGER,
    last_sign_in_at INTEGER,
    banned INTEGER NOT NULL,
    initials TEXT NOT NULL,
    card TEXT NOT NULL,
    -- Folded for sorting: the primary addresses and the names.
    sort_email_address TEXT,
    sort_phone_number TEXT,
    sort_web3_wallet TEXT,
    sort_username TEXT,
    sort_first_name TEXT,
    sort_last_name TEXT,
    -- Folded for searching: every address of a kind, one a line, and both names.
    search_email_address TEXT NOT NULL,
    search_phone_number TEXT NOT NULL,
    search_web3_wallet TEXT NOT NULL,
    search_name TEXT NOT NULL,
    document TEXT NOT NULL,
    public_metadata TEXT NOT NULL,
    private_metadata TEXT NOT NULL,
    unsafe_metadata TEXT NOT NULL,
    password_hash TEXT,
    PRIMARY KEY (instance, "user"),
    UNIQUE (instance, id)
) STRICT;

CREATE INDEX users_by_created_at ON users (instance, created_at, "user");
CREATE INDEX users_by_updated_at ON users (instance, updated_at, "user");
CREATE INDEX users_by_email_address ON users (instance, sort_email_address, "user");
CREATE INDEX users_by_phone_number ON users (instance, sort_phone_number, "user");
CREATE INDEX users_by_username ON users (instance, sort_username, "user");
CREATE INDEX users_by_first_name ON users (instance, sort_first_name, "user");
CREATE INDEX users_by_last_name ON users (instance, sort_last_name, "user");

-- The trigrams of what is searched, a row a user by the same key. Keys differ between instances.
CREATE VIRTUAL TABLE user_search USING fts5 (
    email_address, phone_number, username, web3_wallet, id, name,
    content = '', contentless_delete = 1, tokenize = 'trigram case_sensitive 1'
);

CREATE TABLE identifiers (
    instance INTEGER NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    "user" INTEGER NOT NULL,
    PRIMARY KEY (instance, kind, value),
    FOREIGN KEY (instance, "user") REFERENCES users (instance, "user")
) STRICT, WITHOUT ROWID;

CREATE INDEX identifiers_by_user ON identifiers (instance, "user");

CREATE TABLE organizations (
    instance INTEGER NOT NULL,
    organization INTEGER NOT NULL,
    id TEXT NOT NULL,
    slug TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    role_set INTEGER NOT NULL,
    max_allowed_memberships INTEGER NOT NULL,
    admin_delete_enabled INTEGER NOT NULL,
    created_by TEXT,
    -- Folded for sorting and searching.
    sort_name TEXT NOT NULL,
    name TEXT NOT NULL,
    public_metadata TEXT NOT NULL,
    private_metadata TEXT NOT NULL,
    PRIMARY KEY (instance, organization),
    UNIQUE (instance, id),
    UNIQUE (instance, slug),
    FOREIGN KEY (instance, role_set) REFERENCES role_sets (instance, role_set)
) STRICT;

CREATE INDEX organizations_by_created_at ON organizations (instance, created_at, organization);
CREATE INDEX organizations_by_name ON organizations (instance, sort_name, organization);
CREATE INDEX organizations_by_role_set ON organizations (instance, role_set, organization);

-- The key of a membership rises with time and tells when it began. Organization and user are no
-- foreign keys: after a removal they are gone at once, and their memberships little by little.
CREATE TABLE memberships (
    instance INTEGER NOT NULL,
    organization INTEGER NOT NULL,
    membership INTEGER NOT NULL,
    "user" INTEGER NOT NULL,
    role INTEGER NOT NULL,
    id TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    public_metadata TEXT NOT NULL,
    private_metadata TEXT NOT NULL,
    PRIMARY KEY (instance, organization, membership),
    UNIQUE (instance, "user", organization),
    UNIQUE (instance, membership),
    UNIQUE (instance, id),
    FOREIGN KEY (instance, role) REFERENCES roles (instance, role)
) STRICT, WITHOUT ROWID;

CREATE INDEX memberships_by_role ON memberships (instance, organization, role, membership);

-- Tells whether anybody has a role. Its rows come in the order of its keys.
CREATE INDEX memberships_of_role ON memberships (instance, role, membership);

CREATE TABLE member_counts (
    instance INTEGER NOT NULL,
    organization INTEGER NOT NULL,
    role INTEGER NOT NULL,
    members INTEGER NOT NULL CHECK (members >= 0),
    PRIMARY KEY (instance, organization, role),
    FOREIGN KEY (instance, organization) REFERENCES organizations (instance, organization)
) STRICT, WITHOUT ROWID;

-- The active organization counts only while its user is a member there.
CREATE TABLE sessions (
    instance INTEGER NOT NULL,
    session INTEGER NOT NULL,
    id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    "user" INTEGER NOT NULL,
    organization INTEGER,
    is_revoked INTEGER NOT NULL,
    last_active_at INTEGER NOT NULL,
    expire_at INTEGER NOT NULL,
    abandon_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (instance, session),
    UNIQUE (instance, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_by_user ON sessions (instance, "user", session);
CREATE INDEX sessions_by_client ON sessions (instance, client_id, session);

-- The organization that a user was last set to, or none, and a key that tells when.
CREATE TABLE active_organizations (
    instance INTEGER NOT NULL,
    "user" INTEGER NOT NULL,
    organization INTEGER,
    chosen INTEGER NOT NULL,
    PRIMARY KEY (instance, "user")
) STRICT, WITHOUT ROWID;

-- Organizations and users that are gone and whose memberships are still being removed. Until they
-- are, nobody may see them: every read of memberships leaves out those that are named here.
CREATE TABLE removals (
    instance INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('organization', 'user')),
    removed INTEGER NOT NULL,
    PRIMARY KEY (instance, kind, removed)
) STRICT, WITHOUT ROWID;

-- The members of an organization in a role, without those of users that are gone.
CREATE VIEW member_totals AS
SELECT c.instance, c.organization, c.role,
       c.members - (SELECT count(*)
                    FROM removals r
                    JOIN memberships m
                      ON m.instance = r.instance AND m."user" = r.removed
                         AND m.organization = c.organization AND m.role = c.role
                    WHERE r.instance = c.instance AND r.kind = 'user') AS members
FROM member_counts c;

-- How many rows an instance has of each kind, so that nobody has to count them.
CREATE TABLE instance_counts (
    instance INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('memberships', 'organizations', 'users')),
    total INTEGER NOT NULL CHECK (total >= 0),
    PRIMARY KEY (instance, kind)
) STRICT, WITHOUT ROWID;

-- What the planner should expect of tables of any size: without figures it reads memberships by
-- organization even where one user is asked for. They are fixed, so that plans never change with
-- the data: rows of an instance, of an organization, of a user, …
ANALYZE;
DELETE FROM sqlite_stat1;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('memberships', 'memberships', '1000000 1000000 1000 1'),
    ('memberships', 'sqlite_autoindex_memberships_2', '1000000 1000000 10 1'),
    ('memberships', 'sqlite_autoindex_memberships_3', '1000000 1000000 1'),
    ('memberships', 'sqlite_autoindex_memberships_4', '1000000 1000000 1'),
    ('memberships', 'memberships_by_role', '1000000 1000000 1000 500 1'),
    ('memberships', 'memberships_of_role', '1000000 1000000 500000 1'),
    ('users', 'sqlite_autoindex_users_1', '1000000 1000000 1'),
    ('users', 'sqlite_autoindex_users_2', '1000000 1000000 1'),
    ('users', 'users_by_created_at', '1000000 1000000 1 1'),
    ('users', 'users_by_updated_at', '1000000 1000000 1 1'),
    ('users', 'users_by_email_address', '1000000 1000000 1 1'),
    ('users', 'users_by_phone_number', '1000000 1000000 2 1'),
    ('users', 'users_by_username', '1000000 1000000 2 1'),
    ('users', 'users_by_first_name', '1000000 1000000 200 1'),
    ('users', 'users_by_last_name', '1000000 1000000 20 1'),
    ('identifiers', 'identifiers', '2000000 2000000 700000 1'),
    ('identifiers', 'identifiers_by_user', '2000000 2000000 2 1'),
    ('organizations', 'sqlite_autoindex_organizations_1', '100000 100000 1'),
    ('organizations', 'sqlite_autoindex_organizations_2', '100000 100000 1'),
    ('organizations', 'sqlite_autoindex_organizations_3', '100000 100000 1'),
    ('organizations', 'organizations_by_created_at', '100000 100000 1 1'),
    ('organizations', 'organizations_by_name', '100000 100000 1 1'),
    ('organizations', 'organizations_by_role_set', '100000 100000 10000 1'),
    ('member_counts', 'member_counts', '200000 200000 2 1'),
    ('sessions', 'sessions', '1000000 1000000 1'),
    ('sessions', 'sqlite_autoindex_sessions_2', '1000000 1000000 1'),
    ('sessions', 'sessions_by_user', '1000000 1000000 5 1'),
    ('sessions', 'sessions_by_client', '1000000 1000000 1 1'),
    ('active_organizations', 'active_organizations', '1000000 1000000 1'),
    ('removals', 'removals', '4 4 2 1'),
    ('role_sets', 'role_sets', '4 4 1'),
    ('role_sets', 'sqlite_autoindex_role_sets_2', '4 4 1'),
    ('role_sets', 'sqlite_autoindex_role_sets_3', '4 4 1'),
    ('role_set_roles', 'role_set_roles', '20 20 5 1'),
    ('role_set_migrations', 'role_set_migrations', '4 4 1'),
    ('role_set_migrations', 'sqlite_autoindex_role_set_migrations_2', '4 4 1'),
    ('role_reassignments', 'role_reassignments', '4 4 2 1'),
    ('roles', 'roles', '10 10 1'),
    ('roles', 'sqlite_autoindex_roles_2', '10 10 1'),
    ('roles', 'sqlite_autoindex_roles_3', '10 10 1');
ANALYZE sqlite_schema;
