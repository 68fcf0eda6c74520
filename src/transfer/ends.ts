import { type AnyActorLogic, fromCallback } from 'xstate';
import type { RemoteOptions } from '../client/options.js';
import type { Peer } from '../client/peer.js';
import { createRemoteDestination } from '../client/remote-destination.js';
import { createRemoteSource } from '../client/remote-source.js';
import type { TransferError } from '../protocol/errors.js';
import type { RestoreOptions } from '../protocol/messages.js';
import { createDirectoryDestination } from '../stores/directory/destination.js';
import { createDirectorySource } from '../stores/directory/source.js';
import type { TransferDestination, TransferSource } from '../stores/store.js';

/** An end as a user may give it: a store, the admin URL of a server, or the path of a folder. */
export type SourceLike = TransferSource | string;
/** The same, of what is written. */
export type DestinationLike = TransferDestination | string;

/** What a remote end adds to a store: charts to run, and a connection to cut. */
interface Remote {
  readonly peer: Peer;
  abort(reason: TransferError): void;
}

export type End<Store> = Store & Partial<Remote>;

export interface SourceSettings extends Omit<RemoteOptions, 'url' | 'token'> {
  readonly fromToken?: string;
}

export interface DestinationSettings extends Omit<RemoteOptions, 'url' | 'token'> {
  readonly toToken?: string;
  /** Replace what a folder holds. @defaultValue false */
  readonly force?: boolean;
  readonly restore: RestoreOptions;
}

/** Everything with a scheme is meant as a URL, so that a misspelt one is told, not taken for a folder. */
const hasScheme = (text: string) => /^[a-z][a-z0-9+.-]*:/i.test(text) && !/^[a-z]:[\\/]/i.test(text);

export function sourceOf(from: SourceLike, settings: SourceSettings): End<TransferSource> {
  if (typeof from !== 'string') return from;
  if (!hasScheme(from)) return createDirectorySource({ path: from });
  return createRemoteSource({ ...settings, url: from, token: settings.fromToken ?? '' });
}

export function destinationOf(to: DestinationLike, settings: DestinationSettings): End<TransferDestination> {
  if (typeof to !== 'string') return to;
  if (!hasScheme(to)) return createDirectoryDestination({ path: to, force: settings.force ?? false });
  return createRemoteDestination({ ...settings, url: to, token: settings.toToken ?? '' });
}

/** Nothing to see of an end that is no server. */
const localEnd = fromCallback(() => {});

export const chartOf = (end: Partial<Remote>): AnyActorLogic => end.peer?.logic ?? localEnd;
export const inputOf = (end: Partial<Remote>): Readonly<Record<string, unknown>> => ({ ...end.peer?.input });
