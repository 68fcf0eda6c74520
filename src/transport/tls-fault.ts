/** What is wrong between two ends of TLS, and what to do. */
export interface TlsFault {
  readonly reason: string;
  readonly cure: string;
}

const unknownAuthority =
  'Give the server a certificate of a known authority with its whole chain, or make its authority known here: NODE_EXTRA_CA_CERTS=<file>.';

export const clientCertificate: TlsFault = {
  reason: 'it asks for a certificate of the client, and ferry sends none',
  cure: 'Let what goes to /transfer/runner/ pass there without one, or run ferry where none is asked for.',
};

/** By the code of Node's error; where `{host}` stands, the host of the URL. */
const faults: Readonly<Record<string, TlsFault>> = {
  CERT_HAS_EXPIRED: {
    reason: 'its certificate has expired',
    cure: 'Renew it on the server; where it is new, check the clock of this machine.',
  },
  CERT_NOT_YET_VALID: {
    reason: 'its certificate is not valid yet',
    cure: 'Check the clock of this machine, and the certificate on the server.',
  },
  DEPTH_ZERO_SELF_SIGNED_CERT: {
    reason: 'its certificate is self-signed',
    cure: 'Give the server a certificate of a known authority, or make this one known here: NODE_EXTRA_CA_CERTS=<file>.',
  },
  SELF_SIGNED_CERT_IN_CHAIN: {
    reason: 'its certificate was issued by an authority that this machine does not know',
    cure: unknownAuthority,
  },
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: {
    reason: 'its certificate was issued by an authority that this machine does not know',
    cure: unknownAuthority,
  },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: {
    reason: 'its certificate comes without its chain, or from an authority that this machine does not know',
    cure: unknownAuthority,
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    reason: 'its certificate is for another host',
    cure: 'Use a name that the certificate has, or give the server one for {host}.',
  },
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: clientCertificate,
  ERR_SSL_WRONG_VERSION_NUMBER: {
    reason: 'this port answers something else than TLS',
    cure: 'Use http:// in the URL, or the port that speaks TLS.',
  },
};

export const plainHttp: TlsFault = {
  reason: 'this port answers plain HTTP',
  cure: 'Use http:// in the URL, or the port that speaks TLS.',
};

export const tlsOnly: TlsFault = { reason: 'this port speaks TLS only', cure: 'Use https:// in the URL.' };

/** Codes of OpenSSL and of Node's TLS; those of the system (ECONNRESET), of DNS and of HTTP are of other faults. */
const ofTls =
  /^(EPROTO$|ERR_(SSL|TLS|OSSL)_|CERT_|CRL_|UNABLE_TO_|INVALID_(CA|PURPOSE)|SELF_SIGNED|PATH_LENGTH|HOSTNAME_MISMATCH|ERROR_IN_)/;

/** `no protocols available`, of `error:0A0000BF:SSL routines:tls_setup_handshake:no protocols available:../deps/…` */
const openSslReason = (message: unknown) =>
  /error:[0-9A-F]+:[^:]*:[^:]*:([^:]+)/i.exec(String(message))?.[1]?.trim();

/** Of one that speaks another language, OpenSSL takes the first bytes for the head of a record. */
const notTls = /wrong version number|packet length too long|http request|record layer failure/i;

/** The words for the error of a connection; null where it is no fault of TLS. `host`: of the URL. */
export function tlsFault(error: unknown, host: string): TlsFault | null {
  const { code, message } = Object(error) as { readonly code?: unknown; readonly message?: unknown };
  if (typeof code !== 'string') return null;
  const known = faults[notTls.test(String(message)) ? 'ERR_SSL_WRONG_VERSION_NUMBER' : code];
  if (known !== undefined) return { reason: known.reason, cure: known.cure.replace('{host}', host) };
  if (!ofTls.test(code)) return null;
  const said = openSslReason(message);
  const reason = said === undefined ? String(message ?? code) : `the TLS handshake failed: ${said}`;
  return { reason, cure: 'Look at the TLS settings of the server.' };
}
