export { remainingMs } from './call';
export { domainErrorOf } from './errors/details';
export { cellsOf, timeText, type Cell, type Column, type ColumnOf } from './exports/cells';
export {
  exportParts,
  readPosition,
  type ExportedThing,
  type ExportFrom,
  type ExportPlan,
  type ExportPosition,
  type ExportSource,
} from './exports/export-parts';
export { unauthenticated, type Authenticate } from './interceptors/authenticate';
export { isExactNumber } from './json/number-literal';
export { readableRequest } from './json/read-request';
export type { LeanCall, LeanMethod } from './lean/lean-method';
export { pageAfter, type PageRequest } from './page-after';
export { pageById, type Slice } from './page-by-id';
export { PAGE_PIECES_MAX, pageOfLines } from './page-in-order';
export { decodePageToken, encodePageToken, pageSize, type Parser } from './pages';
export { ORGANISATION_HEADER, principalOf, type Principal } from './principal';
export { isGrpc } from './protocol';
export { requiredScope } from './scopes';
export { scalarFromValue, type Scalar } from './scalars';
export { endAfterAnswer, sendHeadersAlone } from './server/answers/send-answer';
export type { Pass, PassedCall } from './server/pass-on';
export type { PlainAnswer, PlainRequest, PlainRoute } from './server/plain-route';
export { startRpcServer, type RpcServer, type RpcServerOptions } from './server/start-rpc-server';
export { fromTimestamp, toTimestamp } from './timestamps';
export {
  createRpcClient,
  onBehalfOf,
  type RpcClient,
  type RpcClientOptions,
} from './client/create-rpc-client';
export { isPassing } from './client/passing';
export type { PrincipalLimits, RateLimits } from './rates/rate-limits';
export { Rates } from './rates/rates';
