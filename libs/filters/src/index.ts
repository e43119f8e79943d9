export {
  distinctTextOf,
  readDistinctValue,
  shownDistinctValue,
  type DistinctValueProblem,
} from './distinct-value';
export type { Filter, PropertiesTest, Scalar } from './filter';
export { FILTER_TEXT_LENGTH_MAX, readFilter, type FilterDraft } from './filter-draft';
export { compileFilterNode, conditionsOf, type FilterNode } from './filter-node';
export { readFilterNode, type FilterNodeDraft } from './filter-node-draft';
export { isObject, sameJson, type JsonObject, type JsonValue } from './json';
export {
  EVENT_NAME_CHARACTERS_MAX,
  eventNameProblem,
  isWellFormed,
  nameProblem,
  PROPERTIES_DEPTH_MAX,
  PROPERTY_KEY_CHARACTERS_MAX,
  propertyKeyProblem,
} from './names';
export { parsePath, pathProblem, readPath, type PropertyPath } from './property-path';
export {
  quantityText,
  readQuantity,
  UNITS_PER_ONE,
  type Quantity,
  type QuantityProblem,
} from './quantity';
