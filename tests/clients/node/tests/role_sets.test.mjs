// Role sets through `roleSets`.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, describe, test } from 'node:test';

import { clients } from '../client.mjs';

/** A key that nothing else in the instance has. */
function key(start) {
  return `${start}_${randomUUID().replaceAll('-', '')}`;
}

// Only the newest release has calls for them.
for (const client of clients.filter(({ roleSets }) => roleSets)) {
  describe(`role sets of ${client.release}`, () => {
    const { roleSets, organizationRoles: roles } = client;
    const made = { sets: [], roles: [] };

    async function role() {
      const request = { name: 'Editor', key: key('org:editor') };
      const role = await roles.createOrganizationRole(request);
      made.roles.push(role.id);
      return role;
    }

    /** Makes a set of admins and one other role, which goes at the end. */
    async function roleSet(other) {
      const set = await roleSets.createRoleSet({
        name: 'Pro',
        key: key('role_set:pro'),
        defaultRoleKey: other,
        creatorRoleKey: 'org:admin',
        roles: ['org:admin', other],
      });
      made.sets.push(set.key);
      return set;
    }

    after(async () => {
      for (const set of made.sets) {
        const there = await roleSets.getRoleSet(set).catch(() => undefined);
        if (!there) continue;
        const mappings = Object.fromEntries(there.roles.map(({ key }) => [key, 'org:admin']));
        await roleSets.replaceRoleSet({
          roleSetKeyOrId: set,
          destRoleSetKey: 'role_set:default',
          reassignmentMappings: mappings,
        });
      }
      for (const id of made.roles) await roles.deleteOrganizationRole(id);
    });

    const keys = (set) => set.roles.map(({ key }) => key);

    test('a new instance has one, and it is found by key and by id', async () => {
      const set = await roleSets.getRoleSet('role_set:default');

      assert.deepEqual([set.key, set.type], ['role_set:default', 'initial']);
      assert.deepEqual(await roleSets.getRoleSet(set.id), set);
      assert.equal(set.creatorRole.key, 'org:admin');
      assert.equal(set.defaultRole.key, 'org:member');
    });

    test('a set is made, listed, changed, and given a role more', async () => {
      const editor = await role();
      const set = await roleSet(editor.key);

      const listed = await roleSets.getRoleSetList({ query: set.key });
      const changed = await roleSets.updateRoleSet({
        roleSetKeyOrId: set.id,
        name: 'Professional',
        defaultRoleKey: 'org:admin',
      });
      const added = await roleSets.addRolesToRoleSet({
        roleSetKeyOrId: set.id,
        roleKeys: ['org:member'],
      });

      assert.deepEqual(keys(set), ['org:admin', editor.key]);
      assert.deepEqual([listed.totalCount, listed.data[0]], [1, set]);
      assert.deepEqual([changed.name, changed.defaultRole.key], ['Professional', 'org:admin']);
      assert.deepEqual(keys(added), ['org:admin', 'org:member', editor.key]);
    });

    test('members get roles of the set of their organization, and what takes their place', async () => {
      const editor = await role();
      const set = await roleSet(editor.key);
      const organization = await client.organization({ roleSetKey: set.key });
      const member = await client.user();
      await client.refused(() => client.join(organization, member), 404, 'resource_not_found', 'role');
      const joined = await client.join(organization, member, editor.key);

      const replaced = await roleSets.replaceRoleInRoleSet({
        roleSetKeyOrId: set.id,
        roleKey: editor.key,
        toRoleKey: 'org:member',
      });
      const roleNow = async () => {
        const list = await client.users.getOrganizationMembershipList({ userId: member.id });
        return list.data[0].role;
      };
      const after = await roleNow();
      const deleted = await roleSets.replaceRoleSet({
        roleSetKeyOrId: set.id,
        destRoleSetKey: 'role_set:default',
        reassignmentMappings: { 'org:member': 'org:admin' },
      });

      assert.equal(joined.role, editor.key);
      assert.deepEqual(keys(replaced), ['org:admin', 'org:member']);
      assert.deepEqual([after, await roleNow()], ['org:member', 'org:admin']);
      assert.deepEqual([deleted.id, deleted.deleted], [set.id, true]);
      await client.refused(() => roleSets.getRoleSet(set.id), 404, 'resource_not_found');
      await client.organizations.deleteOrganization(organization.id);
    });
  });
}
