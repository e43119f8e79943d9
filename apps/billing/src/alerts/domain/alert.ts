import type { AccountId, AlertEventId, AlertId, CreditUnitId, FeatureId } from '@billingrails/ids';
import { decimalText, type Decimal } from '@billingrails/money';
import type { Period } from '@billingrails/time';
import type { MeterProfile } from '../../catalogue/domain/fee';

/** What usage is counted in: the running cycle, or a span of the calendar in UTC. */
export type AlertPeriod = 'billing_cycle' | 'day' | 'week' | 'month';

/** What is watched of an account. */
export type AlertFigure =
  | {
      readonly kind: 'usage';
      readonly meterProfile: MeterProfile;
      readonly period: AlertPeriod;
    }
  | {
      readonly kind: 'spend' | 'forecast';
      /** ISO 4217. */
      readonly currencyCode: string;
      /** Whether accounts below the account count with it. */
      readonly includeChildren: boolean;
    }
  | { readonly kind: 'credit_balance'; readonly creditUnitId: CreditUnitId }
  | { readonly kind: 'limit_share'; readonly featureId: FeatureId; readonly featureCode: string };

/** From which side a threshold is passed. */
export type AlertDirection = 'up' | 'down';

/** What a figure may pass. */
export interface AlertThreshold {
  /** In the figure's unit. */
  readonly value: Decimal;
  readonly direction: AlertDirection;
  /** Whether access to metered features is denied while the figure is at or above it. */
  readonly stopsAccess: boolean;
}

/** Watches a figure of one account, or of every account by itself. */
export interface Alert {
  readonly id: AlertId;
  readonly name: string;
  /** Unset: every account. */
  readonly accountId?: AccountId;
  readonly figure: AlertFigure;
  /** At least one; each value and direction once. */
  readonly thresholds: readonly AlertThreshold[];
  /** The names of events that can change the figure. Unset: any may. */
  readonly eventNames?: readonly string[];
  /** By the organisation's clock. */
  readonly createMs: number;
}

/** A threshold that was passed. */
export interface AlertEvent {
  readonly id: AlertEventId;
  readonly alertId: AlertId;
  readonly alertName: string;
  readonly accountId: AccountId;
  readonly threshold: AlertThreshold;
  /** The figure as it was read. */
  readonly value: Decimal;
  /** Unset: the figure has none. */
  readonly period?: Period;
  /** From 1: how often it was passed in the period. */
  readonly occurrence: number;
  /** By the organisation's clock. */
  readonly createMs: number;
}

/** Tells thresholds of an alert apart: "up 100". */
export function thresholdKey({ direction, value }: AlertThreshold): string {
  return `${direction} ${decimalText(value)}`;
}
