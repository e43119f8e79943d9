import { fromJson, type DescField, type DescMessage, type JsonValue } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { CreatePlanRequestSchema } from '@billingrails/contracts/billingrails/billing/v1/plan_service_pb';
import { CreateEntitlementRequestSchema } from '@billingrails/contracts/billingrails/billing/v1/entitlement_service_pb';
import { IngestEventsRequestSchema } from '@billingrails/contracts/billingrails/ingest/v1/event_service_pb';
import {
  CreateMeterRequestSchema,
  PreviewMeterRequestSchema,
} from '@billingrails/contracts/billingrails/metering/v1/meter_service_pb';
import { WatchUsageRequestSchema } from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { Faults } from './faults';
import { MessageWalk } from './message-walk';

/** JSON of any kind, the likes of what fields hold among it. */
const anything: fc.Arbitrary<JsonValue> = fc.oneof(
  fc.constantFrom<JsonValue[]>(null, true, '', '1', 'NaN', 1, -1.5, 3_000_000_000, [], [null], {}),
  fc.constantFrom('2024-01-01T00:00:00Z', '2024-01-01t00:00:00Z', 'AGGREGATION_METHOD_SUM', 'x'),
  fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<JsonValue>,
);

/** JSON along the descriptor, right in most places and wrong in a few. */
function jsonOf(desc: DescMessage, depth: number): fc.Arbitrary<JsonValue> {
  if (desc.typeName.startsWith('google.protobuf.') || depth === 0) return anything;
  const members = desc.fields.map((field) =>
    fc.tuple(
      fc.oneof(
        { weight: 9, arbitrary: fc.constantFrom(field.name, field.jsonName) },
        { weight: 1, arbitrary: fc.constantFrom('unknown', '__proto__') },
      ),
      fc.oneof({ weight: 9, arbitrary: valueOf(field, depth) }, { weight: 1, arbitrary: anything }),
    ),
  );
  const some = fc.subarray(members.map((_, index) => index));
  return fc
    .tuple(some, fc.tuple(...members))
    .map(([chosen, all]) =>
      Object.fromEntries(chosen.map((index) => all[index] as [string, JsonValue])),
    );
}

function valueOf(field: DescField, depth: number): fc.Arbitrary<JsonValue> {
  const item = itemOf(field, depth);
  return field.fieldKind === 'list' ? fc.array(item, { maxLength: 3 }) : item;
}

function itemOf(field: DescField, depth: number): fc.Arbitrary<JsonValue> {
  if (field.message !== undefined) return jsonOf(field.message, depth - 1);
  const name = field.enum?.values.at(-1)?.name;
  return fc.constantFrom<JsonValue[]>(name ?? 'text', 1, '7', true, 'text');
}

function isReadByRuntime(desc: DescMessage, json: JsonValue): boolean {
  try {
    fromJson(desc, json);
    return true;
  } catch {
    return false;
  }
}

test.each<[string, DescMessage]>(
  [
    IngestEventsRequestSchema,
    CreateMeterRequestSchema,
    PreviewMeterRequestSchema,
    WatchUsageRequestSchema,
    CreatePlanRequestSchema,
    CreateEntitlementRequestSchema,
  ].map((desc) => [desc.name, desc]),
)('a walk through %s finds a fault exactly when the runtime would not read it', (_name, desc) => {
  fc.assert(
    fc.property(jsonOf(desc, 5), (json) => {
      const faults = new Faults();
      new MessageWalk(faults).message(desc, structuredClone(json));

      return (faults.count === 0) === isReadByRuntime(desc, json);
    }),
    { numRuns: 400 },
  );
});

test.each([
  [{ plan_id: null, subscription_id: 'sub_1' }, 0],
  [{ subscription_id: 'sub_1', plan_id: null }, 0],
  [{ plan_id: 'plan_1', subscription_id: 'sub_1' }, 1],
])('null for one of a oneof leaves room for another: %j has %d faults', (json, count) => {
  const faults = new Faults();
  new MessageWalk(faults).message(CreateEntitlementRequestSchema, json);

  expect(faults.count).toBe(count);
});
