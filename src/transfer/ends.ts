import type { RemoteOptions } from '../client/options.js';
import type { Remote } from '../client/remote.js';
import { createRemoteDestination } from '../client/remote-destination.js';
import { createRemoteSource } from '../client/remote-source.js';
import { checkAdminUrl, isServerUrl } from '../protocol/admin-url.js';
import type { TransferError } from '../protocol/errors.js';
import type { RestoreOptions } from '../protocol/messages.js';
import { requireToken } from '../protocol/token-fault.js';
import { createArchiveDestination } from '../stores/archive/destination.js';
import { archiveFormatOf } from '../stores/archive/format.js';
import { createDirectoryDestination } from '../stores/directory/destination.js';
import { createLocalSource } from '../stores/local-source.js';
import type { OnBrokenAsset, TransferDestination, TransferSource } from '../stores/store.js';
import { checkRead, checkWritten } from './end-names.js';

/** An end as a user may give it: a store, the admin URL of a server, or the path of a folder or an archive. */
export type SourceLike = TransferSource | string;
/** The same, of what is written. */
export type DestinationLike = TransferDestination | string;

/** What a remote end adds to a store: charts to run, and a connection to cut. */
interface RemoteEnd {
  readonly remote: Remote;
  /** Of a destination: no type is replaced. */
  readonly keepsRest?: boolean;
  abort(reason: TransferError): void;
}

export type End<Store> = Store & Partial<RemoteEnd>;

export interface SourceSettings extends Omit<RemoteOptions, 'url' | 'token' | 'proxy'> {
  readonly fromToken?: string | undefined;
  readonly fromProxy?: string | undefined;
  readonly fromKey?: string | undefined;
  /** Of a folder or an archive. */
  readonly onBrokenAsset?: OnBrokenAsset | undefined;
}

export interface DestinationSettings extends Omit<RemoteOptions, 'url' | 'token' | 'proxy'> {
  readonly toToken?: string | undefined;
  readonly toProxy?: string | undefined;
  readonly toKey?: string | undefined;
  /** Replace what a folder or an archive holds. @defaultValue false */
  readonly force?: boolean | undefined;
  readonly restore: RestoreOptions;
}

/** @throws TransferError INVALID_OPTION, and those of a wrong URL or token */
export function sourceOf(from: SourceLike, settings: SourceSettings): End<TransferSource> {
  checkRead(from, settings.fromKey);
  if (typeof from !== 'string') return from;
  if (!isServerUrl(from)) return localSource(from, settings);
  const { fromToken: token = '', fromProxy: proxy } = settings;
  requireToken(token, 'fromToken', checkAdminUrl(from).href);
  return createRemoteSource({ ...settings, url: from, token, proxy });
}

/** @throws TransferError INVALID_OPTION, and those of a wrong URL or token */
export function destinationOf(to: DestinationLike, settings: DestinationSettings): End<TransferDestination> {
  checkWritten(to, settings.toKey);
  if (typeof to !== 'string') return to;
  if (!isServerUrl(to)) return localDestination(to, settings);
  const { toToken: token = '', toProxy: proxy } = settings;
  requireToken(token, 'toToken', checkAdminUrl(to).href);
  return createRemoteDestination({ ...settings, url: to, token, proxy });
}

/** Reads a folder or an archive, by what stands at the path. */
function localSource(
  path: string,
  { fromKey: key, limits = {}, onBrokenAsset }: SourceSettings,
): TransferSource {
  return createLocalSource({
    path,
    limits,
    onBrokenAsset,
    key,
  });
}

/** A name that is one of an archive means the archive; any other a folder. */
function localDestination(
  path: string,
  { toKey: key, force = false }: DestinationSettings,
): TransferDestination {
  if (archiveFormatOf(path) === undefined) return createDirectoryDestination({ path, force });
  return createArchiveDestination({ path, force, key });
}

/** Whether an end is a server. */
export const isRemote = (end: Partial<RemoteEnd>): boolean => end.remote !== undefined;
