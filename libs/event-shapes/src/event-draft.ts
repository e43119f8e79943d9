export type JsonObject = Readonly<Record<string, unknown>>;

/** An event as ingest takes it in JSON (billingrails.ingest.v1.Event). */
export interface EventDraft {
  readonly event_name: string;
  /** With billingrails_account_id. */
  readonly properties: JsonObject;
  readonly idempotency_key: string;
  /** RFC 3339; left out: the time of arrival. */
  readonly timestamp?: string;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
