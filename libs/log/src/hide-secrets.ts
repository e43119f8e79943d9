/** JSON members whose string values are never written, whatever they hold and however deep they are. */
const SECRET_MEMBERS =
  /"([\w.-]*(?:authorization|password|passphrase|secret|credentials|cookie|api_?key|service_?key|bearer))":(?:"(?:[^"\\]|\\.)*"|\[[^\]]*\])/gi;

/** `//user:password@host`, in messages and stacks too. */
const URL_CREDENTIALS = /:\/\/[^/\s"@]+@/g;

/** A key of this product (see @billingrails/access), wherever it turns up. */
const PRODUCT_KEY = /\bbr_[A-Za-z0-9_-]{16,}/g;

/** The bearer of an HTTP header inside a longer text. */
const BEARER = /\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi;

/**
 * A log line without the secrets it holds. Works on the written JSON and not on paths named beforehand, because
 * secrets travel inside error messages and nested objects that nobody expected.
 */
export function hideSecrets(line: string): string {
  return line
    .replace(SECRET_MEMBERS, '"$1":"[hidden]"')
    .replace(URL_CREDENTIALS, '://[hidden]@')
    .replace(PRODUCT_KEY, 'br_[hidden]')
    .replace(BEARER, '$1 [hidden]');
}
