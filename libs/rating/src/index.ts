export type { FlatPrice, GraduatedPrice, PerUnitPrice, Price, Tier } from './price';
export { rate } from './rate';
export type { RatedCharge, RatedTier } from './rate';
export { validatePrice } from './validate-price';
