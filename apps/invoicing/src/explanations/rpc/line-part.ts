import { create, fromJson, type MessageInitShape } from '@bufbuild/protobuf';
import { ValueSchema } from '@bufbuild/protobuf/wkt';
import { LineAgreement } from '@billingrails/contracts/billingrails/invoicing/v1/explanation_pb';
import {
  ExplainLineResponseSchema,
  type ExplainLineResponse,
} from '@billingrails/contracts/billingrails/invoicing/v1/invoice_service_pb';
import type {
  ExplainedEventSchema,
  UsageRowSchema,
} from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { decimalText } from '@billingrails/money';
import { toTimestamp } from '@billingrails/rpc';
import { lineToProto } from '../../invoices/contract/invoice';
import type { LinePart } from '../use-cases/explain-line';
import type { CountedEvent, UsageDay } from '../usage-source';

type Part = NonNullable<MessageInitShape<typeof ExplainLineResponseSchema>['part']>;

/** A part of an explanation. */
export function linePartToProto(part: LinePart): ExplainLineResponse {
  return create(ExplainLineResponseSchema, { part: shapeOf(part) });
}

function shapeOf(part: LinePart): Part {
  switch (part.kind) {
    case 'line': {
      const { explained, knownMs } = part;
      const { invoice, section, line, place } = explained;
      const { accountId, subscriptionId = '', billId = '', timeZone } = section;
      const value = {
        ...{ accountId, subscriptionId, billId, timeZone },
        line: lineToProto(line, invoice.assessment?.lines[place]),
        ...(knownMs === undefined ? {} : { knownAt: toTimestamp(knownMs) }),
      };
      return { case: 'line', value };
    }
    case 'days':
      return { case: 'days', value: { days: part.days.map(dayToProto) } };
    case 'events':
      return { case: 'events', value: { events: part.events.map(eventToProto) } };
    case 'result': {
      const { sum, agrees } = part;
      if (sum === undefined) return { case: 'result', value: {} };
      const value = {
        quantity: decimalText(sum.quantity),
        eventCount: sum.eventCount,
        agreement: agrees ? LineAgreement.AGREES : LineAgreement.DIFFERS,
      };
      return { case: 'result', value };
    }
  }
}

function dayToProto({
  period,
  quantity,
  eventCount,
}: UsageDay): MessageInitShape<typeof UsageRowSchema> {
  const value = quantity === undefined ? '' : decimalText(quantity);
  const { startMs, endMs } = period;
  return { startTime: toTimestamp(startMs), endTime: toTimestamp(endMs), value, eventCount };
}

function eventToProto({
  key,
  timeMs,
  group,
  ...rest
}: CountedEvent): MessageInitShape<typeof ExplainedEventSchema> {
  return {
    ...{ ...rest, idempotencyKey: key, timestamp: toTimestamp(timeMs) },
    ...(group && {
      group: {
        values: group.values.map((value) => fromJson(ValueSchema, value)),
        profileVersion: group.profileVersion,
      },
    }),
  };
}
