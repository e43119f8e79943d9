import { periodOf, timeZoneOf, type Invoice } from '../../invoices/domain/invoice';
import type { Party } from '../../totals/domain/assessment';
import { countText } from '../format-number';
import { dateText, periodText } from '../format-time';
import type { Words } from '../words';

/** Something that the head of the document says. */
export interface FactView {
  readonly label: string;
  /** Lines below each other. */
  readonly values: readonly string[];
  /** An id of ours, in small letters below. */
  readonly id?: string;
}

export interface FactsView {
  /** Who owes, then who sells, where that is known. */
  readonly parties: readonly FactView[];
  readonly facts: readonly FactView[];
}

/** Says who owes whom, for what and until when. */
export function factsView(invoice: Invoice, words: Words): FactsView {
  const { terms, sections, issueMs } = invoice;
  const timeZone = timeZoneOf(invoice);
  // What was written by hand is of no plan.
  const plan = sections[0]?.planName ?? '';
  const plans =
    sections.length === 1
      ? fact(words.plan, plan)
      : fact(words.subscriptions, countText(BigInt(sections.length), words.locale));
  return {
    parties: partiesView(partiesOf(invoice), words.billedTo, words),
    facts: [
      ...(sections.length === 1 && plan === '' ? [] : [plans]),
      fact(words.billingPeriod, periodText(periodOf(invoice), timeZone, words)),
      fact(words.dateOfIssue, dateText(issueMs, timeZone, words)),
      fact(words.dueDate, dateText(Date.parse(terms.dueDate), 'UTC', words)),
      ...(terms.purchaseOrderNumber === ''
        ? []
        : [fact(words.purchaseOrder, terms.purchaseOrderNumber)]),
      ...terms.customFields.map((field) => fact(field.name, field.value)),
    ],
  };
}

export function fact(label: string, ...values: string[]): FactView {
  return { label, values };
}

/** Who a document is between. */
export interface Parties {
  readonly accountId: string;
  /** May be empty. */
  readonly accountName: string;
  readonly customer?: Party;
  readonly seller?: Party;
  /** In place of a seller that is not known. */
  readonly issuerLines: readonly string[];
}

export function partiesOf({ accountId, accountName, assessment, terms }: Invoice): Parties {
  const { customer, seller } = assessment ?? {};
  const issuerLines = terms.branding?.issuerLines ?? [];
  return {
    ...{ accountId, accountName, issuerLines },
    ...(customer && { customer }),
    ...(seller && { seller }),
  };
}

/** The customer under a label of its own, then who sells, where that is known. */
export function partiesView(
  { accountId, accountName, customer, seller, issuerLines }: Parties,
  customerLabel: string,
  words: Words,
): FactView[] {
  const name = [customer?.name ?? '', accountName].find((each) => each !== '');
  const issuer = seller === undefined ? issuerLines : [seller.name, ...whereabouts(seller, words)];
  return [
    {
      label: customerLabel,
      values: [...(name === undefined ? [] : [name]), ...whereabouts(customer, words)],
      id: accountId,
    },
    ...(issuer.length === 0 ? [] : [fact(words.from, ...issuer)]),
  ];
}

/** Address and tax ids, a line each. */
function whereabouts(party: Party | undefined, words: Words): string[] {
  if (party === undefined) return [];
  const { address, taxIds } = party;
  const place =
    address === undefined
      ? []
      : [
          ...address.lines,
          [address.postalCode, address.city, address.region]
            .filter((part) => part !== '')
            .join(' '),
          countryName(address.countryCode, words),
        ];
  return [...place.filter((line) => line !== ''), ...taxIds.map(({ value }) => words.taxId(value))];
}

function countryName(code: string, { locale }: Words): string {
  return code === '' ? '' : (new Intl.DisplayNames(locale, { type: 'region' }).of(code) ?? code);
}
