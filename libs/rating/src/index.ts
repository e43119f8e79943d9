export { compareGroups, groupKey, groupText } from './group';
export type { Group, GroupValue } from './group';
export type { FlatPrice, GraduatedPrice, PerUnitPrice, Price, Tier, UsagePrice } from './price';
export { rate } from './rate';
export type { RatedCharge, RatedTier } from './rate';
export { rateGroups } from './rate-groups';
export type { GroupedPrice, GroupPrice, GroupUsage, RatedGroup } from './rate-groups';
export { validatePrice } from './validate-price';
