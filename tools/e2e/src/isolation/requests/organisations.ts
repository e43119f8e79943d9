import { ACCOUNT_ID, MONTH_START, TEST_ACCOUNT_ID, type Requests } from '../story';

/** Organisations, their keys and clock, and accounts. */
export const organisationRequests: Requests = {
  'OrganisationService.CreateOrganisation': (_world, label) => ({ name: `${label} new` }),
  'OrganisationService.GetOrganisation': () => ({}),
  'OrganisationService.ListOrganisations': () => ({}),
  'OrganisationService.UpdateOrganisation': (_world, label) => ({ name: `${label} renamed` }),
  'OrganisationService.UpdateOrganisationLimits': () => ({
    limits: { calls_per_second: '1000000000' },
  }),
  'ApiKeyService.CreateApiKey': (_world, label) => ({ name: `${label} key`, scopes: ['read'] }),
  'ApiKeyService.GetApiKey': (world) => ({ api_key_id: world.apiKey }),
  'ApiKeyService.ListApiKeys': () => ({ include_revoked: true }),
  'ApiKeyService.UpdateApiKey': (world, label) => ({
    ...{ api_key_id: world.apiKey, name: `${label} key renamed` },
  }),
  'ApiKeyService.RotateApiKey': (world) => ({ api_key_id: world.apiKey }),
  'ApiKeyService.RevokeApiKey': (world) => ({ api_key_id: world.apiKey }),
  'TestClockService.CreateTestClock': () => ({ current_time: MONTH_START }),
  'AccountService.CreateAccount': (_world, label) => ({
    account_id: ACCOUNT_ID,
    name: `${label} account`,
    email: `${label}@example.com`,
  }),
  'AccountService.UpdateAccount': (_world, label) => ({
    ...{ account_id: ACCOUNT_ID, name: `${label} account`, request_id: 'update' },
  }),
  'AccountService.DeleteTestAccount': () => ({ account_id: TEST_ACCOUNT_ID }),
  'AccountService.GetAccount': () => ({ account_id: ACCOUNT_ID }),
  'AccountService.ListAccounts': () => ({}),
};
