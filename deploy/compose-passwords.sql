-- Gives the roles of roles.sql the passwords of the secrets, when the database is set up.
\set owner_password `cat /run/secrets/owner-password`
\set server_password `cat /run/secrets/server-password`
ALTER ROLE guildhall_owner PASSWORD :'owner_password';
ALTER ROLE guildhall PASSWORD :'server_password';
