import type { MessageInitShape } from '@bufbuild/protobuf';
import type { EventSchema } from '@billingrails/contracts/billingrails/ingest/v1/event_pb';
import type { MeterProfileDraftSchema } from '@billingrails/contracts/billingrails/metering/v1/meter_pb';
import type { FeeDraftSchema } from '@billingrails/contracts/billingrails/billing/v1/plan_pb';

export type EventInit = MessageInitShape<typeof EventSchema>;

/** A meter to be created. */
export interface MeterInit {
  readonly name: string;
  readonly eventName: string;
  readonly profiles: MessageInitShape<typeof MeterProfileDraftSchema>[];
}

/** A fee as the scenario writes it: the meter by its name, since ids exist only once the meter does. */
export interface ScenarioFee {
  readonly name: string;
  readonly price: NonNullable<MessageInitShape<typeof FeeDraftSchema>['price']>;
  readonly usage?: { readonly meter: string; readonly profile: string };
  readonly unit?: string;
}

/** A story the demo plays: who uses what in one month, and what it costs. */
export interface Scenario {
  /** Names the organisation it is played in; the same name meets the same data on a stack that was kept. */
  readonly name: string;
  /** The month that is billed, [startMs, endMs) in UTC. */
  readonly month: { readonly startMs: number; readonly endMs: number };
  readonly accounts: readonly { readonly id: string; readonly name: string }[];
  readonly meters: readonly MeterInit[];
  readonly plan: {
    readonly name: string;
    readonly currencyCode: string;
    readonly fees: readonly ScenarioFee[];
  };
  /** What some accounts may use in the month, by hard limits on a meter's profile. Unset: nothing is limited. */
  readonly limits?: {
    readonly feature: string;
    readonly meter: string;
    readonly profile: string;
    readonly byAccount: Readonly<Record<string, string>>;
  };
  /** How many events there are in all, for the progress bar. */
  readonly eventCount: number;
  /** The events, in the order they are sent. Each has a key, so that playing twice counts once. */
  readonly events: () => Iterable<EventInit>;
}
