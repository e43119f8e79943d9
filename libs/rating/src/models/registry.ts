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

/** What a price is by itself. All amounts are in major units of one currency, which is the caller's affair. */
export type PriceModel =
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
} satisfies { [K in PriceModel['kind']]: Model<Extract<PriceModel, { kind: K }>, unknown> };

/** How a model is written: its own fields under its kind. */
export type PlainModel = {
  [K in PriceModel['kind']]: { case: K; value: PlainOf<(typeof MODELS)[K]['plain']> };
}[PriceModel['kind']];

export function modelOf(kind: PriceModel['kind']): Model<PriceModel, unknown> {
  return MODELS[kind];
}
