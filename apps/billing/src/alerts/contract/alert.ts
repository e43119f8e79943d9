import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  AlertDirection as DirectionMessage,
  AlertPeriod as PeriodMessage,
  type AlertEventSchema,
  type AlertFigure as FigureMessage,
  type AlertFigureSchema,
  type AlertSchema,
  type AlertThreshold as ThresholdMessage,
  type AlertThresholdSchema,
} from '@billingrails/contracts/billingrails/billing/v1/alert_pb';
import { assert } from '@billingrails/errors';
import { plainDecimal, decimalText } from '@billingrails/money';
import { toTimestamp } from '@billingrails/rpc';
import { periodToProto } from '../../contract/period';
import type { FigureDraft } from '../domain/alert-draft';
import type {
  Alert,
  AlertDirection,
  AlertEvent,
  AlertFigure,
  AlertPeriod,
  AlertThreshold,
} from '../domain/alert';

const PERIODS: Record<AlertPeriod, PeriodMessage> = {
  billing_cycle: PeriodMessage.BILLING_CYCLE,
  day: PeriodMessage.DAY,
  week: PeriodMessage.WEEK,
  month: PeriodMessage.MONTH,
};

const DIRECTIONS: Record<AlertDirection, DirectionMessage> = {
  up: DirectionMessage.UP,
  down: DirectionMessage.DOWN,
};

/** An alert as it is answered. */
export function alertToProto(alert: Alert): MessageInitShape<typeof AlertSchema> {
  const { id, name, accountId = '', figure, thresholds, createMs } = alert;
  return {
    ...{ id, name, accountId, figure: figureToProto(figure) },
    thresholds: thresholds.map(thresholdToProto),
    createTime: toTimestamp(createMs),
  };
}

/** An event as it is answered. */
export function alertEventToProto(event: AlertEvent): MessageInitShape<typeof AlertEventSchema> {
  const { id, alertId, alertName, accountId, threshold, value, period, occurrence } = event;
  return {
    ...{ id, alertId, alertName, accountId, occurrence },
    threshold: thresholdToProto(threshold),
    value: decimalText(value),
    ...(period === undefined ? {} : { period: periodToProto(period) }),
    createTime: toTimestamp(event.createMs),
  };
}

function figureToProto(figure: AlertFigure): MessageInitShape<typeof AlertFigureSchema> {
  switch (figure.kind) {
    case 'usage': {
      const { meterProfile, period } = figure;
      const value = { meterProfile: { ...meterProfile }, period: PERIODS[period] };
      return { figure: { case: 'usage', value } };
    }
    case 'spend':
    case 'forecast': {
      const { kind, ...value } = figure;
      return { figure: { case: kind, value } };
    }
    case 'credit_balance': {
      const { creditUnitId } = figure;
      return { figure: { case: 'creditBalance', value: { creditUnitId } } };
    }
    case 'limit_share': {
      const { featureId } = figure;
      return { figure: { case: 'limitShare', value: { featureId } } };
    }
  }
}

function thresholdToProto({
  value,
  direction,
  stopsAccess,
}: AlertThreshold): MessageInitShape<typeof AlertThresholdSchema> {
  return { value: decimalText(value), direction: DIRECTIONS[direction], stopsAccess };
}

/** A threshold as it was asked for. */
export function thresholdFromProto({
  value,
  direction,
  stopsAccess,
}: ThresholdMessage): AlertThreshold {
  const isDown = direction === DirectionMessage.DOWN;
  return {
    value: plainDecimal(value),
    direction: isDown ? 'down' : 'up',
    stopsAccess,
  };
}

/** What is to be watched, as it was asked for. */
export function figureFromProto(message: FigureMessage | undefined): FigureDraft {
  const figure = message?.figure;
  switch (figure?.case) {
    case 'usage': {
      const { meterProfile, period } = figure.value;
      assert(meterProfile !== undefined, 'the contract requires a meter profile');
      const { meterId, profile } = meterProfile;
      return { kind: 'usage', meterProfile: { meterId, profile }, period: periodFromProto(period) };
    }
    case 'spend':
    case 'forecast': {
      const { currencyCode, includeChildren } = figure.value;
      return { kind: figure.case, currencyCode, includeChildren };
    }
    case 'creditBalance':
      return { kind: 'credit_balance', creditUnitId: figure.value.creditUnitId };
    case 'limitShare':
      return { kind: 'limit_share', featureId: figure.value.featureId };
    case undefined:
      throw new Error('the contract requires a figure');
  }
}

function periodFromProto(period: PeriodMessage): AlertPeriod {
  switch (period) {
    case PeriodMessage.UNSPECIFIED:
    case PeriodMessage.BILLING_CYCLE:
      return 'billing_cycle';
    case PeriodMessage.DAY:
      return 'day';
    case PeriodMessage.WEEK:
      return 'week';
    case PeriodMessage.MONTH:
      return 'month';
  }
}
