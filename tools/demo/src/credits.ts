import { timestampMs } from '@bufbuild/protobuf/wkt';
import {
  CreditCategory,
  CreditEntryKind,
} from '@billingrails/contracts/billingrails/billing/v1/credit_pb';
import type { Clients } from '@billingrails/stack/clients';
import { until } from '@billingrails/stack/until';
import { at } from './clock';

/** What an account's credits had come to at an instant. */
export interface BalanceFigure {
  readonly time: string;
  readonly available: string;
  readonly used: string;
  readonly overage: string;
}

/** A posting in the ledger of credits. */
export interface EntryFigure {
  readonly day: string;
  readonly what: string;
  readonly amount: string;
  readonly balance: string;
}

/** A prepaid balance that usage burns down. */
export interface CreditsFigure {
  readonly balances: readonly BalanceFigure[];
  readonly entries: readonly EntryFigure[];
}

const BEGIN = '2026-03-01T00:00:00Z';
const ASKED = ['2026-03-01T00:00:00Z', '2026-03-06T00:00:00Z', '2026-03-11T00:00:00Z'];

const dateOf = (time: Parameters<typeof timestampMs>[0]) =>
  new Date(timestampMs(time)).toISOString().slice(0, 10);

/**
 * Gives an account whose meter, events and clock are there already prepaid credits and a gift, and shows how its usage
 * has burned them. Granted again under the same request_ids, they are what is there already.
 */
export async function playCredits(clients: Clients, accountId: string): Promise<CreditsFigure> {
  const { meters } = await clients.meters.listMeters({});
  const { creditUnit } = await clients.credits.createCreditUnit({
    ...{ code: 'minutes', name: 'Minutes', requestId: 'credits-unit' },
    rates: [{ meterProfile: { meterId: meters[0]?.id ?? '', profile: 'minutes' }, amount: '1' }],
  });
  const creditUnitId = creditUnit?.id ?? '';
  const granted = { accountId, creditUnitId, effectiveTime: at(BEGIN) };
  const { creditGrant: paid } = await clients.credits.createCreditGrant({
    ...{ ...granted, amount: '1200', memo: 'Prepaid', requestId: 'credits-paid' },
  });
  const { creditGrant: gift } = await clients.credits.createCreditGrant({
    ...{ ...granted, amount: '100', memo: 'Welcome', requestId: 'credits-gift' },
    category: CreditCategory.PROMOTIONAL,
  });
  const balances = await Promise.all(
    ASKED.map(async (time) => {
      const question = { accountId, creditUnitId, time: at(time) };
      const { balance } = await clients.credits.getCreditBalance(question);
      const { available = '', used = '', overage = '' } = balance ?? {};
      return { time: time.slice(0, 10), available, used, overage };
    }),
  );
  const entries = await until('the ledger of credits to be posted', async () => {
    const listed = await clients.credits.listCreditEntries({ accountId, creditUnitId });
    const isGranted = (id = '') => listed.entries.some(({ creditGrantId }) => creditGrantId === id);
    return isGranted(paid?.id) && isGranted(gift?.id) ? listed.entries : undefined;
  });
  return {
    balances,
    entries: entries.map(({ dayTime, kind, category, amount, balance }) => ({
      day: dayTime === undefined ? '' : dateOf(dayTime),
      what: [CreditEntryKind[kind], ...(category > 0 ? [CreditCategory[category]] : [])]
        .join(', ')
        .toLowerCase(),
      ...{ amount, balance },
    })),
  };
}
