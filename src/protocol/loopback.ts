/** @param host As `URL.hostname` has it, or an address; IPv6 with or without brackets. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase();
  return (
    /^localhost\.?$/.test(name) ||
    /^127(\.\d{1,3}){3}$/.test(name) ||
    name === '::1' ||
    /^::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4}$/.test(name)
  );
}

/** Whether a token that goes to this URL can be read by everybody on the way. */
export const isReadableOnTheWay = (url: URL): boolean =>
  url.protocol === 'http:' && !isLoopback(url.hostname);
