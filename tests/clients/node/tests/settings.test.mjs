// The instance and what it has set about organizations, through `instance`.
//
// Other files run at the same time on the same instance: only what they do not meet is changed.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { clients } from '../client.mjs';

for (const client of clients) {
  describe(`settings of ${client.release}`, () => {
    const { instance, stranger } = client;
    const set = (fields) => instance.updateOrganizationSettings(fields);

    test('the instance is answered', async () => {
      const { id, environmentType, allowedOrigins } = await instance.get();

      assert.match(id, /^ins_/);
      assert.deepEqual([environmentType, allowedOrigins], ['development', null]);
    });

    test('a change of what is set already answers the settings', async () => {
      const settings = await set({
        enabled: true,
        maxAllowedMemberships: 0,
        adminDeleteEnabled: true,
        creatorRoleId: null,
      });

      assert.deepEqual([settings.enabled, settings.adminDeleteEnabled], [true, true]);
      assert.deepEqual([settings.maxAllowedMemberships, settings.maxAllowedRoles], [0, 10]);
      assert.equal(settings.creatorRole, 'org:admin');
      assert.deepEqual([settings.domainsEnabled, settings.domainsEnrollmentModes], [false, []]);
    });

    if (client.major >= 3) {
      test('settings are read as they were set', async () => {
        const roles = client.organizationRoles;
        const [admin] = (await roles.getOrganizationRoleList({ query: 'org:admin' })).data;
        const [member] = (await roles.getOrganizationRoleList({ query: 'org:member' })).data;

        const changed = await set({ domainsDefaultRoleId: admin.id });
        const read = await instance.getOrganizationSettings();
        const restored = await set({ domainsDefaultRoleId: member.id });

        assert.equal(changed.domainsDefaultRole, 'org:admin');
        assert.deepEqual(read, changed);
        assert.equal(restored.domainsDefaultRole, 'org:member');
        assert.equal(restored.slugDisabled, false);
      });
    }

    test('a wrong setting is named', async () => {
      const limit = () => set({ maxAllowedMemberships: -1 });
      const role = () => set({ creatorRoleId: 'role_3E1yAbCdEfGhIjKlMnOpQrStUvW' });

      await client.refused(limit, 422, 'form_param_value_invalid', 'max_allowed_memberships');
      await client.refused(role, 404, 'resource_not_found', 'creator_role_id');
    });

    test('the key has to be known', async () => {
      const call = () => stranger.instance.updateOrganizationSettings({ enabled: true });

      await client.refused(call, 401, 'clerk_key_invalid');
    });
  });
}

// Last in this file: the origins cannot be brought back to none at all.
for (const client of clients.filter(({ instance }) => instance.update)) {
  test(`an update of ${client.release} is taken, and its origins are told`, async () => {
    const allowedOrigins = [`https://release-${client.major}.example.com`];

    await client.instance.update({ testMode: true, supportEmail: 'help@example.com' });
    await client.instance.update({ allowedOrigins });

    assert.deepEqual((await client.instance.get()).allowedOrigins, allowedOrigins);
    const wrong = () => client.instance.update({ allowedOrigins: ['x'.repeat(257)] });
    await client.refused(wrong, 422, 'form_param_max_length_exceeded', 'allowed_origins');
  });
}
