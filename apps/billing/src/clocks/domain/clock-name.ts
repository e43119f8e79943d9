import type { AccountId } from '@billingrails/ids';

/** By what something falls due: the real time, the organisation's test clock, or one of an account alone. */
export type ClockName = 'real' | 'test' | `account/${AccountId}`;

/** Whether it is a test clock of an account alone. */
export function isOfAccount(clock: ClockName): boolean {
  return clock !== 'real' && clock !== 'test';
}
