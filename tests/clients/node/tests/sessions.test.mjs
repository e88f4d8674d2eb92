// Sessions, their tokens and the active organization: `sessions`, `verifyToken` and
// `authenticateRequest`.

import assert from 'node:assert/strict';
import { createPublicKey, randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import { call, clients, setTokenVersion } from '../client.mjs';

const PUBLISHABLE_KEY = `pk_test_${Buffer.from('auth.example.com$').toString('base64')}`;
const UNKNOWN_SESSION = 'sess_3E1yAbCdEfGhIjKlMnOpQrStUvW';

/** A key that nothing else in the instance has. */
function key(start) {
  return `${start}_${randomUUID().replaceAll('-', '')}`;
}

/** Signs a user in, whatever the release offers. */
async function signIn(user, organization) {
  return call('POST', '/sessions', {
    user_id: user.id,
    active_organization_id: organization?.id,
  });
}

/** The token of a session, whatever the release offers. */
async function tokenOf(session) {
  return (await call('POST', `/sessions/${session.id}/tokens`, {})).jwt;
}

/** The key that verifies tokens, as it is given to a backend that asks nobody. */
async function publicKey() {
  const [key] = (await call('GET', '/jwks')).keys;
  return createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
}

for (const client of clients) {
  describe(`session tokens of ${client.release}`, () => {
    test('a token is verified by the keys of the server and by a key at hand', async () => {
      const user = await client.user();
      const session = await signIn(user);
      const token = await tokenOf(session);

      for (const options of [client.options, { jwtKey: await publicKey() }]) {
        const claims = await client.verifyToken(token, options);
        assert.deepEqual([claims.sub, claims.sid], [user.id, session.id]);
      }
    });

    test('a token that was changed is refused', async () => {
      const token = await tokenOf(await signIn(await client.user()));
      const [header, , signature] = token.split('.');
      const claims = Buffer.from('{"sub":"user_1","exp":9999999999}').toString('base64url');

      const verify = client.verifyToken(`${header}.${claims}.${signature}`, client.options);

      await assert.rejects(verify, /signature|invalid/i);
    });
  });
}

// Earlier releases do not read version 2 of the claims.
const reads = clients.flatMap((client) =>
  (client.major >= 2 ? [1, 2] : [1]).map((version) => ({ client, version })),
);

for (const { client, version } of reads) {
  describe(`the active organization of ${client.release} in version ${version}`, () => {
    const made = [];

    before(() => setTokenVersion(version));
    after(() => setTokenVersion(2));

    /** A role with permissions, which goes at the end: an instance may only have a few. */
    async function role(permissions) {
      const ids = [];
      for (const permission of permissions) {
        const fields = { name: permission, key: permission };
        ids.push((await call('POST', '/organization_permissions', fields)).id);
      }
      const fields = {
        name: 'Editor',
        key: key('org:editor'),
        permissions: ids,
        include_in_initial_role_set: true,
      };
      const role = await call('POST', '/organization_roles', fields);
      made.push({ role, ids });
      return role;
    }

    after(async () => {
      for (const { role, ids } of made) {
        const members = await call('GET', `/organization_memberships?limit=500`);
        for (const { role: held, organization } of members.data) {
          if (held === role.key) await call('DELETE', `/organizations/${organization.id}`);
        }
        await call('DELETE', `/organization_roles/${role.id}`);
        for (const id of ids) await call('DELETE', `/organization_permissions/${id}`);
      }
    });

    /** What the package makes of a request with a token of a session. */
    async function auth(session) {
      const headers = { authorization: `Bearer ${await tokenOf(session)}` };
      const request = new Request('https://app.example.com/', { headers });
      const options = { publishableKey: PUBLISHABLE_KEY, jwtKey: await publicKey() };
      const state = await client.authenticateRequest(request, options);
      assert.equal(state.reason, null, String(state.message));
      return state.toAuth();
    }

    test('a request shows organization, role and permissions', async () => {
      const start = key('posts');
      const edit = await role([`org:${start}:edit`, `org:${start}:read`]);
      const organization = await client.organization();
      const user = await client.user();
      await client.join(organization, user, edit.key);

      const shown = await auth(await signIn(user));

      assert.equal(shown.userId, user.id);
      assert.deepEqual([shown.orgId, shown.orgSlug], [organization.id, organization.slug]);
      assert.equal(shown.orgRole, edit.key);
      const expected = [`org:${start}:edit`, `org:${start}:read`];
      assert.deepEqual(shown.orgPermissions.toSorted(), expected);
      assert.ok(shown.has({ role: edit.key }) && shown.has({ permission: expected[0] }));
      assert.ok(!shown.has({ role: 'org:admin' }));
      assert.ok(!shown.has({ permission: 'org:sys_memberships:read' }));
    });

    test('sixty permissions of eight features arrive whole', async () => {
      const start = key('f');
      // Releases before 3 read masks of at most 53 bits; version 1 has none.
      const actions = client.major >= 3 || version === 1 ? 60 : 8;
      const permissions = Array.from({ length: 60 }, (_, index) => {
        const action = actions === 60 ? index : Math.floor(index / 8);
        return `org:${start}_${index % 8}:action_${String(action).padStart(2, '0')}`;
      });
      const wide = await role(permissions);
      const organization = await client.organization();
      const user = await client.user();
      await client.join(organization, user, wide.key);

      const shown = await auth(await signIn(user));

      assert.deepEqual(shown.orgPermissions.toSorted(), permissions.toSorted());
      assert.ok(permissions.every((permission) => shown.has({ permission })));
    });

    test('a request shows no organization where none is active', async () => {
      const shown = await auth(await signIn(await client.user()));

      assert.deepEqual([shown.orgId, shown.orgRole], [undefined, undefined]);
      assert.ok(!shown.has({ role: 'org:member' }));
    });

    test('the next session begins in the organization joined last', async () => {
      const [first, second] = [await client.organization(), await client.organization()];
      const user = await client.user();
      await client.join(first, user);
      const running = await signIn(user);
      await client.join(second, user);

      assert.equal((await auth(running)).orgId, first.id);
      assert.equal((await auth(await signIn(user))).orgId, second.id);
      assert.equal((await auth(await signIn(user, first))).orgId, first.id);
    });
  });
}

// Earlier releases cannot make sessions.
for (const client of clients.filter(({ sessions }) => sessions.createSession)) {
  describe(`sessions of ${client.release}`, () => {
    const { sessions } = client;

    test('a session is made, read, listed, given a token and revoked', async () => {
      const user = await client.user();

      const made = await sessions.createSession({ userId: user.id });
      assert.deepEqual([made.userId, made.status], [user.id, 'active']);
      assert.deepEqual(await sessions.getSession(made.id), made);
      const { data, totalCount } = await sessions.getSessionList({ userId: user.id });
      assert.deepEqual([data.map(({ id }) => id), totalCount], [[made.id], 1]);
      const { jwt } = await sessions.getToken(made.id);
      assert.equal((await client.verifyToken(jwt, client.options)).sid, made.id);

      const revoked = await sessions.revokeSession(made.id);
      assert.equal(revoked.status, 'revoked');
      await client.refused(() => sessions.getToken(made.id), 404, 'resource_not_found');
    });

    test('an unknown session is not found', async () => {
      const call = () => sessions.getSession(UNKNOWN_SESSION);
      await client.refused(call, 404, 'resource_not_found');
    });
  });
}
