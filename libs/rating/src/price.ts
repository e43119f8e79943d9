import { assert, type Violation } from '@billingrails/errors';
import { protoName, type Malformed } from './plain';
import { MODELS, modelOf, type PlainPrice, type Price } from './models/registry';

/** Everything that is wrong with a price, by proto path under `path` ("fees[0].price"); empty when it is sound. */
export function priceViolations(price: Price, path: string): Violation[] {
  return modelOf(price.kind).violations(price, `${path}.${protoName(price.kind)}`);
}

/** Whether a meter profile must count what the price is applied to. */
export function isByUsage(price: Price): boolean {
  return modelOf(price.kind).basis === 'usage';
}

/** The most steps that a charge by this price can have. */
export function stepsMax(price: Price): number {
  return modelOf(price.kind).stepsMax(price);
}

/** The price as documents hold it and messages carry it. */
export function writePrice(price: Price): PlainPrice {
  return { case: price.kind, value: modelOf(price.kind).plain.write(price) } as PlainPrice;
}

/** A price that is to be read; of a message that another wrote, the kind may be missing. */
export type UnreadPrice = PlainPrice | { readonly case: undefined };

/** The price, whether it is sound or not. `malformed` is told the path of what cannot be read. */
export function readPrice(plain: UnreadPrice, path: string, malformed: Malformed): Price {
  if (plain.case === undefined || !Object.hasOwn(MODELS, plain.case)) return malformed(path);
  const { case: kind, value } = plain;
  const fields = modelOf(kind).plain.read(value, `${path}.${protoName(kind)}`, malformed);
  return { kind, ...fields } as Price;
}

/** For what was checked when it came in, and is read back: what is malformed there is a bug. */
export function corrupt(path: string): never {
  assert(false, `what was stored can be read: ${path}`);
  throw new Error(path);
}
