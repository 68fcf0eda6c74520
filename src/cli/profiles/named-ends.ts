import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isServerUrl } from '../../protocol/admin-url.js';
import { TransferError } from '../../protocol/errors.js';
import type { Host } from '../host.js';
import { createPrompts, type Prompts, whyNotAsk } from '../prompts.js';
import { isName, type NamedEnd, type Profiles, readProfiles } from './profile-file.js';
import { type TrustedHosts, trustedHosts } from './trusted-hosts.js';

type Flags = Readonly<Record<string, unknown>>;

export interface EndFlags {
  readonly end: string;
  readonly token?: string;
  readonly key?: string;
  readonly tokenFlag?: string;
  readonly isServer?: boolean;
}

export interface NameSetting {
  readonly folder: string;
  readonly hosts: TrustedHosts;
  /** Null where the command has no terminal to ask at. */
  readonly ask: Prompts | null;
  readonly because: string | null;
}

export const nameSetting = (flags: Flags, host: Parameters<typeof createPrompts>[0]): NameSetting => {
  const because = whyNotAsk(flags, host);
  const ask = because === null ? createPrompts(host) : null;
  return { folder: process.cwd(), hosts: trustedHosts(host.env), ask, because };
};

/**
 * The flags, with what `ferry.json` says in the place of each name of an end. The first use of a server that the file names is
 * asked about.
 * @throws TransferError INVALID_PROFILES, AMBIGUOUS_END, MISSING_TOKEN, HOST_NOT_TRUSTED, TRUST_UNUSABLE, ABORTED
 */
export async function withNamedEnds(
  flags: Flags,
  slots: readonly EndFlags[],
  env: Host['env'],
  setting: () => NameSetting,
): Promise<Record<string, unknown>> {
  const filled: Record<string, unknown> = { ...flags };
  const named = slots.filter(({ end }) => typeof flags[end] === 'string' && isName(flags[end] as string));
  if (named.length === 0) return filled;
  const { folder, ...asking } = setting();
  const profiles = await readProfiles(folder);
  if (profiles === null) return filled;
  const found: { readonly slot: EndFlags; readonly end: NamedEnd }[] = [];
  for (const slot of named) {
    const name = flags[slot.end] as string;
    const end = profiles.ends.get(name);
    if (end === undefined) continue;
    if (slot.isServer !== true) await refuseIfAlsoPath(name, folder, profiles);
    filled[slot.end] = end.end;
    found.push({ slot, end });
  }
  const servers = slots.filter(({ end }) => isServerUrl(String(filled[end] ?? '')));
  for (const { slot, end } of found) {
    Object.assign(filled, secretOf(end, slot, flags, { env, isOnly: servers.length === 1 }));
  }
  const trusting = listOf(flags['trustHost']);
  for (const { end } of found) await assertTrusted(end, profiles, { ...asking, trusting });
  return filled;
}

/** A folder may be called like an end; a guess would replace one of the two. */
async function refuseIfAlsoPath(name: string, folder: string, { file }: Profiles): Promise<void> {
  const isThere = await stat(resolve(folder, name)).then(
    () => true,
    () => false,
  );
  if (isThere) throw new TransferError('AMBIGUOUS_END', { name, file });
}

/** The token or password that the end's variable holds, unless a flag gives one; --token is that of the only server. */
function secretOf(
  { end, origin, variable }: NamedEnd,
  slot: EndFlags,
  flags: Flags,
  { env, isOnly }: { readonly env: Host['env']; readonly isOnly: boolean },
): Flags {
  const flag = origin === null ? slot.key : slot.token;
  if (variable === null || flag === undefined || flags[flag] !== undefined) return {};
  if (origin !== null && isOnly && flags['token'] !== undefined) return {};
  const value = env[variable];
  if (value) return { [flag]: value };
  if (origin === null) return {};
  throw new TransferError('MISSING_TOKEN', {
    url: end,
    option: isOnly ? '--token' : (slot.tokenFlag ?? '--token'),
    variable,
  });
}

type Asking = Omit<NameSetting, 'folder'> & { readonly trusting: readonly string[] };

async function assertTrusted(
  { origin, variable }: NamedEnd,
  { file }: Profiles,
  { hosts, ask, because, trusting }: Asking,
): Promise<void> {
  if (origin === null || trusting.some((host) => isHostOf(host, origin)) || (await hosts.has(origin))) return;
  if (ask === null) throw new TransferError('HOST_NOT_TRUSTED', { file, origin, because });
  const secret = variable === null ? 'a transfer token' : `the token in ${variable}`;
  const sentence = `${file} leads to ${origin}, where this user was never led before. Send ${secret} there, from now on without asking?`;
  if (!(await ask.confirm(sentence)))
    throw new TransferError('ABORTED', { by: ' at the question: nothing was sent' });
  await hosts.add(origin);
}

/** `cms.example.com` is https on its own port; anything else is written whole, `http://localhost:1337`. */
function isHostOf(given: string, origin: string): boolean {
  const text = /^https?:\/\//i.test(given) ? given : `https://${given}`;
  return URL.canParse(text) && new URL(text).origin === origin;
}

const listOf = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'string');

/** The names that may stand for an end here; none where `ferry.json` cannot be read. */
export async function knownNames(folder = process.cwd()): Promise<readonly string[]> {
  const profiles = await readProfiles(folder).catch(() => null);
  return [...(profiles?.ends.keys() ?? [])];
}
