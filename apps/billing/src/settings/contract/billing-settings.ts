import type { MessageInitShape } from '@bufbuild/protobuf';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import {
  AdjustmentBilling as AdjustmentBillingMessage,
  type BillingSettings as BillingSettingsMessage,
  type BillingSettingsSchema,
} from '@billingrails/contracts/billingrails/billing/v1/billing_settings_pb';
import type { GetBillingSettingsRequest } from '@billingrails/contracts/billingrails/billing/v1/billing_settings_service_pb';
import {
  usageThresholdsFromProto,
  usageThresholdsToProto,
} from '../../catalogue/contract/usage-thresholds';
import type { AdjustmentBilling, OwnSettings, SettingsOwner } from '../domain/billing-settings';

const MESSAGES: Record<AdjustmentBilling, AdjustmentBillingMessage> = {
  next_bill: AdjustmentBillingMessage.NEXT_BILL,
  own_bill: AdjustmentBillingMessage.OWN_BILL,
};

const NANOS_A_MS = 1_000_000;

export function billingSettingsToProto({
  graceMs,
  adjustmentBilling,
  usageThresholds,
}: OwnSettings): MessageInitShape<typeof BillingSettingsSchema> {
  return {
    ...(graceMs === undefined ? {} : { grace: durationFromMs(graceMs) }),
    ...(adjustmentBilling === undefined ? {} : { adjustmentBilling: MESSAGES[adjustmentBilling] }),
    ...usageThresholdsToProto(usageThresholds),
  };
}

export function billingSettingsFromProto(message: BillingSettingsMessage): OwnSettings {
  const { grace } = message;
  const adjustmentBilling = adjustmentBillingFromProto(message.adjustmentBilling);
  return {
    ...(grace === undefined
      ? {}
      : { graceMs: Number(grace.seconds) * 1000 + Math.trunc(grace.nanos / NANOS_A_MS) }),
    ...(adjustmentBilling === undefined ? {} : { adjustmentBilling }),
    ...usageThresholdsFromProto(message.usageThresholds),
  };
}

function adjustmentBillingFromProto(
  message: AdjustmentBillingMessage,
): AdjustmentBilling | undefined {
  switch (message) {
    case AdjustmentBillingMessage.UNSPECIFIED:
      return undefined;
    case AdjustmentBillingMessage.NEXT_BILL:
      return 'next_bill';
    case AdjustmentBillingMessage.OWN_BILL:
      return 'own_bill';
  }
}

/** Whose settings a request names. */
export function settingsOwnerFromProto({
  owner,
}: Pick<GetBillingSettingsRequest, 'owner'>): SettingsOwner {
  switch (owner.case) {
    case undefined:
      return { kind: 'organisation' };
    case 'accountId':
      return { kind: 'account', id: owner.value };
    case 'subscriptionId':
      return { kind: 'subscription', id: owner.value };
  }
}
