import { unavailable } from '@billingrails/errors';
import { derivedId, type AccountId, type OrganisationId } from '@billingrails/ids';
import type { Prepaid } from '../credits/prepaid';
import type { InvoiceCredit } from '../invoices/domain/invoice';

/** Billing's side: one grant an account, of which each invoice takes once what there is. */
export interface ScriptedPrepaid extends Prepaid {
  /** Grants an account prepaid credits, in minor units of whatever currency is asked for. */
  grant(organisationId: OrganisationId, accountId: AccountId, minorUnits: bigint): void;
  left(organisationId: OrganisationId, accountId: AccountId): bigint;
  /** While true, billing cannot be asked. */
  down: boolean;
}

/** Opens books that answer as billing does. */
export function scriptedPrepaid(): ScriptedPrepaid {
  const left = new Map<string, bigint>();
  const answers = new Map<string, { key: string; credits: InvoiceCredit[]; applied: bigint }>();
  const returns = new Set<string>();
  const check = (): void => {
    if (books.down) throw unavailable('BILLING_UNAVAILABLE', 'Away.', 100);
  };
  const books: ScriptedPrepaid = {
    down: false,
    grant(organisationId, accountId, minorUnits) {
      const key = `${organisationId}/${accountId}`;
      left.set(key, (left.get(key) ?? 0n) + minorUnits);
    },
    left: (organisationId, accountId) => left.get(`${organisationId}/${accountId}`) ?? 0n,
    async apply(organisationId, invoices) {
      check();
      return invoices.map(({ id, accountId, total }) => {
        const before = answers.get(`${organisationId}/${id}`);
        if (before !== undefined) return before.credits;
        const key = `${organisationId}/${accountId}`;
        const there = left.get(key) ?? 0n;
        const minorUnits = there < total.minorUnits ? there : total.minorUnits;
        const amount = { currencyCode: total.currencyCode, minorUnits };
        const grant = { creditGrantId: derivedId('cgr', key), memo: 'Prepaid', amount };
        const credits = minorUnits === 0n ? [] : [grant];
        left.set(key, there - minorUnits);
        answers.set(`${organisationId}/${id}`, { key, credits, applied: minorUnits });
        return credits;
      });
    },
    async giveBack(organisationId, { id, invoiceId, atMost }) {
      check();
      const answer = answers.get(`${organisationId}/${invoiceId}`);
      if (answer === undefined || returns.has(`${organisationId}/${id}`)) return;
      const asked = atMost?.minorUnits ?? answer.applied;
      const back = asked < answer.applied ? asked : answer.applied;
      answer.applied -= back;
      left.set(answer.key, (left.get(answer.key) ?? 0n) + back);
      returns.add(`${organisationId}/${id}`);
    },
  };
  return books;
}
