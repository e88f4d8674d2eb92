// Roles and permissions through `organizationRoles` and `organizationPermissions`.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, describe, test } from 'node:test';

import { clients } from '../client.mjs';

const UNKNOWN_ROLE = 'role_3E1yAbCdEfGhIjKlMnOpQrStUvW';
const UNKNOWN_PERMISSION = 'perm_3E1yAbCdEfGhIjKlMnOpQrStUvW';

/** A key that nothing else in the instance has. */
function key(start) {
  return `${start}_${randomUUID().replaceAll('-', '')}`;
}

// Releases before 3 have no calls for them.
for (const client of clients.filter(({ major }) => major >= 3)) {
  describe(`roles and permissions of ${client.release}`, () => {
    const { organizationRoles: roles, organizationPermissions: permissions } = client;
    const made = [];

    /** Makes a role, which goes at the end: an instance may only have a few. */
    async function role(fields = {}) {
      const own = { name: 'Editor', key: key('org:editor'), includeInInitialRoleSet: true };
      const request = { ...own, ...fields };
      const role = await roles.createOrganizationRole(request);
      made.push(role.id);
      return role;
    }

    async function permission() {
      const request = { name: 'Edit posts', key: key('org:posts:edit') };
      return permissions.createOrganizationPermission(request);
    }

    after(async () => {
      for (const id of made) await roles.deleteOrganizationRole(id);
    });

    test('a permission is answered whole', async () => {
      const edit = key('org:posts:edit');

      const made = await permissions.createOrganizationPermission({
        name: 'Edit posts',
        key: edit,
        description: 'Writes and changes',
      });

      assert.match(made.id, /^perm_/);
      assert.deepEqual([made.name, made.key], ['Edit posts', edit]);
      assert.equal(made.description, 'Writes and changes');
      assert.equal(made.createdAt, made.updatedAt);
      assert.deepEqual(await permissions.getOrganizationPermission(made.id), made);
    });

    test('the permissions of the system are listed and stay', async () => {
      const query = { query: 'org:sys_', orderBy: 'key', limit: 2, offset: 1 };

      const { data, totalCount } = await permissions.getOrganizationPermissionList(query);

      assert.equal(totalCount, 9);
      const keys = data.map(({ key }) => key);
      assert.deepEqual(keys, ['org:sys_billing:read', 'org:sys_domains:manage']);
      const call = () => permissions.deleteOrganizationPermission(data[0].id);
      await client.refused(call, 403, 'organization_system_permission_not_modifiable');
    });

    test('a permission is changed and deleted in every role', async () => {
      const { id: permissionId } = await permission();
      const { id } = await role({ permissions: [permissionId] });

      const changed = await permissions.updateOrganizationPermission({
        permissionId,
        name: 'Write posts',
        key: key('org:posts:write'),
      });
      const renamed = await roles.getOrganizationRole(id);
      const deleted = await permissions.deleteOrganizationPermission(permissionId);
      const emptied = await roles.getOrganizationRole(id);

      assert.deepEqual([changed.id, changed.name], [permissionId, 'Write posts']);
      assert.deepEqual(renamed.permissions, [changed]);
      assert.deepEqual([deleted.object, deleted.id], ['permission', permissionId]);
      assert.equal(deleted.deleted, true);
      assert.deepEqual(emptied.permissions, []);
    });

    test('a role is answered whole', async () => {
      const [edit, editor] = [await permission(), key('org:editor')];

      const made = await role({ key: editor, description: 'Writes', permissions: [edit.id] });

      assert.match(made.id, /^role_/);
      assert.deepEqual([made.name, made.key, made.description], ['Editor', editor, 'Writes']);
      assert.equal(made.isCreatorEligible, false);
      assert.deepEqual(made.permissions, [edit]);
      assert.deepEqual(await roles.getOrganizationRole(made.id), made);
    });

    test('roles are found, sorted and paged', async () => {
      const word = randomUUID();
      for (const letter of ['b', 'a']) await role({ name: `${word} ${letter}` });
      const letters = async (query) => {
        const page = await roles.getOrganizationRoleList({ query: word, ...query });
        return [page.data.map(({ name }) => name.at(-1)).join(''), page.totalCount];
      };

      assert.deepEqual(await letters({}), ['ab', 2]);
      assert.deepEqual(await letters({ orderBy: '-name' }), ['ba', 2]);
      assert.deepEqual(await letters({ orderBy: 'name', limit: 1, offset: 1 }), ['b', 2]);
      const wrong = () => letters({ orderBy: 'shoe_size' });
      await client.refused(wrong, 422, 'form_param_value_invalid', 'order_by');
    });

    test('what a role grants shows in its members', async () => {
      const [edit, publish] = [await permission(), await permission()];
      const editor = await role({ permissions: [edit.id] });
      const [organization, member] = [await client.organization(), await client.user()];
      const of = (permission) => ({
        organizationRoleId: editor.id,
        permissionId: permission.id,
      });

      const joined = await client.join(organization, member, editor.key);
      const both = await roles.assignPermissionToOrganizationRole(of(publish));
      const again = () => roles.assignPermissionToOrganizationRole(of(publish));
      await client.refused(again, 409, 'organization_role_permission_association_exists');
      const one = await roles.removePermissionFromOrganizationRole(of(edit));
      const twice = () => roles.removePermissionFromOrganizationRole(of(edit));
      await client.refused(twice, 404, 'organization_role_permission_association_not_found');
      const changed = await roles.updateOrganizationRole({
        organizationRoleId: editor.id,
        name: 'Author',
        key: key('org:author'),
      });
      const now = await client.users.getOrganizationMembershipList({ userId: member.id });
      const deletion = () => roles.deleteOrganizationRole(editor.id);
      await client.refused(deletion, 422, 'organization_role_assigned_members');
      await client.organizations.deleteOrganization(organization.id);

      assert.deepEqual([joined.role, joined.permissions], [editor.key, [edit.key]]);
      const granted = [both, one].map(({ permissions }) => permissions.map(({ key }) => key));
      assert.deepEqual(granted, [[edit.key, publish.key], [publish.key]]);
      assert.deepEqual([changed.name, changed.permissions], ['Author', one.permissions]);
      const [{ id, role: current, permissions: granting }] = now.data;
      assert.deepEqual([id, current, granting], [joined.id, changed.key, [publish.key]]);
    });

    test('delete answers what was deleted', async () => {
      const request = { name: 'Editor', key: key('org:editor') };
      const { id } = await roles.createOrganizationRole(request);

      const deleted = await roles.deleteOrganizationRole(id);

      assert.deepEqual([deleted.object, deleted.id, deleted.deleted], ['role', id, true]);
      await client.refused(() => roles.getOrganizationRole(id), 404, 'resource_not_found');
    });

    test('a key that is taken or wrong is refused', async () => {
      const taken = () => role({ key: 'org:admin' });
      const wrong = () => role({ key: 'Editor' });

      await client.refused(taken, 422, 'form_identifier_exists', 'key');
      await client.refused(wrong, 422, 'form_param_format_invalid', 'key');
    });

    test('no operation finds what is unknown', async () => {
      const unknown = { organizationRoleId: UNKNOWN_ROLE };
      for (const call of [
        () => roles.getOrganizationRole(UNKNOWN_ROLE),
        () => roles.updateOrganizationRole({ ...unknown, name: 'Editor' }),
        () => roles.deleteOrganizationRole(UNKNOWN_ROLE),
        () =>
          roles.assignPermissionToOrganizationRole({
            ...unknown,
            permissionId: UNKNOWN_PERMISSION,
          }),
        () => permissions.getOrganizationPermission(UNKNOWN_PERMISSION),
      ]) {
        await client.refused(call, 404, 'resource_not_found');
      }
      const granting = () => role({ permissions: [UNKNOWN_PERMISSION] });
      await client.refused(granting, 404, 'resource_not_found', 'permissions');
    });

    test('the key has to be known', async () => {
      const call = () => client.stranger.organizationRoles.getOrganizationRoleList();

      await client.refused(call, 401, 'clerk_key_invalid');
    });
  });
}
