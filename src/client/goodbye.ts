import { type ActorOptions, type AnyActorLogic, createActor, fromPromise, toPromise } from 'xstate';
import { goodbyeMachine } from '../../machines/goodbye.machine.js';
import type { Clock } from '../ports/clock.js';
import type { Leftovers } from '../stores/store.js';
import type { OpenSocket } from '../transport/socket.js';
import { knock } from './knock.js';
import type { Peer } from './peer.js';
import type { Requests } from './requests.js';
import type { UploadsWatch } from './uploads-watch.js';

export interface GoodbyeOptions {
  readonly peer: Peer;
  readonly requests: Requests;
  readonly uploads: UploadsWatch;
  readonly isFerry: boolean;
  /** What a Strapi says of itself. */
  readonly version: unknown;
  /** The push replaces the uploads. */
  readonly clearsUploads: boolean;
  readonly open: OpenSocket;
  readonly clock: Clock;
  readonly inspect?: ActorOptions<AnyActorLogic>['inspect'];
}

/** Breaks a push off in the way that its server survives, and tells what stands there then. Never rejects. */
export async function sayGoodbye(options: GoodbyeOptions): Promise<Leftovers> {
  const { peer, requests, uploads, isFerry, version, clearsUploads, clock, inspect } = options;
  const { standing, link } = peer.standing();
  const logic = goodbyeMachine.provide({
    actors: {
      drain: fromPromise<void>(() => peer.fallSilent()),
      bar: fromPromise<void>(() => requests.waitBehindUploads()),
      rollBack: fromPromise<void>(async () => {
        await peer.answered();
        await requests.action('rollback');
        await requests.action('close');
        await requests.leave();
      }),
      hangUp: fromPromise<void>(() => peer.leave()),
      knock: fromPromise<boolean>(({ signal }) => knock(options.open, signal)),
    },
  });
  const input = { standing, link, isFerry, version };
  const actor = createActor(logic, { input, clock, ...(inspect === undefined ? {} : { inspect }) });
  const over = toPromise(actor);
  actor.start();
  const stands = await over;
  if (isFerry || stands === 'untouched' || stands === 'new') return { stands };
  // If the link was lost early, the server's report on its uploads was lost with it.
  const left =
    uploads.leftovers() ??
    (standing.clearing === 'asked' && clearsUploads ? { uploadsUnknown: true as const } : {});
  const mayDelete = standing.assetsAreEnding && 'uploads' in left;
  return { stands, ...left, ...(mayDelete ? { uploadsMayBeDeleted: true as const } : {}) };
}
