/** Who is charged, with what holds for all of its subscriptions. */
export interface AccountBook {
  readonly account: string;
}
