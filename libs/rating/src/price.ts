import { assert, type Violation } from '@billingrails/errors';
import {
  termsAfter,
  termsPlain,
  termsViolations,
  type PlainTerms,
  type Terms,
} from './layers/terms';
import { MODELS, modelOf, type PlainModel, type PriceModel } from './models/registry';
import { violation } from './models/violations';
import { protoName, type Malformed } from './plain';
import type { FreePart } from './transactions/free-part';

/** A model, and what was agreed beside it. */
export type Price = PriceModel & {
  /** Absent where nothing was. */
  readonly terms?: Terms;
};

/** Everything that is wrong with a price, by proto path under `path` ("fees[0].price"); empty when it is sound. */
export function priceViolations(price: Price, path: string): Violation[] {
  const { terms = {} } = price;
  const counted = ['divisor', 'rounding', 'includedUnits'] as const;
  const isCounted = isByUsage(price) && !readsTransactions(price);
  const unwanted = isCounted ? [] : counted.filter((name) => terms[name] !== undefined);
  return [
    ...modelOf(price.kind).violations(price, `${path}.${protoName(price.kind)}`),
    ...unwanted.flatMap((name) =>
      violation(
        `${path}.terms.${protoName(name)}`,
        isByUsage(price)
          ? 'must be left out where each transaction is priced by itself'
          : 'must be left out: a flat price counts nothing',
      ),
    ),
    ...termsViolations(terms, `${path}.terms`),
  ];
}

/** Whether a meter profile must count what the price is applied to. */
export function isByUsage(price: Price): boolean {
  return modelOf(price.kind).basis === 'usage';
}

/** Whether the price must be told what the events reported one by one. */
export function readsTransactions(price: Price): boolean {
  return modelOf(price.kind).readsTransactions?.(price) ?? false;
}

/** What is free by the price of the first events, where it must be told of them one by one. */
export function freePart(price: Price): FreePart | undefined {
  return modelOf(price.kind).freePart?.(price);
}

/** The price as it holds after so many cycles of the fee; the same one where no discount has ended. */
export function priceAfter(price: Price, cycles: number): Price {
  const { terms, ...model } = price;
  const after = terms && termsAfter(terms, cycles);
  if (after === undefined || after === terms) return price;
  return Object.keys(after).length === 0 ? model : { ...model, terms: after };
}

/** The most steps that a charge by this price can have. */
export function stepsMax(price: Price): number {
  return modelOf(price.kind).stepsMax(price) + Object.keys(price.terms ?? {}).length;
}

/** How a price is written: as documents hold it and messages carry it. */
export interface PlainPrice {
  model: PlainModel;
  terms?: PlainTerms;
}

export function writePrice(price: Price): PlainPrice {
  const value = modelOf(price.kind).plain.write(price);
  return {
    model: { case: price.kind, value } as PlainModel,
    ...(price.terms === undefined ? {} : { terms: termsPlain.write(price.terms) }),
  };
}

/** A price that is to be read; of a message that another wrote, the model may be missing. */
export interface UnreadPrice {
  readonly model: PlainModel | { readonly case: undefined };
  readonly terms?: PlainTerms | undefined;
}

/** The price, whether it is sound or not. `malformed` is told the path of what cannot be read. */
export function readPrice(plain: UnreadPrice, path: string, malformed: Malformed): Price {
  const { model } = plain;
  if (model.case === undefined || !Object.hasOwn(MODELS, model.case)) return malformed(path);
  const { case: kind, value } = model;
  const own = modelOf(kind).plain.read(value, `${path}.${protoName(kind)}`, malformed);
  const terms = termsPlain.read(plain.terms ?? {}, `${path}.terms`, malformed);
  const none = Object.keys(terms).length === 0;
  return { kind, ...own, ...(none ? {} : { terms }) } as Price;
}

/** For what was checked when it came in, and is read back: what is malformed there is a bug. */
export function corrupt(path: string): never {
  assert(false, `what was stored can be read: ${path}`);
  throw new Error(path);
}
