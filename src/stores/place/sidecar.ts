import { basename, dirname, join } from 'node:path';
import type { FileInfo, FileSystem } from '../../ports/files.js';
import { TransferError } from '../../protocol/errors.js';
import { systemCode } from '../store-error.js';

interface Owned {
  readonly files: FileSystem;
  readonly folder: string;
}

interface Sidecar extends Owned {
  readonly sidecar: string;
  readonly versions: string;
  readonly marker: string;
}

/** Entries of `<folder>.ferry`, and what each has to be. Others are not looked at, and stay. */
const entries: ReadonlyMap<string, 'directory' | 'file'> = new Map([
  ['versions', 'directory'],
  ['pins', 'directory'],
  ['writers', 'directory'],
  ['tokens', 'directory'],
  ['commit.json', 'file'],
  ['commit.json.new', 'file'],
]);

/**
 * `<folder>.ferry` is input: it comes along with a folder from a repository or an archive, and others may be able to
 * write where it lies. Refuses, with UNSAFE_STATE, what could lead elsewhere or belong to another user. As sshd's
 * StrictModes: it belongs to this user, to root or to the folder's owner, and its owner alone may write it. No group may
 * write it, since Ferry cannot tell who is in a group. Ferry makes it 0700 under any umask.
 */
export async function assertSidecarIsOurs(place: Sidecar): Promise<void> {
  try {
    await check(place);
  } catch (error) {
    // A path that may not be looked at cannot be followed either.
    if (!['EACCES', 'EPERM'].includes(systemCode(error) ?? '')) throw error;
  }
}

async function check(place: Sidecar): Promise<void> {
  const { files, sidecar, versions } = place;
  const info = await files.look(sidecar);
  if (info === undefined) return;
  const trusted = await trustedOwners(place);
  const assertFit = (file: string, info: FileInfo, kind: 'directory' | 'file') => {
    const fault = kindFault(info, kind) ?? accessFault(info, trusted) ?? writableFault(info);
    if (fault !== undefined) throw unsafeState(place, file, ...fault);
  };

  assertFit(sidecar, info, 'directory');
  for (const name of (await files.list(sidecar)) ?? []) {
    const kind = entries.get(name);
    if (kind === undefined) continue;
    const file = join(sidecar, name);
    const info = await files.look(file);
    if (info !== undefined) assertFit(file, info, kind);
  }
  for (const name of (await files.list(versions)) ?? []) {
    const file = join(versions, name);
    const info = await files.look(file);
    if (info === undefined) continue;
    // A version has the modes of what it replaces, or is to replace.
    const fault = kindFault(info, info.kind === 'file' ? 'file' : 'directory') ?? accessFault(info, trusted);
    if (fault !== undefined) throw unsafeState(place, file, ...fault);
  }
}

/** `secret`: its owner alone may read it, too. A repository keeps no such mode, so what came with one is none. */
export async function assertIsOurs(place: Owned, file: string, kind: 'directory' | 'secret'): Promise<void> {
  const info = await place.files.look(file);
  if (info === undefined) return;
  const fault =
    kindFault(info, kind === 'secret' ? 'file' : kind) ??
    accessFault(info, await trustedOwners(place)) ??
    (kind === 'secret' ? readableFault(info) : writableFault(info));
  if (fault !== undefined) throw unsafeState(place, file, ...fault);
}

type Fault = readonly [reason: string, cure: string];

/** Undefined where the system knows no users. If there is no folder, the owner of its parent counts. */
async function trustedOwners({ files, folder }: Owned): Promise<readonly number[] | undefined> {
  if (files.user === undefined) return undefined;
  const standing = (await files.stat(folder)) ?? (await files.stat(dirname(folder)));
  return [files.user, 0, standing?.access?.owner ?? 0];
}

function kindFault({ kind }: FileInfo, expected: 'directory' | 'file'): Fault | undefined {
  if (kind === expected) return undefined;
  if (kind === 'link') return ['it is a symbolic link', 'Remove the link'];
  return [`it is no ${expected === 'file' ? 'file' : 'folder'}`, 'Remove it'];
}

function accessFault({ access }: FileInfo, trusted: readonly number[] | undefined): Fault | undefined {
  if (access === undefined || trusted === undefined || trusted.includes(access.owner)) return undefined;
  const reason = `it belongs to another user (${access.owner})`;
  return [reason, 'Remove it, or run this as that user'];
}

function writableFault({ access }: FileInfo): Fault | undefined {
  if (access === undefined || (access.mode & 0o022) === 0) return undefined;
  const reason = `others than its owner may write it (mode ${access.mode.toString(8).padStart(4, '0')})`;
  return [reason, 'If it is yours, take that right away (chmod go-w); otherwise remove it'];
}

function readableFault({ access }: FileInfo): Fault | undefined {
  if (access === undefined || (access.mode & 0o077) === 0) return undefined;
  const reason = `others than its owner may use it (mode ${access.mode.toString(8).padStart(4, '0')})`;
  return [reason, 'If it is yours, keep it to yourself (chmod 600); otherwise remove it'];
}

function unsafeState(place: Owned, file: string, reason: string, cure: string): TransferError {
  return new TransferError('UNSAFE_STATE', { file, path: place.folder, reason, cure });
}

/** What to do about a marker that says nothing which can be followed. */
export async function uselessMarker(place: Sidecar, reason: string): Promise<TransferError> {
  const { files, folder, versions, marker } = place;
  const name = basename(marker);
  const cure =
    (await files.stat(folder)) === undefined
      ? `Nothing stands at ${folder}: move the version that you want there out of ${versions}, if there is one, then remove ${name}`
      : `Remove ${name}: it would have put a version out of ${versions} in the place of the folder, which stays as it is without it`;
  return unsafeState(place, marker, reason, cure);
}
