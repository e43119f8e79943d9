/** What a service rests on cannot serve as it is set up. The message says what to change, and holds no secret. */
export class SetupError extends Error {
  override readonly name = 'SetupError';
}
