/** What this service itself tells: that an endpoint is tried, and that one was disabled by itself. */
export const TEST_EVENT = 'webhook_endpoint.test';
export const DISABLED_EVENT = 'webhook_endpoint.disabled';
