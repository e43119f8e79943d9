/** What a program prints at its end. */
export interface Told {
  readonly events: number;
  /** The violations of each event that was refused, by its key. */
  readonly refused: Readonly<Record<string, readonly string[]>>;
  readonly usage: Readonly<Record<string, string>>;
  /** What a stream that was open all the time told last of the usage that is asked for first. */
  readonly watched: Readonly<Record<string, string>>;
  /** Their totals, by account. */
  readonly invoices: Readonly<Record<string, string>>;
  /** Of a wrong key, a wrong batch, and an id that there is not. */
  readonly errors: readonly { readonly reason: string; readonly fields: readonly string[] }[];
  /** The id of the event of a webhook; none of one that was altered. */
  readonly webhook: readonly [string, string];
  readonly access: {
    readonly allowed: boolean;
    readonly used: string;
    readonly remaining: string;
  };
}
