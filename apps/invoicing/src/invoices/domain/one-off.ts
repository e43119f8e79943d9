import { invalid, type Violation } from '@billingrails/errors';
import { derivedId, type InvoiceId, type OrganisationId } from '@billingrails/ids';
import { decimal, isCurrency, toMoney, type Decimal } from '@billingrails/money';
import { priceViolations, rate, type Price } from '@billingrails/rating';
import {
  addDays,
  canonicalTimeZone,
  civilDateEndMs,
  civilDateOf,
  isTimeZone,
  type Period,
} from '@billingrails/time';
import type { Billed, PostedLine } from '../../intake/domain/posted-bill';
import type { InvoicedAccount } from '../account-source';

/** A line as it was written by hand. */
export interface OneOffLine {
  readonly description: string;
  readonly quantity: Decimal;
  /** What one is called; may be empty. */
  readonly unit: string;
  readonly unitAmount: Decimal;
  readonly percentOff?: Decimal;
  /** Let off after the percentage, in major units. */
  readonly amountOff?: Decimal;
  readonly taxCategory?: string;
}

/** What a one-off invoice is to ask for. */
export interface OneOff {
  readonly currencyCode: string;
  readonly lines: readonly OneOffLine[];
  /** Unset: the day of its date. */
  readonly period?: Period;
  /** IANA name. */
  readonly timeZone: string;
}

/**
 * What an invoice is made from that was written by hand: its lines are rated as a fee is that has a price for each
 * unit, so that they are shown, explained and recomputed as others are. Throws a DomainError naming every fault.
 */
export function oneOffOf(
  asked: OneOff,
  of: {
    readonly id: InvoiceId;
    readonly organisationId: OrganisationId;
    readonly account: InvoicedAccount;
    /** By the account's clock. */
    readonly issueMs: number;
  },
): Billed {
  const violations = violationsOf(asked);
  if (violations.length > 0)
    throw invalid('INVOICE_INVALID', 'The invoice cannot be as asked for.', violations);
  const { id, organisationId, account, issueMs } = of;
  const { accountId, accountName, testClockMs } = account;
  const timeZone = canonicalTimeZone(asked.timeZone);
  const { currencyCode, period = dayOf(issueMs, timeZone) } = asked;
  return {
    ...{ organisationId, accountId, accountName, currencyCode, period, timeZone },
    ...(testClockMs === undefined ? {} : { isTest: true }),
    planName: '',
    dueMs: issueMs,
    lines: asked.lines.map((line, index) => lineOf(line, { id, index, period, currencyCode })),
  };
}

function lineOf(
  line: OneOffLine,
  at: {
    readonly id: InvoiceId;
    readonly index: number;
    readonly period: Period;
    readonly currencyCode: string;
  },
): PostedLine {
  const { description, unit, taxCategory } = line;
  const counted = { quantity: line.quantity, eventCount: 0n };
  const { quantity, amount: exactAmount, steps } = rate(priceOf(line), counted);
  const place = [at.id, String(at.index)] as const;
  return {
    ...{ id: derivedId('line', ...place), chargeId: derivedId('chg', ...place), kind: 'one_off' },
    ...{ description, unit, quantity, steps, exactAmount, period: at.period },
    ...(taxCategory === undefined ? {} : { taxCategory }),
    ...{ credited: false, billedAmount: ZERO },
    minorUnits: toMoney(exactAmount, at.currencyCode).minorUnits,
  };
}

const ZERO = decimal(0n);

function priceOf({ unitAmount, percentOff, amountOff }: OneOffLine): Price {
  const terms = {
    ...(percentOff === undefined ? {} : { percentOff }),
    ...(amountOff === undefined ? {} : { amountOff }),
  };
  return { kind: 'perUnit', unitAmount, terms };
}

/** The day of an instant, from its first until the next one's. */
function dayOf(ms: number, timeZone: string): Period {
  const date = civilDateOf(ms, timeZone);
  const startMs = civilDateEndMs(addDays(date, -1), timeZone);
  return { startMs, endMs: civilDateEndMs(date, timeZone) };
}

function violationsOf({ currencyCode, lines, period, timeZone }: OneOff): Violation[] {
  const fault = (field: string, description: string): Violation => ({ field, description });
  return [
    ...(isCurrency(currencyCode)
      ? []
      : [fault('currency_code', `must be an ISO 4217 code, not "${currencyCode}"`)]),
    ...(isTimeZone(timeZone)
      ? []
      : [fault('time_zone', `must be an IANA name, not "${timeZone}"`)]),
    ...(period === undefined || period.startMs < period.endMs
      ? []
      : [fault('period.end_time', 'must be after start_time')]),
    // A line has the fields of its price and of what is let off it as its own.
    ...lines.flatMap((line, index) =>
      priceViolations(priceOf(line), `lines[${index}]`).map(({ field, description }) =>
        fault(field.replace(/\.(per_unit|terms)\./, '.'), description),
      ),
    ),
  ];
}
