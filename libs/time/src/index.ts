export { monthlyCycle } from './cycle';
export { instantText, parseInstant } from './instant';
export { DAY_MS, HOUR_MS, MINUTE_MS, utcDayOf, utcHourOf } from './period';
export type { Period } from './period';
export { countWindows, windowsOf } from './windows';
export type { Window } from './windows';
export { canonicalTimeZone, isTimeZone } from './zone';
