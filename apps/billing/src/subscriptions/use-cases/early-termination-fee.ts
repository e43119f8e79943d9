import { derivedId, type OrganisationId } from '@billingrails/ids';
import { decimal, moneyText, type Decimal } from '@billingrails/money';
import type { ClientSession } from 'mongodb';
import { remainingFees } from '../../bills/domain/early-termination/early-termination';
import type { Agreement } from '../../bills/domain/agreement';
import { agreementOf } from '../../bills/use-cases/prepare-bill';
import type { SubscriptionParts } from '../../service-parts';
import type { Ending } from '../domain/cancellation';
import type { Fact, Proration } from '../domain/fact';
import type { Subscription } from '../domain/subscription';

type Fee = NonNullable<Extract<Fact, { kind: 'cancelled' }>['fee']>;

/** What is charged for ending before the term; undefined for nothing. */
export async function earlyTerminationFee(
  parts: Pick<SubscriptionParts, 'plans'>,
  organisationId: OrganisationId,
  subscription: Subscription,
  ending: Ending & { readonly proration: Proration },
  session?: ClientSession,
): Promise<Fee | undefined> {
  if (ending.early === undefined) return undefined;
  const agreement = await agreementOf(parts, organisationId, subscription, session);
  const amount = amountOf(agreement, ending, ending.early);
  if (amount.isZero() || amount.isNegative()) return undefined;
  // The same each time that it is looked at, as it is only one.
  const number = String(subscription.changes.length + 1);
  return { chargeId: derivedId('chg', organisationId, subscription.id, number), amount };
}

function amountOf(
  agreement: Agreement,
  { endMs, proration }: { readonly endMs: number; readonly proration: Proration },
  { termEndMs, termination }: NonNullable<Ending['early']>,
): Decimal {
  switch (termination.kind) {
    case 'not_before_end':
    case 'free':
      return decimal(0n);
    case 'amount':
      return termination.amount;
    case 'remaining_fees': {
      const money = remainingFees(agreement, { endMs, proration, termEndMs });
      return decimal(moneyText(money));
    }
  }
}
