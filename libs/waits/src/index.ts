export { backOffMs } from './back-off';
export type { BackOff } from './back-off';
export { Bell, rest } from './bell';
export { mapBounded } from './bounded';
export { isDoneWithin } from './done-within';
export { repeat, type Job } from './repeat';
