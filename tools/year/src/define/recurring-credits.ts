import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { CreditCategory } from '@billingrails/contracts/billingrails/billing/v1/credit_pb';
import type { History, RecurringGrantBook } from '@billingrails/recompute';
import type { Clients } from '@billingrails/stack/clients';
import { steadily } from '@billingrails/stack/until';
import type { CreditUnit } from './credit-units';
import { CYCLE_UNITS } from './cycle-units';
import type { PlanVersion } from './plans';

/** Lets credits be granted again in each cycle; the names of what does by its id. */
export async function defineRecurringCredits(
  clients: Clients,
  { credits }: History,
  creditUnits: ReadonlyMap<string, CreditUnit>,
  plans: ReadonlyMap<string, PlanVersion>,
): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  for (const book of credits?.recurring ?? []) {
    const { name, unit, amount, priority, promotional, rolloverCycles } = book;
    const request = {
      ...{ ...granteeOf(book, plans), amount, priority, rolloverCycles, requestId: name },
      creditUnitId: creditUnits.get(unit)?.id ?? '',
      category: promotional ? CreditCategory.PROMOTIONAL : CreditCategory.PAID,
      rolloverMaximum: book.rolloverMaximum ?? '',
    };
    const { recurringCreditGrant: made } = await steadily(() =>
      clients.recurringCredits.createRecurringCreditGrant(request),
    );
    names.set(made?.id ?? '', name);
  }
  return names;
}

function granteeOf({ to }: RecurringGrantBook, plans: ReadonlyMap<string, PlanVersion>) {
  if ('plan' in to)
    return { grantee: { case: 'planId' as const, value: plans.get(to.plan)?.planId ?? '' } };
  const { account, startMs, timeZone, cycles } = to;
  return {
    grantee: { case: 'accountId' as const, value: account },
    startTime: timestampFromMs(startMs),
    interval: { unit: CYCLE_UNITS[cycles.unit], count: cycles.count, timeZone },
  };
}
