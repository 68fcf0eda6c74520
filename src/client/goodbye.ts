import { type ActorOptions, type AnyActorLogic, createActor, fromPromise, toPromise } from 'xstate';
import { goodbyeMachine } from '../../machines/goodbye.machine.js';
import { withImplementations } from '../../machines/with-implementations.js';
import type { Clock } from '../ports/clock.js';
import type { Leftovers } from '../stores/store.js';
import type { OpenSocket } from '../transport/socket.js';
import { answersUpgrade } from './answers-upgrade.js';
import type { Remote } from './remote.js';
import type { Requests } from './requests.js';
import type { UploadsWatch } from './uploads-watch.js';

export interface GoodbyeOptions {
  readonly remote: Remote;
  readonly requests: Requests;
  readonly uploads: UploadsWatch;
  readonly isFerry: boolean;
  /** What a Strapi says of itself. */
  readonly version: unknown;
  /** The push replaces the uploads. */
  readonly clearsUploads: boolean;
  /** New files may lie among the uploads: no rollback removes them. */
  readonly leavesFiles: boolean;
  readonly open: OpenSocket;
  readonly clock: Clock;
  readonly inspect?: ActorOptions<AnyActorLogic>['inspect'];
}

/** Breaks a push off in the way that its server survives, and tells what stands there then. Never rejects. */
export async function sayGoodbye(options: GoodbyeOptions): Promise<Leftovers> {
  const { remote, requests, uploads, isFerry, version, clearsUploads, leavesFiles, clock, inspect } = options;
  const { progress, connection } = remote.pushProgress();
  const logic = withImplementations(goodbyeMachine, {
    actors: {
      drain: fromPromise<void>(() => remote.fallSilent()),
      bar: fromPromise<void>(() => requests.waitBehindUploads()),
      rollBack: fromPromise<void>(async () => {
        await remote.answered();
        await requests.action('rollback');
        await requests.action('close');
        await requests.leave();
      }),
      hangUp: fromPromise<void>(() => remote.leave()),
      probe: fromPromise<boolean>(({ signal }) => answersUpgrade(options.open, signal)),
    },
  });
  const input = { progress, connection, isFerry, version };
  const actor = createActor(logic, { input, clock, ...(inspect === undefined ? {} : { inspect }) });
  const over = toPromise(actor);
  actor.start();
  const stands = await over;
  if (isFerry || stands === 'untouched' || stands === 'new') return { stands };
  if (leavesFiles) return { stands, newFilesStay: true };
  // If the connection was lost early, the server's report on its uploads was lost with it.
  const left =
    uploads.leftovers() ??
    (progress.clearing === 'asked' && clearsUploads ? { uploadsUnknown: true as const } : {});
  const mayDelete = progress.assetsAreEnding && 'uploads' in left;
  return { stands, ...left, ...(mayDelete ? { uploadsMayBeDeleted: true as const } : {}) };
}
