import { isIP } from 'node:net';
import { TransferError } from '../protocol/errors.js';
import { isReadableOnTheWay } from '../protocol/loopback.js';
import { plainHttp, tlsFault, tlsOnly } from '../transport/tls-fault.js';
import { type Check, ok, warning } from './check.js';
import { askOf, type Examination } from './examination.js';

export const networkChecks: readonly Check[] = [
  {
    name: 'dns',
    needs: [],
    async look(examination) {
      const { host, network, proxyVariable } = examination;
      if (proxyVariable !== null) return ok('not asked for: the proxy looks the name up');
      if (isIP(host) !== 0) return ok(`${host} is an address`);
      const addresses = await askOf(examination, () => network.lookup(host));
      return ok(`${host} is ${addresses.join(', ')}`);
    },
  },
  {
    name: 'proxy',
    needs: [],
    async look(examination) {
      const { host, port, network, proxyVariable } = examination;
      if (proxyVariable === null) return ok('no variable names one for this host');
      await askOf(examination, (signal) => network.connect(host, port, signal));
      const { name, proxy } = proxyVariable;
      return ok(`${proxy}, which ${name} names, opens a way to port ${port} of ${host}; all goes through it`);
    },
  },
  {
    name: 'tcp',
    needs: ['dns', 'proxy'],
    async look(examination) {
      const { host, port, network, proxyVariable } = examination;
      if (proxyVariable !== null) return ok(`port ${port} is open, as the proxy says`);
      const address = await askOf(examination, (signal) => network.connect(host, port, signal));
      return ok(`port ${port} of ${address} is open`);
    },
  },
  {
    name: 'tls',
    needs: ['tcp'],
    look: (examination) =>
      examination.adminUrl.protocol === 'https:' ? lookAtCertificate(examination) : lookAtPlain(examination),
  },
];

async function lookAtCertificate(examination: Examination) {
  const { host, port, network, url } = examination;
  const { isTrusted, validTo } = await askOf(examination, (signal) =>
    network.handshake(host, port, signal),
  ).catch(async (error: TransferError) => {
    const isPlain = await speaksPlainHttp(examination, error);
    const words = isPlain ? plainHttp : tlsFault(error.cause, host);
    throw words === null ? error : new TransferError('TLS_FAILED', { url, ...words }, error);
  });
  if (isTrusted) return ok(`the certificate is trusted, until ${validTo}`);
  return warning(
    'the certificate is not checked, since NODE_TLS_REJECT_UNAUTHORIZED is 0: anyone between here and the server can read the token. Unset it; NODE_EXTRA_CA_CERTS=<file> makes an authority of your own known.',
  );
}

/** A refused certificate proves that the port speaks TLS. */
async function speaksPlainHttp({ network, adminUrl, ...examination }: Examination, error: TransferError) {
  if (!/^(ERR_SSL_|EPROTO|ECONNRESET)/.test(String(Object(error.cause).code))) return false;
  const plain = new URL(adminUrl);
  plain.protocol = 'http:';
  // URL drops a port that is the default of its scheme.
  plain.port = String(examination.port);
  const look = (signal: AbortSignal) => network.request(plain, {}, signal);
  return askOf({ ...examination, network, adminUrl }, look).then(
    () => true,
    () => false,
  );
}

async function lookAtPlain(examination: Examination) {
  const { host, port, network, url, adminUrl } = examination;
  const isAnswered = await examination.requestUpgrade().then(
    () => true,
    () => false,
  );
  // A port that speaks TLS hangs up on plain HTTP, or answers that it wants TLS: the check of the route reports that.
  if (!isAnswered) {
    const speaksTls = await askOf(examination, (signal) => network.handshake(host, port, signal, true)).then(
      () => true,
      () => false,
    );
    if (speaksTls) throw new TransferError('TLS_FAILED', { url, ...tlsOnly });
  }
  if (!isReadableOnTheWay(adminUrl)) return ok('not used: the URL is http, and of this machine');
  return warning(
    'not used: the URL is http, so anyone on the way can read the token and the content. Use https, or a tunnel such as ssh -L.',
  );
}
