import { describe, expect, test } from 'vitest';
import { tlsFault } from '../../../src/transport/tls-fault.js';

const failing = (code: string, message = 'in the words of OpenSSL') =>
  Object.assign(new Error(message), { code });

describe('an error of a connection', () => {
  test.each([
    ['CERT_HAS_EXPIRED', /has expired/, /Renew it/],
    ['CERT_NOT_YET_VALID', /not valid yet/, /clock/],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', /self-signed/, /NODE_EXTRA_CA_CERTS/],
    ['SELF_SIGNED_CERT_IN_CHAIN', /authority/, /NODE_EXTRA_CA_CERTS/],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', /authority/, /NODE_EXTRA_CA_CERTS/],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /without its chain/, /NODE_EXTRA_CA_CERTS/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', /another host/, /one for cms\.example\.com/],
    ['ERR_SSL_WRONG_VERSION_NUMBER', /something else than TLS/, /http:\/\//],
    ['CERT_REVOKED', /words of OpenSSL/, /TLS settings/],
    ['CERT_SIGNATURE_FAILURE', /words of OpenSSL/, /TLS settings/],
    ['INVALID_CA', /words of OpenSSL/, /TLS settings/],
    ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', /words of OpenSSL/, /TLS settings/],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', /words of OpenSSL/, /TLS settings/],
    ['EPROTO', /words of OpenSSL/, /TLS settings/],
  ])('with the code %s is one of TLS', (code, reason, cure) => {
    const fault = tlsFault(failing(code), 'cms.example.com');
    expect(fault?.reason).toMatch(reason);
    expect(fault?.cure).toMatch(cure);
  });

  test.each([
    'write EPROTO 0A00010B:SSL routines:ssl3_get_record:wrong version number',
    'write EPROTO 8010:error:0A0000C6:SSL routines:tls_get_more_records:packet length too long:../deps/x.c:662:',
    'write EPROTO 8010:error:0A00009C:SSL routines:tls_get_more_records:http request:../deps/x.c:662:',
    'write EPROTO 8010:error:0A000139:SSL routines::record layer failure:../deps/x.c:662:',
  ])('of a port without TLS is known by its words too: %s', (message) => {
    expect(tlsFault(failing('EPROTO', message), 'a')?.reason).toContain('something else than TLS');
  });

  test('is told in words, without the places in the code of OpenSSL', () => {
    const message =
      '4037A5:error:0A000410:SSL routines:ssl3_read_bytes:sslv3 alert handshake failure:../deps/openssl/x.c:1605:SSL alert number 40';
    expect(tlsFault(failing('ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', message), 'a')?.reason).toBe(
      'the TLS handshake failed: sslv3 alert handshake failure',
    );
  });

  test.each([
    'ECONNREFUSED',
    'ECONNRESET',
    'ENOTFOUND',
    'EAI_AGAIN',
    'ETIMEDOUT',
    'EPIPE',
    'HPE_INVALID_CONSTANT',
    '',
  ])('with the code %j is none', (code) => {
    expect(tlsFault(failing(code), 'a')).toBeNull();
  });

  test.each([[null], [undefined], ['CERT_HAS_EXPIRED'], [new Error('no code')], [{ code: 7 }]])(
    'that is %s is none',
    (error) => {
      expect(tlsFault(error, 'a')).toBeNull();
    },
  );
});
