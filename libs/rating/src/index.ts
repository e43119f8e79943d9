export { chargeViolations } from './check-charge';
export { shareAmount } from './cycle-share';
export type { CycleShare } from './cycle-share';
export { compareGroups, groupKey, groupText } from './group';
export type { Group, GroupValue } from './group';
export { cappedAmount, lessPercents } from './layers/amount-layers';
export { rateCommitment } from './layers/commitment';
export type { CountedSpan } from './layers/commitment';
export { carriedAfter, carriedInto, leftAfter } from './layers/rollover';
export type { PlainTerms, Terms } from './layers/terms';
export type { DynamicPrice } from './models/dynamic';
export type { FlatPrice } from './models/flat';
export type { GraduatedPrice } from './models/graduated';
export type { GraduatedPercentagePrice, PercentageTier } from './models/graduated-percentage';
export type { PercentagePrice } from './models/percentage';
export type { PerPackagePrice } from './models/per-package';
export type { PerUnitPrice } from './models/per-unit';
export type { PlainModel, PriceModel } from './models/registry';
export type { Stair, StairstepPrice } from './models/stairstep';
export type { Tier } from './models/tiers';
export type { VolumePrice } from './models/volume';
export { protoName } from './plain';
export type { Malformed } from './plain';
export {
  corrupt,
  freePart,
  isByUsage,
  priceAfter,
  priceViolations,
  readPrice,
  readsTransactions,
  stepsMax,
  writePrice,
} from './price';
export type { PlainPrice, Price, UnreadPrice } from './price';
export { rate } from './rate';
export type { RatedCharge } from './rate';
export { foldGroups, rateGroups } from './rate-groups';
export type { GroupedPrice, GroupPrice, GroupUsage, RatedGroup } from './rate-groups';
export { packagesOf } from './steps/kinds/packages';
export type { CarriedUnits } from './steps/kinds/rolled-over';
export { billable } from './steps/parts';
export { readStep, writeStep } from './steps/plain-step';
export type { UnreadStep } from './steps/plain-step';
export { makeStep } from './steps/registry';
export type { PlainStep, RatedStep, StepDraft } from './steps/registry';
export { TransactionCounter } from './transactions/count-transactions';
export type { FreePart } from './transactions/free-part';
export { sumOfTransactions } from './usage';
export type { PricedUsage, Transactions } from './usage';
