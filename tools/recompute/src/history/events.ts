export interface EventBook {
  readonly step: number;
  readonly account: string;
  readonly event: string;
  readonly key: string;
  readonly atMs: number;
  readonly properties: Readonly<Record<string, string>>;
}

/** An event is taken back, or gets other content. Of several for one event the last decides. */
export interface CorrectionBook {
  readonly step: number;
  readonly account: string;
  readonly key: string;
  /** Unset: it is taken back. */
  readonly to?: Pick<EventBook, 'event' | 'atMs' | 'properties'>;
}
