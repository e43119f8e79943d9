import { assert } from '@billingrails/errors';
import { decimal, decimalText, type Decimal } from '@billingrails/money';
import type { Period } from '@billingrails/time';
import type { CreditedLine, CreditNote } from '../../credit-notes/domain/credit-note';
import {
  periodOf,
  type FinalizedInvoice,
  type InvoiceLine,
  type InvoiceSection,
} from '../../invoices/domain/invoice';
import type { AssessedTax } from '../../totals/domain/assessment';

/** How FOCUS sorts charges, and how often they come. */
export type ChargeCategory = 'Usage' | 'Purchase' | 'Tax' | 'Credit' | 'Adjustment';
export type ChargeFrequency = 'One-Time' | 'Recurring' | 'Usage-Based';

/** A charge as FOCUS has it; amounts are in minor units of the currency. */
export interface Cost {
  /** The number of the invoice or credit note that it is on. */
  readonly documentNumber: string;
  readonly invoice: FinalizedInvoice;
  readonly section: InvoiceSection;
  readonly line: InvoiceLine;
  readonly category: ChargeCategory;
  /** Whether it corrects what an earlier invoice billed. */
  readonly isCorrection: boolean;
  readonly frequency: ChargeFrequency;
  readonly description: string;
  readonly billed: bigint;
  /** Before coupons; of a tax, what it would be then. */
  readonly list: bigint;
  /** What it costs over time: nothing where it buys credits, as these pay for something else. */
  readonly effective: bigint;
  /** What was priced. Unset of taxes and corrections. */
  readonly pricedQuantity?: Decimal;
  /** What was used. */
  readonly consumedQuantity?: Decimal;
  readonly billingPeriod: Period;
}

/** A cost for each line, and behind it one for each of its taxes. What is billed of all sums to the invoice's total. */
export function costsOfInvoice(invoice: FinalizedInvoice): Cost[] {
  let place = 0;
  return invoice.sections.flatMap((section) =>
    section.lines.flatMap((line) => {
      const assessed = invoice.assessment?.lines[place];
      place += 1;
      const amount = line.amount.minorUnits;
      const { net = amount, discounts = [], taxes = [] } = assessed ?? {};
      const charged = discounts.reduce((left, each) => left - each, amount);
      const isBought = invoice.buysCredits === true;
      const kind = kindOf(line);
      // Taxes that are included are a part of the amount before coupons, too.
      const list = hasOwnPrice(kind.category) ? inProportion(amount, net, charged) : net;
      const cost: Cost = {
        ...{ invoice, section, line, documentNumber: invoice.number },
        ...kind,
        description: line.description,
        billed: net,
        list,
        effective: isBought ? 0n : net,
        billingPeriod: periodOf(invoice),
      };
      return [
        cost,
        ...taxes.flatMap(({ tax, amount: taxed }): Cost[] => {
          if (taxed === 0n) return [];
          return [
            {
              ...taxCost(cost, invoice.assessment?.taxes[tax]),
              billed: taxed,
              list: inProportion(taxed, list, net),
              effective: isBought ? 0n : taxed,
            },
          ];
        }),
      ];
    }),
  );
}

/** What is taken back: a cost for each line, and one for each tax of it. What is billed of all is −total. */
export function costsOfCreditNote(creditNote: CreditNote, invoice: FinalizedInvoice): Cost[] {
  return creditNote.lines.flatMap((credited) => {
    const { section, line } = creditedOf(credited, invoice);
    const { pricedQuantity: _priced, consumedQuantity: _consumed, ...kind } = kindOf(line);
    const amounts = (minorUnits: bigint) => ({
      billed: -minorUnits,
      list: -minorUnits,
      effective: invoice.buysCredits === true ? 0n : -minorUnits,
    });
    const cost: Cost = {
      ...{ invoice, section, line, documentNumber: creditNote.number },
      ...kind,
      isCorrection: true,
      description: line.description,
      ...amounts(credited.net),
      billingPeriod: periodOf(invoice),
    };
    return [
      cost,
      ...credited.taxes.flatMap(({ tax, amount }): Cost[] =>
        amount === 0n
          ? []
          : [{ ...taxCost(cost, invoice.assessment?.taxes[tax]), ...amounts(amount) }],
      ),
    ];
  });
}

type Kind = Pick<
  Cost,
  'category' | 'frequency' | 'isCorrection' | 'pricedQuantity' | 'consumedQuantity'
>;

function kindOf(line: InvoiceLine): Kind {
  const { quantity } = line;
  switch (line.kind) {
    case 'usage':
      return {
        ...{ category: 'Usage', frequency: 'Usage-Based', isCorrection: false },
        ...{ pricedQuantity: quantity, consumedQuantity: quantity },
      };
    case 'recurring':
      return {
        ...{ category: 'Purchase', frequency: 'Recurring', isCorrection: false },
        pricedQuantity: quantity,
      };
    case 'one_off':
      return {
        ...{ category: 'Purchase', frequency: 'One-Time', isCorrection: false },
        pricedQuantity: quantity,
      };
    case 'adjustment':
      return line.usage === undefined
        ? { category: 'Purchase', frequency: 'Recurring', isCorrection: true }
        : { category: 'Usage', frequency: 'Usage-Based', isCorrection: true };
    case 'commitment':
      return { category: 'Adjustment', frequency: 'One-Time', isCorrection: false };
    case 'discount':
    case 'promotional_credit':
      return {
        ...{ category: 'Credit', frequency: 'One-Time' },
        isCorrection: line.correctsBillId !== undefined,
      };
  }
}

/** Whether the charge has a price of its own, which coupons let something off. */
function hasOwnPrice(category: ChargeCategory): boolean {
  return category === 'Usage' || category === 'Purchase';
}

function taxCost(of: Cost, tax: AssessedTax | undefined): Cost {
  assert(tax !== undefined, 'a part of a tax is of one of the invoice');
  const { pricedQuantity: _priced, consumedQuantity: _consumed, ...cost } = of;
  const percent = decimalText(tax.percent);
  return { ...cost, category: 'Tax', description: `${tax.name} ${percent} %: ${of.description}` };
}

/** amount × part ÷ whole to the nearest minor unit, half away from zero; where the whole is nothing, the amount. */
function inProportion(amount: bigint, part: bigint, whole: bigint): bigint {
  if (part === whole || whole === 0n) return amount;
  return decimal(amount * part)
    .divide(decimal(whole), 0, 'half')
    .roundToInteger();
}

function creditedOf({ lineId }: CreditedLine, { sections }: FinalizedInvoice) {
  for (const section of sections)
    for (const line of section.lines) if (line.id === lineId) return { section, line };
  assert(false, 'a line that was credited is one of its invoice');
}
