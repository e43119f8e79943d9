import { create, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf';
import { pathToString } from '@bufbuild/protobuf/reflect';
import { createValidator } from '@bufbuild/protovalidate';
import { CreateAccountRequestSchema } from '@billingrails/contracts/billingrails/billing/v1/account_service_pb';
import { CreateEntitlementRequestSchema } from '@billingrails/contracts/billingrails/billing/v1/entitlement_service_pb';
import { CreatePlanRequestSchema } from '@billingrails/contracts/billingrails/billing/v1/plan_service_pb';
import { AggregationMethod } from '@billingrails/contracts/billingrails/metering/v1/meter_pb';
import { CreateMeterRequestSchema } from '@billingrails/contracts/billingrails/metering/v1/meter_service_pb';
import { QueryUsageRequestSchema } from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { ruleWords } from './rule-words';

const validator = createValidator();

function told<Desc extends DescMessage>(schema: Desc, init: MessageInitShape<Desc>): string[] {
  const { violations = [] } = validator.validate(schema, create(schema, init));
  return violations.map((broken) => `${pathToString(broken.field)}: ${ruleWords(broken)}`);
}

const profile = {
  code: 'plays',
  name: 'Plays',
  aggregationMethod: AggregationMethod.COUNT,
};

test('what a contract asks for is told in words', () => {
  const wrong = { ...profile, code: 'A B', aggregationMethod: 0, aggregationTimeWindow: 77 };
  const filters = [{ operator: 'is' }];
  expect(
    told(CreateMeterRequestSchema, {
      name: 'x'.repeat(129),
      eventName: 'Played',
      profiles: [{ ...wrong, filters, groupBy: ['a', 'a'] }],
    }),
  ).toEqual([
    'name: must be at most 128 characters',
    'profiles[0].code: must be 1-64 characters of a-z 0-9 _ -',
    'profiles[0].aggregation_method: must be one of sum, count, count_unique, max, min, latest, average, time_weighted_sum',
    'profiles[0].filters[0].property: is required',
    expect.stringMatching(/^profiles\[0\]\.filters\[0\]\.operator: must be one of eq, ne, in, /),
    'profiles[0].aggregation_time_window: must be one of none, hour, day',
    'profiles[0].group_by: must not hold the same twice',
  ]);
  expect(told(QueryUsageRequestSchema, { accountIds: [''], pageSize: -1 })).toEqual([
    'meter_id: must not be empty',
    'account_ids[0]: must not be empty',
    'start_time: is required',
    'end_time: is required',
    'page_size: must be greater than or equal to 0',
  ]);
  expect(told(CreateMeterRequestSchema, { name: 'a', eventName: 'b' })).toEqual([
    'profiles: must not be empty',
  ]);
});

test.each(['eur', '', 'EURO', '€'])('the currency %p is answered with an example', (currencyCode) =>
  expect(told(CreatePlanRequestSchema, { name: 'a', currencyCode })).toEqual([
    'currency_code: must be the three capital letters of a currency, such as "EUR"',
  ]),
);

test.each(['20,00', '-1', '1e3', '.5', ' 1', '1.', '1'.repeat(21), `1.${'1'.repeat(19)}`])(
  'the limit %p is answered with how a decimal is written',
  (limit) =>
    expect(told(CreateEntitlementRequestSchema, { featureId: 'feat_1', limit })).toEqual([
      'limit: must be empty or a decimal such as "20.00": no sign, at most 20 digits before the point and 18 after it',
      'grantee: exactly one of plan_id, subscription_id, account_id is required',
    ]),
);

test.each(['', '0', '20.00', '12345678901234567890.123456789012345678'])(
  'the limit %p is a decimal or none',
  (limit) =>
    expect(
      told(CreateEntitlementRequestSchema, {
        featureId: 'feat_1',
        grantee: { case: 'planId', value: 'plan_1' },
        limit,
      }),
    ).toEqual([]),
);

test('an account id is told by its characters', () => {
  expect(told(CreateAccountRequestSchema, { name: 'a', accountId: '_a' })).toEqual([
    'account_id: must be empty or 1-128 characters of A-Z a-z 0-9 . _ : @ - that start with a letter or a digit',
  ]);
});
