import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  CreditOverage,
  type CreditBalanceSchema,
  type CreditUnitSchema,
} from '@billingrails/contracts/billingrails/billing/v1/credit_pb';
import type { CreateCreditUnitRequest } from '@billingrails/contracts/billingrails/billing/v1/credit_service_pb';
import { plainDecimal, decimalText } from '@billingrails/money';
import { toTimestamp } from '@billingrails/rpc';
import type { GrantBalance } from '../domain/burn-down';
import type { CreditUnit, CreditUnitDraft, Overage } from '../domain/credit-unit';
import type { BalanceAnswer } from '../use-cases/credit-balance';

const OVERAGES: Readonly<Record<CreditOverage, Overage>> = {
  [CreditOverage.UNSPECIFIED]: 'left',
  [CreditOverage.LEFT]: 'left',
  [CreditOverage.BORROWED]: 'borrowed',
  [CreditOverage.BILLED]: 'billed',
};
const OVERAGES_TO_PROTO: Readonly<Record<Overage, CreditOverage>> = {
  left: CreditOverage.LEFT,
  borrowed: CreditOverage.BORROWED,
  billed: CreditOverage.BILLED,
};

export function unitFromProto({
  code,
  name,
  rates,
  overage,
  currencyCode,
}: CreateCreditUnitRequest): CreditUnitDraft {
  return {
    ...{ code, name },
    rates: rates.map(({ meterProfile, featureId, feeId, amount }) => ({
      ...(meterProfile && { meterProfile }),
      ...(featureId === '' ? {} : { featureId }),
      ...(feeId === '' ? {} : { feeId }),
      amount: plainDecimal(amount),
    })),
    overage: OVERAGES[overage],
    ...(currencyCode === '' ? {} : { currencyCode }),
  };
}

export function creditUnitToProto(unit: CreditUnit): MessageInitShape<typeof CreditUnitSchema> {
  const { id, code, name, rates, overage, currencyCode = '', createMs } = unit;
  return {
    ...{ id, code, name, currencyCode },
    rates: rates.map(({ meterProfile, amount, featureId = '', feeId = '' }) => ({
      meterProfile: { ...meterProfile },
      ...{ amount: decimalText(amount), featureId, feeId },
    })),
    overage: OVERAGES_TO_PROTO[overage],
    createTime: toTimestamp(createMs),
  };
}

export function creditBalanceToProto(
  { accountId, creditUnitId }: { readonly accountId: string; readonly creditUnitId: string },
  { atMs, available, used, overage, grants }: BalanceAnswer,
): MessageInitShape<typeof CreditBalanceSchema> {
  return {
    ...{ accountId, creditUnitId, time: toTimestamp(atMs) },
    available: decimalText(available),
    used: decimalText(used),
    overage: decimalText(overage),
    grants: grants.map(grantBalanceToProto),
  };
}

function grantBalanceToProto({ grant, ...parts }: GrantBalance) {
  return {
    creditGrantId: grant.id,
    remaining: decimalText(parts.remaining),
    burned: decimalText(parts.burned),
    expired: decimalText(parts.expired),
    voided: decimalText(parts.voided),
    pending: decimalText(parts.pending),
  };
}
