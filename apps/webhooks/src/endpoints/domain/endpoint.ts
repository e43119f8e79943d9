import type { Violation } from '@billingrails/errors';
import type { WebhookEndpointId } from '@billingrails/ids';
import { isRefusedAddress, isLoopback } from '../../sending/domain/addresses';
import { isWanted } from './event-filter';

/** Where an organisation wants to be told of changes. */
export interface Endpoint extends EndpointDraft {
  readonly id: WebhookEndpointId;
  /** Unset: it is sent to. */
  readonly disabled?: { readonly reason: DisableReason; readonly ms: number };
  /** The newest first; at least one. */
  readonly secrets: readonly SealedSecret[];
  readonly createMs: number;
}

/** What is agreed of an endpoint. */
export interface EndpointDraft {
  readonly url: string;
  readonly description: string;
  /** Types, or beginnings such as "invoice.*". Empty: all. */
  readonly eventTypes: readonly string[];
  readonly payload: Payload;
}

export type Payload = 'full' | 'thin';
export type DisableReason = 'requested' | 'failing' | 'gone';

/** A secret as it is stored: nobody reads it without the service's key. */
export interface SealedSecret {
  /** From 1, each rotation the next. */
  readonly number: number;
  readonly sealed: Uint8Array;
  readonly createMs: number;
  /** It signs before. Unset: until it is rotated. */
  readonly expireMs?: number;
}

export const ENDPOINTS_MAX = 50;

/** Which URLs are taken beside public https ones. */
export interface UrlRules {
  /** Whether receivers on this machine are allowed, also without TLS: for development alone. */
  readonly loopback: boolean;
}

/** What is wrong with an endpoint, by path. `types` are those that there are. */
export function endpointViolations(
  { url, eventTypes }: EndpointDraft,
  types: readonly string[],
  rules: UrlRules,
): Violation[] {
  const problem = urlProblem(url, rules);
  const wrongUrl =
    problem === undefined ? [] : [{ field: 'webhook_endpoint.url', description: problem }];
  const wrongTypes = eventTypes.flatMap((filter, index) =>
    types.some((type) => isWanted([filter], type))
      ? []
      : [
          {
            field: `webhook_endpoint.event_types[${index}]`,
            description: `is no type of event, nor the beginning of one such as "invoice.*": "${filter}"`,
          },
        ],
  );
  return [...wrongUrl, ...wrongTypes];
}

/**
 * Why nothing may be posted to a URL, as far as it says so itself; undefined when it may. What its host's name stands
 * for is looked at when it is connected to.
 */
export function urlProblem(text: string, { loopback }: UrlRules): string | undefined {
  if (!URL.canParse(text)) return 'must be a URL such as "https://example.com/webhooks"';
  const { protocol, username, password, hash, hostname } = new URL(text);
  const isHere = loopback && isLoopback(bareHost(hostname));
  if (protocol !== 'https:' && !(isHere && protocol === 'http:')) return 'must begin with https://';
  if (username !== '' || password !== '') return 'must have no user and no password';
  if (hash !== '') return 'must have no fragment';
  if (!isHere && isRefusedAddress(bareHost(hostname)))
    return 'must not lead to an address that is not public';
  return undefined;
}

/** A host as URL has it, without the brackets around an IPv6 address. */
function bareHost(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

/** The secrets that sign at an instant, the newest first. */
export function signingSecrets(
  { secrets }: Pick<Endpoint, 'secrets'>,
  nowMs: number,
): readonly SealedSecret[] {
  return secrets.filter(({ expireMs }) => expireMs === undefined || nowMs < expireMs);
}

/** The secrets after a rotation: the new one, and those before for at most `overlapMs`. */
export function rotated(
  secrets: readonly SealedSecret[],
  next: SealedSecret,
  overlapMs: number,
): SealedSecret[] {
  const endMs = next.createMs + overlapMs;
  const earlier = secrets.map((secret) => ({
    ...secret,
    expireMs: Math.min(secret.expireMs ?? endMs, endMs),
  }));
  return [next, ...earlier.filter(({ expireMs }) => expireMs > next.createMs)];
}
