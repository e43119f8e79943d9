import type { ChargeId, DiscountId, FeeId, PlanId } from '@billingrails/ids';
import { decimal, decimalText } from '@billingrails/money';
import { dateOf, msOf } from '@billingrails/mongo';
import { corrupt, readPrice, writePrice, type PlainPrice } from '@billingrails/rating';
import {
  feeFromDoc,
  feeToDoc,
  groupPriceFromDoc,
  groupPriceToDoc,
  type FeeDoc,
  type GroupPriceDoc,
} from '../../catalogue/store/fee-doc';
import {
  correctedPriceFromDoc,
  correctedPriceToDoc,
  type CorrectedPriceDoc,
} from '../../catalogue/store/price-correction-doc';
import { discountFromDoc, discountToDoc, type DiscountDoc } from './discount-doc';
import { minimumTermFromDoc, minimumTermToDoc, type MinimumTermDoc } from './minimum-term-doc';
import { trialLimitFromDoc, trialLimitToDoc, type TrialLimitDoc } from './trial-limit-doc';
import type { BilledMeanwhile, Fact, FactContent, Proration } from '../domain/fact';

/** A fact in a document: decimals as text, which keeps every digit. */
export type FactDoc = FactContentDoc & { effectiveTime: Date; knownTime: Date };

type FactContentDoc =
  | {
      kind: 'subscribed';
      planId: string;
      planVersion: number;
      quantity: string;
      proration: Proration;
    }
  | { kind: 'plan_changed'; planId: string; planVersion: number; proration: Proration }
  | { kind: 'quantity_changed'; quantity: string; proration: Proration }
  | {
      kind: 'add_on_changed';
      planId: string;
      planVersion: number;
      quantity: string;
      proration: Proration;
    }
  | ({ kind: 'fee_changed'; proration: Proration } & FeeChangeDoc)
  | { kind: 'discount_added'; discountId: string; discount: DiscountDoc }
  | { kind: 'discount_removed'; discountId: string }
  | { kind: 'fee_added'; fee: FeeDoc }
  | { kind: 'cancelled'; proration: Proration; fee?: { chargeId: string; amount: string } }
  | { kind: 'term_agreed'; term: MinimumTermDoc }
  | { kind: 'paused'; billed: BilledMeanwhile; proration: Proration }
  | { kind: 'resumed'; proration: Proration }
  | {
      kind: 'trial_started';
      billed: BilledMeanwhile;
      limit?: TrialLimitDoc;
      converts?: boolean;
    }
  | { kind: 'trial_ended'; converts: boolean; proration: Proration }
  | { kind: 'taken_back'; change: number }
  | {
      kind: 'one_off';
      chargeId: string;
      description: string;
      amount: string;
      billed: 'now' | 'next';
    }
  | ({ kind: 'price_corrected' } & CorrectedPriceDoc);

interface FeeChangeDoc {
  feeId: string;
  /** Set exactly where the fee is overridden; see FeeChange. */
  price?: PlainPrice;
  groupPrices?: GroupPriceDoc[];
  removed: boolean;
}

export function factToDoc({ effectiveMs, knownMs, ...content }: Fact): FactDoc {
  const times = { effectiveTime: dateOf(effectiveMs), knownTime: dateOf(knownMs) };
  return { ...contentToDoc(content), ...times };
}

export function factFromDoc({ effectiveTime, knownTime, ...content }: FactDoc): Fact {
  const times = { effectiveMs: msOf(effectiveTime), knownMs: msOf(knownTime) };
  return { ...contentFromDoc(content), ...times };
}

function contentToDoc(content: FactContent): FactContentDoc {
  switch (content.kind) {
    case 'subscribed':
    case 'quantity_changed':
    case 'add_on_changed':
      return { ...content, quantity: decimalText(content.quantity) };
    case 'fee_changed': {
      const { price, groupPrices, ...rest } = content;
      return {
        ...rest,
        ...(price === undefined ? {} : { price: writePrice(price) }),
        ...(groupPrices === undefined ? {} : { groupPrices: groupPrices.map(groupPriceToDoc) }),
      };
    }
    case 'discount_added':
      return { ...content, discount: discountToDoc(content.discount) };
    case 'trial_started': {
      const { limit, ...rest } = content;
      return { ...rest, ...(limit && { limit: trialLimitToDoc(limit) }) };
    }
    case 'fee_added':
      return { ...content, fee: feeToDoc(content.fee) };
    case 'one_off':
      return { ...content, amount: decimalText(content.amount) };
    case 'cancelled': {
      const { fee, ...rest } = content;
      return fee === undefined
        ? rest
        : { ...rest, fee: { ...fee, amount: decimalText(fee.amount) } };
    }
    case 'term_agreed':
      return { kind: content.kind, term: minimumTermToDoc(content.term) };
    case 'price_corrected':
      return { kind: content.kind, ...correctedPriceToDoc(content) };
    case 'plan_changed':
    case 'discount_removed':
    case 'paused':
    case 'resumed':
    case 'trial_ended':
    case 'taken_back':
      return content;
  }
}

function contentFromDoc(content: FactContentDoc): FactContent {
  switch (content.kind) {
    case 'subscribed':
    case 'add_on_changed':
      return {
        ...content,
        planId: content.planId as PlanId,
        quantity: decimal(content.quantity),
      };
    case 'quantity_changed':
      return { ...content, quantity: decimal(content.quantity) };
    case 'plan_changed':
      return { ...content, planId: content.planId as PlanId };
    case 'fee_changed': {
      const { feeId, price, groupPrices, ...rest } = content;
      return {
        ...rest,
        feeId: feeId as FeeId,
        ...(price === undefined ? {} : { price: readPrice(price, 'price', corrupt) }),
        ...(groupPrices === undefined ? {} : { groupPrices: groupPrices.map(groupPriceFromDoc) }),
      };
    }
    case 'discount_added': {
      const discountId = content.discountId as DiscountId;
      return { kind: content.kind, discountId, discount: discountFromDoc(content.discount) };
    }
    case 'discount_removed':
      return { kind: content.kind, discountId: content.discountId as DiscountId };
    case 'trial_started': {
      const { limit, ...rest } = content;
      return { ...rest, ...(limit && { limit: trialLimitFromDoc(limit) }) };
    }
    case 'fee_added':
      return { ...content, fee: feeFromDoc(content.fee) };
    case 'one_off':
      return {
        ...content,
        chargeId: content.chargeId as ChargeId,
        amount: decimal(content.amount),
      };
    case 'price_corrected':
      return { kind: content.kind, ...correctedPriceFromDoc(content) };
    case 'cancelled': {
      const { fee, ...rest } = content;
      if (fee === undefined) return rest;
      const { chargeId, amount } = fee;
      return { ...rest, fee: { chargeId: chargeId as ChargeId, amount: decimal(amount) } };
    }
    case 'term_agreed':
      return { kind: content.kind, term: minimumTermFromDoc(content.term) };
    case 'paused':
    case 'resumed':
    case 'trial_ended':
    case 'taken_back':
      return content;
  }
}
