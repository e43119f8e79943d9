import { create, fromBinary, type DescMessage } from '@bufbuild/protobuf';
import {
  AuditActorKind,
  AuditOutcome,
} from '@billingrails/contracts/billingrails/access/v1/audit_pb';
import { OrganisationService } from '@billingrails/contracts/billingrails/access/v1/organisation_service_pb';
import { AccountSchema } from '@billingrails/contracts/billingrails/billing/v1/account_pb';
import { AccountService } from '@billingrails/contracts/billingrails/billing/v1/account_service_pb';
import { AlertService } from '@billingrails/contracts/billingrails/billing/v1/alert_service_pb';
import { SubscriptionService } from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import { AuditRecordedSchema } from '@billingrails/contracts/billingrails/bus/v1/audit_recorded_pb';
import { EventService } from '@billingrails/contracts/billingrails/ingest/v1/event_service_pb';
import { CollectionService } from '@billingrails/contracts/billingrails/invoicing/v1/collection_service_pb';
import { TaxService } from '@billingrails/contracts/billingrails/invoicing/v1/tax_service_pb';
import { WebhookEndpointService } from '@billingrails/contracts/billingrails/webhooks/v1/webhook_endpoint_service_pb';
import { auditRecorded, auditRefused, recordIdOf, type AuditedCall } from './audit-recorded';
import { changedType, objectNamed } from './audited-object';

const caller = { organisationId: 'org_1', keyId: 'key_1', kind: 'organisation' } as const;
const timeMs = 1_700_000_000_123;
const { updateAccount, createAccount } = AccountService.method;

const told = (call: Omit<AuditedCall, 'id' | 'caller' | 'timeMs'> & Partial<AuditedCall>) => {
  const { data } = auditRecorded({ id: 'aud_1', caller, timeMs, ...call });
  const { record } = fromBinary(AuditRecordedSchema, data);
  if (record === undefined) throw new Error('The message holds no record.');
  return record;
};

/** A call of UpdateAccount that changes an account. */
const updated = (before: string, after: string, notes = ''): Parameters<typeof told>[0] => ({
  method: updateAccount,
  request: create(updateAccount.input, { accountId: 'acct_1', name: after, requestId: 'r1' }),
  before: {
    schema: AccountSchema,
    message: create(AccountSchema, { id: 'acct_1', name: before, email: 'a@b.example' }),
  },
  answer: create(updateAccount.output, {
    account: { id: 'acct_1', name: after, email: notes || 'a@b.example' },
  }),
});

test('a record says who did what to what, when', () => {
  const from = {
    ...caller,
    kind: 'service',
    address: '10.0.0.9',
    forwardedFor: '1.2.3.4',
  } as const;
  expect(told({ ...updated('Old', 'New'), caller: from })).toMatchObject({
    ...{ id: 'aud_1', organisationId: 'org_1', outcome: AuditOutcome.DONE, sequence: 0n },
    actor: {
      ...{ keyId: 'key_1', kind: AuditActorKind.SERVICE },
      ...{ address: '10.0.0.9', forwardedFor: '1.2.3.4' },
    },
    ...{ method: 'billingrails.billing.v1.AccountService/UpdateAccount', requestId: 'r1' },
    ...{ objectType: 'billingrails.billing.v1.Account', objectId: 'acct_1' },
    time: { seconds: 1_700_000_000n, nanos: 123_000_000 },
  });
});

test('of a change only the fields that differ are told, before and after', () => {
  const { beforeJson, afterJson, requestJson } = told(updated('Old', 'New'));
  expect([beforeJson, afterJson]).toEqual(['{"name":"Old"}', '{"name":"New"}']);
  expect(JSON.parse(requestJson)).toEqual({ account_id: 'acct_1', name: 'New', request_id: 'r1' });
  const same = told(updated('Same', 'Same'));
  expect([same.beforeJson, same.afterJson]).toEqual(['', '']);
});

test('what is new is told whole', () => {
  const account = { id: 'acct_1', name: 'New' };
  const { beforeJson, afterJson } = told({
    method: createAccount,
    request: create(createAccount.input, { name: 'New' }),
    answer: create(createAccount.output, { account }),
  });
  expect([beforeJson, JSON.parse(afterJson)]).toEqual(['', account]);
});

test('secrets of requests and answers are not told, however deep they lie', () => {
  const { connectStripe } = CollectionService.method;
  const connected = told({
    method: connectStripe,
    request: create(connectStripe.input, { secretKey: 'sk_live_1', webhookSecret: 'whsec_1' }),
    answer: create(connectStripe.output, { connection: {} }),
  });
  expect(JSON.parse(connected.requestJson)).toEqual({
    ...{ secret_key: '[secret]', webhook_secret: '[secret]' },
  });
  const { createWebhookEndpoint } = WebhookEndpointService.method;
  const created = told({
    method: createWebhookEndpoint,
    request: create(createWebhookEndpoint.input, {}),
    answer: create(createWebhookEndpoint.output, {
      ...{ webhookEndpoint: { id: 'whe_1' }, secret: 'whsec_2' },
    }),
  });
  expect(created.objectId).toBe('whe_1');
  expect(JSON.stringify([connected, created], bigintless)).not.toMatch(/sk_live_1|whsec_/);
});

test('what is too long is told by its hash, and the record fits into a message', () => {
  const long = 'x'.repeat(900_000);
  const record = told(updated('Old', 'New', long));
  const { email } = JSON.parse(record.afterJson) as { email: object };
  expect(email).toEqual({
    omitted_bytes: 900_002,
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(JSON.parse(record.beforeJson)).toEqual({ name: 'Old', email: 'a@b.example' });
});

test.each([
  // The thing in the answer; else the id in the request that is named for it, or the first there is.
  [AlertService.method.deleteAlert, { alertId: 'alr_1' }, {}, 'Alert', 'alr_1'],
  [
    AlertService.method.createAlert,
    { accountId: 'a' },
    { alert: { id: 'alr_2' } },
    'Alert',
    'alr_2',
  ],
  [
    SubscriptionService.method.createOneOffCharge,
    ...[{ subscriptionId: 'sub_1' }, { chargeId: 'chg_1' }, 'Subscription', 'sub_1'],
  ],
  [AccountService.method.deleteTestAccount, { accountId: 'a' }, {}, 'Account', 'a'],
  // What an organisation has once.
  [TaxService.method.updateTaxSettings, {}, { settings: {} }, 'TaxSettings', 'org_1'],
  [TaxService.method.setFeeTax, { feeId: 'fee_1' }, { tax: {} }, 'FeeTax', 'fee_1'],
  [CollectionService.method.disconnectStripe, {}, {}, '', 'org_1'],
] as const)(
  'what a call is about follows from its contract: %#',
  (method, asked, given, type, id) => {
    const { objectType, objectId } = told({
      method,
      request: create(method.input, asked as object),
      answer: create(method.output, given as object),
    });
    expect([objectType.split('.').at(-1), objectId]).toEqual([type, id]);
  },
);

test.each([
  [OrganisationService.method.updateOrganisation, 'Organisation'],
  [AccountService.method.updateAccount, 'Account'],
  [TaxService.method.updateTaxSettings, 'TaxSettings'],
  // What is made was nothing before.
  [OrganisationService.method.createOrganisation, undefined],
  [AlertService.method.createAlert, undefined],
] as const)('which thing a method changes follows from its contract: %#', (method, type) => {
  expect(changedType(method)?.split('.').at(-1)).toBe(type);
  const ids = { organisationId: 'org_1', accountId: 'acct_1' };
  const request = create(method.input as DescMessage, ids as Record<string, unknown>);
  expect(objectNamed(method, request)?.type.split('.').at(-1)).toBe(type);
});

test('a refusal is one record a key, method and minute', () => {
  const method = EventService.method.voidEvents;
  const id = (of: Partial<Parameters<typeof auditRefused>[0]>) =>
    auditRefused({ caller, method, timeMs: 60_000, ...of }).id;
  expect(id({ timeMs: 119_999 })).toBe(id({}));
  const others = [
    id({ timeMs: 120_000 }),
    id({ method: EventService.method.amendEvent }),
    id({ caller: { ...caller, keyId: 'key_2' } }),
  ];
  expect(new Set([id({}), ...others]).size).toBe(4);
  const { record } = fromBinary(AuditRecordedSchema, auditRefused({ caller, method, timeMs }).data);
  expect(record).toMatchObject({ outcome: AuditOutcome.REFUSED, requestJson: '' });
});

test('the same request is one record; without a request_id each is another', () => {
  const id = (requestId: string, content = 'a') =>
    recordIdOf('org_1', 'Method', { requestId, content: Buffer.from(content) });
  expect(id('r1')).toBe(id('r1'));
  expect(new Set([id('r1'), id('r1', 'b'), id('r2'), id(''), id('')]).size).toBe(5);
});

const bigintless = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? String(value) : value;
