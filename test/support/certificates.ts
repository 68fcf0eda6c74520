import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Certificate {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** Of the certificate. */
  readonly file: string;
}

interface Kind {
  /** What it is for, as openssl takes it. @default IP:127.0.0.1 */
  readonly names?: string;
  /** Of January of which year. @default all of this century */
  readonly year?: number;
  /** @default itself */
  readonly signedBy?: Certificate;
}

/** `openssl ca`: the only one of its commands that can make a certificate of another time. */
const settings = (names: string) => `
[ca]
default_ca = here
[here]
new_certs_dir = .
database = index
default_md = sha256
policy = any
rand_serial = yes
[any]
commonName = supplied
[extensions]
subjectAltName = ${names}
basicConstraints = CA:TRUE
`;

/** A certificate of its kind, in a folder of its own below `scratch`. */
export function createCertificate(scratch: string, kind: Kind = {}): Certificate {
  const cwd = mkdtempSync(join(scratch, 'certificate-'));
  const openssl = (...parameters: readonly string[]) =>
    execFileSync('openssl', parameters, { cwd, stdio: 'ignore' });
  writeFileSync(join(cwd, 'index'), '');
  writeFileSync(join(cwd, 'settings'), settings(kind.names ?? 'IP:127.0.0.1'));
  const subject = ['-subj', `/CN=${kind.signedBy === undefined ? 'server' : 'signed'}`];
  openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'key.pem', '-out', 'request.pem', ...subject);
  const signer =
    kind.signedBy === undefined
      ? ['-selfsign', '-keyfile', 'key.pem']
      : ['-cert', kind.signedBy.file, '-keyfile', kind.signedBy.file.replace(/cert\.pem$/, 'key.pem')];
  const [from, to] =
    kind.year === undefined
      ? ['20000101000000Z', '20991231000000Z']
      : [`${kind.year}0101000000Z`, `${kind.year}0131000000Z`];
  const time = ['-startdate', from, '-enddate', to];
  const given = [
    '-config',
    'settings',
    '-extensions',
    'extensions',
    '-in',
    'request.pem',
    '-out',
    'cert.pem',
  ];
  openssl('ca', '-batch', '-notext', ...signer, ...given, ...time);
  const file = join(cwd, 'cert.pem');
  return { cert: readFileSync(file), key: readFileSync(join(cwd, 'key.pem')), file };
}
