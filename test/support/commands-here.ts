import { runDiff } from '../../src/cli/commands/diff.command.js';
import { runDoctor } from '../../src/cli/commands/doctor.command.js';
import { runTransfer } from '../../src/cli/commands/transfer.command.js';
import type { Environment, Host } from '../../src/cli/host.js';
import type { ErrorDetails } from '../../src/protocol/errors.js';

/** How a command ended that ran in this process. */
export interface Ended {
  readonly exitCode: number;
  /** `none` where it succeeded. */
  readonly code: string;
  readonly message: string;
  readonly details: ErrorDetails;
  /** All that it wrote. */
  readonly written: string;
}

async function here(work: (host: Host) => Promise<number>, env: Environment = {}): Promise<Ended> {
  let written = '';
  const output = {
    write: (text: string) => {
      written += text;
    },
  };
  const nothing = () => {};
  const host = { stdin: {}, stdout: output, stderr: output, env, on: nothing, off: nothing, exit: nothing };
  const exitCode = await work(host);
  const last = JSON.parse(written.trim().split('\n').at(-1) ?? '{}');
  const { code = 'none', message = '', details = {} } = last.error ?? {};
  return { exitCode, code, message, details, written };
}

type Flags = Readonly<Record<string, unknown>>;

/** `strapi-ferry transfer --json`, with nobody to ask. */
export const transferHere = (flags: Flags, env?: Environment) =>
  here((host) => runTransfer({ ...flags, json: true }, host), env);

/** `strapi-ferry diff <a> <b> --json` */
export const diffHere = (a: string, b: string, flags: Flags = {}, env?: Environment) =>
  here((host) => runDiff(a, b, { ...flags, json: true }, host), env);

/** `strapi-ferry doctor <url> --json` */
export const doctorHere = (url: string, flags: Flags = {}, env?: Environment) =>
  here((host) => runDoctor(url, { ...flags, json: true }, host), env);
