import type { PlainOf } from '../plain';
import { dynamic, type DynamicPrice } from './dynamic';
import { flat, type FlatPrice } from './flat';
import { graduated, type GraduatedPrice } from './graduated';
import { graduatedPercentage, type GraduatedPercentagePrice } from './graduated-percentage';
import type { Model } from './model';
import { percentage, type PercentagePrice } from './percentage';
import { perPackage, type PerPackagePrice } from './per-package';
import { perUnit, type PerUnitPrice } from './per-unit';
import { stairstep, type StairstepPrice } from './stairstep';
import { volume, type VolumePrice } from './volume';

/** All amounts are in major units of one currency, which is the caller's affair. */
export type Price =
  | FlatPrice
  | PerUnitPrice
  | PerPackagePrice
  | GraduatedPrice
  | VolumePrice
  | StairstepPrice
  | PercentagePrice
  | GraduatedPercentagePrice
  | DynamicPrice;

/** All price models: one that is missing does not compile. */
export const MODELS = {
  flat,
  perUnit,
  perPackage,
  graduated,
  volume,
  stairstep,
  percentage,
  graduatedPercentage,
  dynamic,
} satisfies { [K in Price['kind']]: Model<Extract<Price, { kind: K }>, unknown> };

/** How a price is written: its own fields under its kind, as in the contract's `Price`. */
export type PlainPrice = {
  [K in Price['kind']]: { case: K; value: PlainOf<(typeof MODELS)[K]['plain']> };
}[Price['kind']];

export function modelOf(kind: Price['kind']): Model<Price, unknown> {
  return MODELS[kind];
}
