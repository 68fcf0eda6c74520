/** A variable of the environment that names a proxy. */
interface ProxyVariable {
  readonly name: string;
  /** Without a password. */
  readonly proxy: string;
}

/** The proxy that programs such as curl would use for this URL; null where none is named. */
export function proxyFor(url: URL, env: Readonly<Record<string, string | undefined>>): ProxyVariable | null {
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (isExcepted(host, env['no_proxy'] ?? env['NO_PROXY'] ?? '')) return null;
  const scheme = url.protocol.slice(0, -1);
  const names = [`${scheme}_proxy`, `${scheme.toUpperCase()}_PROXY`, 'all_proxy', 'ALL_PROXY'];
  for (const name of names) {
    const proxy = env[name]?.trim() ?? '';
    if (proxy !== '') return { name, proxy: proxy.replace(/^((?:[a-z0-9]+:)?\/\/)?[^/@]*@/i, '$1') };
  }
  return null;
}

/** `no_proxy`: names, each with all its subdomains; `*` is every host. A port in it is ignored. */
function isExcepted(host: string, list: string): boolean {
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .map((name) => name.replace(/^\*?\./, '').replace(/^([^:]+):\d+$/, '$1'))
    .some((name) => name === '*' || (name !== '' && (host === name || host.endsWith(`.${name}`))));
}
