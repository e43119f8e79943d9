import type { MessageInitShape } from '@bufbuild/protobuf';
import { scopeOfWord, SCOPE_WORDS, type Environment, type ScopeWord } from '@billingrails/access';
import {
  Environment as EnvironmentProto,
  type ApiKeySchema,
} from '@billingrails/contracts/billingrails/access/v1/api_key_pb';
import type { Scope } from '@billingrails/contracts/billingrails/common/v1/scope_pb';
import { toTimestamp } from '@billingrails/rpc';
import { limitsToProto } from '../../organisations/contract/rate-limits';
import { acceptedSecrets, type Key } from '../domain/key';

/** Unspecified: undefined. */
export function environmentFromProto(environment: EnvironmentProto): Environment | undefined {
  switch (environment) {
    case EnvironmentProto.LIVE:
      return 'live';
    case EnvironmentProto.TEST:
      return 'test';
    case EnvironmentProto.UNSPECIFIED:
      return undefined;
  }
}

/** In the order of what they may; the contract has checked them. */
export function scopesFromProto(scopes: readonly Scope[]): ScopeWord[] {
  return SCOPE_WORDS.filter((word) => scopes.includes(scopeOfWord[word]));
}

/** A key as it is at an instant. */
export function apiKeyToProto(key: Key, nowMs: number): MessageInitShape<typeof ApiKeySchema> {
  const { id, organisationId, environment, name, scopes, createMs } = key;
  const { expireMs, revokeMs, lastUsedMs, limits } = key;
  return {
    ...{ id, organisationId, name, createTime: toTimestamp(createMs) },
    environment: environment === 'live' ? EnvironmentProto.LIVE : EnvironmentProto.TEST,
    scopes: scopes.map((word) => scopeOfWord[word]),
    ...(limits && { limits: limitsToProto(limits) }),
    ...(expireMs !== undefined && { expireTime: toTimestamp(expireMs) }),
    ...(revokeMs !== undefined && { revokeTime: toTimestamp(revokeMs) }),
    ...(lastUsedMs !== undefined && { lastUsedTime: toTimestamp(lastUsedMs) }),
    secrets: acceptedSecrets(key, nowMs).map((secret) => ({
      ...{ number: secret.number, createTime: toTimestamp(secret.createMs) },
      ...(secret.expireMs !== undefined && { expireTime: toTimestamp(secret.expireMs) }),
    })),
  };
}
