import { hashOf, newSecret } from '@billingrails/access';
import {
  ApiKeyService,
  type CreateApiKeyRequest,
} from '@billingrails/contracts/billingrails/access/v1/api_key_service_pb';
import { invalid, precondition, unavailable, DomainError } from '@billingrails/errors';
import type { ApiKeyId } from '@billingrails/ids';
import { mutate } from '@billingrails/mongo';
import { fromTimestamp, pageById, principalOf, type Principal } from '@billingrails/rpc';
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import type { ClientSession } from 'mongodb';
import { environmentId, type Seen } from '../../organisations/domain/organisation';
import { limitsFromProto } from '../../organisations/contract/rate-limits';
import { existingKey, held, seenBy, type ServiceParts } from '../../service-parts';
import { apiKeyToProto, environmentFromProto, scopesFromProto } from '../contract/api-key';
import { KEYS_MAX, revoked, rotated, type Key } from '../domain/key';

const HOUR_MS = 3_600_000;
const OVERLAP_HOURS = 24;
const RETRY_MS = 1_000;

/** Keeps the keys of the caller's organisation. */
export function apiKeyService(parts: ServiceParts): ServiceImpl<typeof ApiKeyService> {
  const { stores, records, ids, nowMs } = parts;
  const { mongo, keys } = stores;

  const existing = (seen: Seen, text: string, session?: ClientSession): Promise<Key> =>
    existingKey(stores, seen, text, session);

  /** What a caller may do with a key of that id, in a mutation. */
  const of = (context: HandlerContext) => {
    const caller: Principal = principalOf(context);
    return { caller, prepare: () => seenBy(parts, caller) };
  };

  /** Services are told at once; where the bus is away, as soon as it is back. */
  async function toldOf(id: string, mustBe: boolean): Promise<void> {
    try {
      await records.tell(id as ApiKeyId);
    } catch (error) {
      if (!mustBe) return;
      const message = 'The key is revoked, but services cannot be told of it just now. Try again.';
      throw error instanceof DomainError
        ? unavailable('KEY_UNTOLD', message, RETRY_MS, error)
        : error;
    }
  }

  return {
    async createApiKey(request, context) {
      let secret = '';
      const { apiKey } = await mutate(mongo, {
        method: ApiKeyService.method.createApiKey,
        ...{ request, ...of(context) },
        async prepare() {
          const draft = draftOf(request, nowMs());
          return { draft, seen: await seenBy(parts, principalOf(context)) };
        },
        async run(session, _, { draft, seen: { organisation, environment: own } }) {
          const environment = draft.environment ?? own;
          if (own === 'test' && environment === 'live') {
            const message = 'A key of the live environment is made with another one of it.';
            throw precondition('LIVE_KEY_NEEDED', message);
          }
          if ((await keys.count(organisation.id, session)) >= KEYS_MAX) {
            const message = `The organisation has ${KEYS_MAX} keys that are not revoked.`;
            throw precondition('TOO_MANY_API_KEYS', message);
          }
          // Its limits and this key's copy of them do not change apart.
          const { limits } = await held(stores.organisations, organisation.id, session);
          const id = ids.next('key');
          const createMs = nowMs();
          secret = newSecret(environment, id);
          const key: Key = {
            ...{ id, ownerId: organisation.id, ...draft, environment, createMs, revision: 1 },
            organisationId: environmentId(organisation, environment),
            ...(limits && { organisationLimits: limits }),
            secrets: [{ number: 1, hash: hashOf(secret), createMs }],
          };
          await keys.insert(key, session);
          return { apiKey: apiKeyToProto(key, createMs) };
        },
      });
      await toldOf(apiKey?.id ?? '', false);
      return { ...(apiKey && { apiKey }), secret };
    },

    async getApiKey({ apiKeyId }, context) {
      const key = await existing(await seenBy(parts, principalOf(context)), apiKeyId);
      return { apiKey: apiKeyToProto(key, nowMs()) };
    },

    async listApiKeys(request, context) {
      const { organisation, environment: own } = await seenBy(parts, principalOf(context));
      const asked = environmentFromProto(request.environment);
      if (own === 'test' && asked === 'live') return {};
      const environment = own === 'test' ? own : asked;
      const { includeRevoked } = request;
      const filter = { ownerId: organisation.id, environment, includeRevoked };
      const { items, nextPageToken } = await pageById(request, (slice) => keys.list(filter, slice));
      return { apiKeys: items.map((key) => apiKeyToProto(key, nowMs())), nextPageToken };
    },

    async updateApiKey(request, context) {
      const { apiKey } = await mutate(mongo, {
        method: ApiKeyService.method.updateApiKey,
        ...{ request, ...of(context) },
        async run(session, _, seen) {
          const before = await existing(seen, request.apiKeyId, session);
          if (before.revokeMs !== undefined) throw keyRevoked();
          const { limits: had, ...rest } = before;
          const limits = request.limits === undefined ? had : limitsFromProto(request.limits);
          const revision = before.revision + 1;
          const key = {
            ...rest,
            name: request.name || before.name,
            ...(limits && { limits }),
            revision,
          };
          await keys.replace(key, session);
          return { apiKey: apiKeyToProto(key, nowMs()) };
        },
      });
      await toldOf(apiKey?.id ?? '', false);
      return apiKey ? { apiKey } : {};
    },

    async rotateApiKey(request, context) {
      let secret = '';
      const { apiKey } = await mutate(mongo, {
        method: ApiKeyService.method.rotateApiKey,
        ...{ request, ...of(context) },
        async run(session, _, seen) {
          const { apiKeyId, overlapHours = OVERLAP_HOURS } = request;
          const before = await existing(seen, apiKeyId, session);
          const atMs = nowMs();
          if (before.revokeMs !== undefined) throw keyRevoked();
          if ((before.expireMs ?? Infinity) <= atMs) {
            throw precondition('API_KEY_ENDED', 'The key has expired.');
          }
          secret = newSecret(before.environment, before.id);
          const key = rotated(before, hashOf(secret), atMs, overlapHours * HOUR_MS);
          await keys.replace(key, session);
          return { apiKey: apiKeyToProto(key, atMs) };
        },
      });
      await toldOf(apiKey?.id ?? '', false);
      return { ...(apiKey && { apiKey }), secret };
    },

    async revokeApiKey(request, context) {
      const { apiKey } = await mutate(mongo, {
        method: ApiKeyService.method.revokeApiKey,
        ...{ request, ...of(context) },
        async run(session, _, seen) {
          const before = await existing(seen, request.apiKeyId, session);
          const key = revoked(before, nowMs());
          if (key !== before) await keys.replace(key, session);
          return { apiKey: apiKeyToProto(key, nowMs()) };
        },
      });
      await toldOf(apiKey?.id ?? '', true);
      return apiKey ? { apiKey } : {};
    },
  };
}

/** What a request asks for; throws DomainError invalid. */
function draftOf(request: CreateApiKeyRequest, nowMs: number) {
  const { name, scopes, environment, expireTime } = request;
  const limits = limitsFromProto(request.limits);
  const expireMs = expireTime && fromTimestamp(expireTime);
  if (expireMs !== undefined && expireMs <= nowMs) {
    throw invalid('API_KEY_UNMAKEABLE', 'The key cannot be made.', [
      { field: 'expire_time', description: "must be later than the server's clock" },
    ]);
  }
  return {
    ...{ name, scopes: scopesFromProto(scopes) },
    environment: environmentFromProto(environment),
    ...(expireMs !== undefined && { expireMs }),
    ...(limits && { limits }),
  };
}

const keyRevoked = () => precondition('API_KEY_ENDED', 'The key is revoked.');
