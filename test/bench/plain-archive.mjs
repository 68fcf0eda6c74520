// What tar, gzip and the cipher take alone: the system's tar of a folder, or an archive without looking into it,
// through Node's zlib and cipher (age: its library), to the disk.
//   <folder or archive> <archive> <key>
// The last line on stdout is one JSON object {ok, seconds, maxRSS (KB), counts, error?}.
import { spawn } from 'node:child_process';
import { createCipheriv, createDecipheriv, scryptSync } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { Decrypter, Encrypter } from 'age-encryption';

// Whoever started this is gone: so is this.
process.on('disconnect', () => process.exit(1));

const [from, to, key] = process.argv.slice(2);
const highWaterMark = 256 * 1024;
const isArchive = /\.tar(\.gz)?(\.enc|\.age)?$/.test(from);

async function* ageDecrypted(chunks) {
  const decrypter = new Decrypter();
  decrypter.addPassphrase(key);
  yield* await decrypter.decrypt(Readable.toWeb(Readable.from(chunks)));
}

async function* ageEncrypted(chunks) {
  const encrypter = new Encrypter();
  encrypter.setPassphrase(key);
  encrypter.setScryptWorkFactor(15);
  yield* await encrypter.encrypt(Readable.toWeb(Readable.from(chunks)));
}

function unpacking(path) {
  const stages = [];
  if (path.endsWith('.enc')) stages.push(createDecipheriv('aes-128-ecb', scryptSync(key, '', 16), null));
  if (path.endsWith('.age')) stages.push(ageDecrypted);
  if (path.includes('.gz')) stages.push(createGunzip());
  return stages;
}

function packing(path) {
  const stages = [];
  if (path.includes('.gz')) stages.push(createGzip());
  if (path.endsWith('.enc')) stages.push(createCipheriv('aes-128-ecb', scryptSync(key, '', 16), null));
  if (path.endsWith('.age')) stages.push(ageEncrypted);
  return stages;
}

const started = process.hrtime.bigint();
const measure = () => ({
  seconds: Number(process.hrtime.bigint() - started) / 1e9,
  maxRSS: process.resourceUsage().maxRSS,
});

let result;
try {
  const input = isArchive
    ? createReadStream(from, { highWaterMark })
    : spawn('tar', ['-cf', '-', '-C', from, '.'], { stdio: ['ignore', 'pipe', 'inherit'] }).stdout;
  await pipeline(input, ...(isArchive ? unpacking(from) : []), ...packing(to), createWriteStream(to));
  const file = await open(to);
  await file.datasync();
  await file.close();
  result = { ok: true, ...measure(), counts: {} };
} catch (error) {
  result = { ok: false, error: error.message, ...measure() };
}
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(result.ok ? 0 : 1));
