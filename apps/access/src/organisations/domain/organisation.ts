import type { OrganisationId } from '@billingrails/ids';

/** An organisation's spaces of data. */
export type Environment = 'live' | 'test';

/** Who uses the platform. Each environment is to every other service an organisation of its own. */
export interface Organisation {
  /** Of the live environment. */
  readonly id: OrganisationId;
  /** Of the test environment. */
  readonly testId: OrganisationId;
  readonly name: string;
  readonly createMs: number;
  /** Of all its keys together. Unset: those that services have for all. */
  readonly limits?: RateLimits;
}

/** How many a second at each replica of a service. Unset: no limit here. */
export interface RateLimits {
  readonly calls?: number;
  readonly bytes?: number;
  readonly events?: number;
}

/** An organisation as a key sees it. */
export interface Seen {
  readonly organisation: Organisation;
  /** Which of its environments the key opens. */
  readonly environment: Environment;
}

/** The id by which other services know an environment. */
export function environmentId(
  { id, testId }: Organisation,
  environment: Environment,
): OrganisationId {
  return environment === 'live' ? id : testId;
}
