import { fromBinary } from '@bufbuild/protobuf';
import { CHANGES, consumeDurableTogether, type Bus, type Consumption } from '@billingrails/bus';
import { ObjectChangedSchema } from '@billingrails/contracts/billingrails/bus/v1/object_changed_pb';
import {
  InvoiceSchema,
  type Invoice,
} from '@billingrails/contracts/billingrails/invoicing/v1/invoice_pb';
import type { Money } from '@billingrails/contracts/billingrails/common/v1/money_pb';
import { invalid } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import type { Logger } from '@billingrails/log';
import { parseMoney } from '@billingrails/money';
import type { ServiceParts } from '../../service-parts';
import { settleTopUps, type SettledBill } from '../use-cases/settle-top-ups';

/** What following needs. */
export interface SettledParts extends ServiceParts {
  readonly logger: Logger;
  /** Called when something was granted, or given up. */
  readonly onSettled: () => void;
}

/** How many are looked up together. */
const TOGETHER = 200;

/** What settles an invoice: it is paid, whatever by, or nobody owes it any more. */
const SUBJECTS = ['changes.invoice.paid', 'changes.invoice.voided'] as const;

/**
 * Settles what was bought by top-up rules and waits for its invoice, as invoicing tells of it. A message that comes
 * again changes nothing.
 */
export async function followSettledInvoices(bus: Bus, parts: SettledParts): Promise<Consumption> {
  const consumptions = await Promise.all(
    SUBJECTS.map((subject) =>
      consumeDurableTogether(bus, {
        ...{ stream: CHANGES.name, subject, together: TOGETHER, logger: parts.logger },
        durable: `top-ups-${subject.split('.').at(-1) ?? ''}`,
        handler: (messages) =>
          handle(
            parts,
            messages.map(({ data }) => readable(data)),
          ),
      }),
    ),
  );
  return {
    async close() {
      await Promise.all(consumptions.map((each) => each.close()));
    },
  };
}

type Read =
  | { readonly error: unknown }
  | { readonly organisationId: OrganisationId; readonly settled: SettledBill | undefined };

async function handle(parts: SettledParts, read: readonly Read[]) {
  const byOrganisation = new Map<OrganisationId, SettledBill[]>();
  for (const each of read) {
    if ('error' in each || each.settled === undefined) continue;
    const others = byOrganisation.get(each.organisationId);
    if (others === undefined) byOrganisation.set(each.organisationId, [each.settled]);
    else others.push(each.settled);
  }
  for (const [organisationId, settled] of byOrganisation)
    if (await settleTopUps(parts, organisationId, settled)) parts.onSettled();
  return read.map((each) => ('error' in each ? each : undefined));
}

function readable(data: Uint8Array): Read {
  try {
    const { organisationId, type, object } = fromBinary(ObjectChangedSchema, data);
    const settled = settledIn(type, fromBinary(InvoiceSchema, object));
    return { organisationId: organisationId as OrganisationId, settled };
  } catch {
    return { error: invalid('CHANGE_UNREADABLE', 'A message of stream CHANGES is unreadable.') };
  }
}

/**
 * What was bought is alone on its invoice: one of several bills is none of these. Of a void one that is issued anew
 * nothing is settled: what was bought waits for the one in its place, which is of the same bill.
 */
function settledIn(type: string, { billId, total, receivable }: Invoice): SettledBill | undefined {
  const isVoid = type === 'invoice.voided';
  const isReissued = isVoid && (receivable?.replacedByInvoiceId ?? '') !== '';
  if (billId === '' || isReissued) return undefined;
  const whole = minorUnitsOf(total);
  return {
    ...{ billId, total: whole },
    credited: isVoid ? whole : minorUnitsOf(receivable?.credited),
  };
}

function minorUnitsOf(money: Money | undefined): bigint {
  return money === undefined
    ? 0n
    : (parseMoney(money.amount, money.currencyCode)?.minorUnits ?? 0n);
}
