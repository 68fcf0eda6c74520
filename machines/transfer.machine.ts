import { noReports } from './reported-counts.js';
import { transferSetup } from './transfer-setup.js';

export type {
  RemoteLogic,
  TransferActorEvent,
  TransferCommand,
  TransferContext,
  TransferEmitted,
  TransferEnding,
  TransferEvent,
  TransferInput,
  TransferOutput,
  TransferTag,
} from './transfer-setup.js';

/**
 * A whole transfer: any source to any destination, stage by stage.
 *
 * Provide `source` and `destination` (run as long as the transfer: the charts of remote ends, or nothing to see for
 * a folder), the promises named after what they do, and `stage`, the stage machine with its own actors. What servers
 * report is counted here; its words go to the action `keepReport`.
 */
export const transferMachine = transferSetup.createMachine({
  id: 'transfer',
  context: ({ input: { steps, types, source, destination, throttle, strict } }) => ({
    ends: { source, destination },
    steps,
    types: types ?? { only: [], exclude: [] },
    throttle: throttle ?? 0,
    strict: strict ?? false,
    reported: noReports,
    differences: 0,
    counts: {},
    pauseIsAsked: false,
    failure: null,
  }),
  output: ({ context: { counts, failure, reported } }) =>
    failure === null
      ? { outcome: 'completed', counts, failure, reported }
      : { outcome: failure.code === 'ABORTED' ? 'aborted' : 'failed', counts, failure, reported },
  invoke: [
    {
      id: 'source',
      src: 'source',
      input: ({ context, self }) => ({ ...context.ends.source, report: self }),
    },
    {
      id: 'destination',
      src: 'destination',
      input: ({ context, self }) => ({ ...context.ends.destination, report: self }),
    },
  ],
  initial: 'opening',
  on: {
    abort: { target: '.rollingBack', actions: 'rememberAbort' },
    'end.lost': { target: '.rollingBack', actions: 'rememberLoss' },
    pause: { actions: 'rememberPause' },
    resume: { actions: 'forgetPause' },
    'connection.cut': { guard: 'hasRemoteEnd', actions: 'cutConnections' },
    'diagnostic.*': { actions: ['countReport', 'keepReport', 'emitNotice'] },
    'request.retried': { actions: 'emitNotice' },
  },
  states: {
    opening: {
      invoke: {
        src: 'openEnds',
        onDone: 'comparing',
        onError: { target: 'rollingBack', actions: 'rememberFailure' },
      },
    },
    comparing: {
      description: 'Nothing is cleared before both schemas were read and compared.',
      invoke: {
        id: 'compareSchemas',
        src: 'compareSchemas',
        onDone: [
          { guard: 'mayGoOn', target: 'checking', actions: 'rememberComparison' },
          { target: 'rollingBack', actions: ['rememberComparison', 'rememberMismatch'] },
        ],
        onError: { target: 'rollingBack', actions: 'rememberFailure' },
      },
    },
    checking: {
      description: 'Nothing is cleared before the source was looked through for what could not be sent.',
      invoke: {
        id: 'checkSource',
        src: 'checkSource',
        onDone: { target: 'preparing', actions: 'emitFindings' },
        onError: { target: 'rollingBack', actions: 'rememberFailure' },
      },
    },
    preparing: {
      initial: 'gate',
      states: {
        gate: {
          always: [
            { guard: 'isObjectionable', target: '#transfer.objecting' },
            { guard: 'isToPause', target: 'paused' },
            { target: 'clearing' },
          ],
        },
        paused: { tags: 'paused', on: { resume: { target: 'gate', actions: 'forgetPause' } } },
        clearing: {
          invoke: {
            src: 'prepareDestination',
            onDone: '#transfer.transferring',
            onError: { target: '#transfer.rollingBack', actions: 'rememberFailure' },
          },
        },
      },
    },
    transferring: {
      description:
        'Before each stage is a gate: a user may rest there. Connections stay open and are watched as ever, nothing is asked of either end.',
      on: {
        'stage.moved': { actions: ['rememberProgress', 'emitProgress'] },
      },
      initial: 'schemas',
      states: {
        schemas: {
          description: 'A local step: schemas are read with getSchemas and never streamed.',
          entry: { type: 'emitStageStarted', params: { step: 'schemas' } },
          invoke: {
            id: 'handOverSchemas',
            src: 'handOverSchemas',
            onDone: { target: 'entities', actions: 'emitSchemas' },
            onError: { target: '#transfer.rollingBack', actions: 'rememberFailure' },
          },
        },
        entities: {
          initial: 'gate',
          states: {
            gate: {
              always: [
                {
                  guard: { type: 'isLeftOut', params: { step: 'entities' } },
                  target: '#transfer.transferring.assets',
                },
                { guard: 'isObjectionable', target: '#transfer.objecting' },
                { guard: 'isToPause', target: 'paused' },
                { target: 'moving' },
              ],
            },
            paused: { tags: 'paused', on: { resume: { target: 'gate', actions: 'forgetPause' } } },
            moving: {
              entry: { type: 'emitStageStarted', params: { step: 'entities' } },
              invoke: {
                id: 'stage',
                src: 'stage',
                input: ({ context, self }) => ({
                  step: 'entities',
                  throttle: context.throttle,
                  report: self,
                }),
                onDone: [
                  { guard: 'stageFailed', target: '#transfer.rollingBack', actions: 'rememberStageFailure' },
                  { target: '#transfer.transferring.assets', actions: 'completeStage' },
                ],
                onError: { target: '#transfer.rollingBack', actions: 'rememberFailure' },
              },
            },
          },
        },
        assets: {
          initial: 'gate',
          states: {
            gate: {
              always: [
                {
                  guard: { type: 'isLeftOut', params: { step: 'assets' } },
                  target: '#transfer.transferring.links',
                },
                { guard: 'isObjectionable', target: '#transfer.objecting' },
                { guard: 'isToPause', target: 'paused' },
                { target: 'moving' },
              ],
            },
            paused: { tags: 'paused', on: { resume: { target: 'gate', actions: 'forgetPause' } } },
            moving: {
              entry: { type: 'emitStageStarted', params: { step: 'assets' } },
              invoke: {
                id: 'stage',
                src: 'stage',
                input: ({ context, self }) => ({ step: 'assets', throttle: context.throttle, report: self }),
                onDone: [
                  { guard: 'stageFailed', target: '#transfer.rollingBack', actions: 'rememberStageFailure' },
                  { target: '#transfer.transferring.links', actions: 'completeStage' },
                ],
                onError: { target: '#transfer.rollingBack', actions: 'rememberFailure' },
              },
            },
          },
        },
        links: {
          initial: 'gate',
          states: {
            gate: {
              always: [
                {
                  guard: { type: 'isLeftOut', params: { step: 'links' } },
                  target: '#transfer.transferring.configuration',
                },
                { guard: 'isObjectionable', target: '#transfer.objecting' },
                { guard: 'isToPause', target: 'paused' },
                { target: 'moving' },
              ],
            },
            paused: { tags: 'paused', on: { resume: { target: 'gate', actions: 'forgetPause' } } },
            moving: {
              entry: { type: 'emitStageStarted', params: { step: 'links' } },
              invoke: {
                id: 'stage',
                src: 'stage',
                input: ({ context, self }) => ({ step: 'links', throttle: context.throttle, report: self }),
                onDone: [
                  { guard: 'stageFailed', target: '#transfer.rollingBack', actions: 'rememberStageFailure' },
                  { target: '#transfer.transferring.configuration', actions: 'completeStage' },
                ],
                onError: { target: '#transfer.rollingBack', actions: 'rememberFailure' },
              },
            },
          },
        },
        configuration: {
          initial: 'gate',
          states: {
            gate: {
              always: [
                {
                  guard: { type: 'isLeftOut', params: { step: 'configuration' } },
                  target: '#transfer.transferring.done',
                },
                { guard: 'isObjectionable', target: '#transfer.objecting' },
                { guard: 'isToPause', target: 'paused' },
                { target: 'moving' },
              ],
            },
            paused: { tags: 'paused', on: { resume: { target: 'gate', actions: 'forgetPause' } } },
            moving: {
              entry: { type: 'emitStageStarted', params: { step: 'configuration' } },
              invoke: {
                id: 'stage',
                src: 'stage',
                input: ({ context, self }) => ({
                  step: 'configuration',
                  throttle: context.throttle,
                  report: self,
                }),
                onDone: [
                  { guard: 'stageFailed', target: '#transfer.rollingBack', actions: 'rememberStageFailure' },
                  { target: '#transfer.transferring.done', actions: 'completeStage' },
                ],
                onError: { target: '#transfer.rollingBack', actions: 'rememberFailure' },
              },
            },
          },
        },
        done: { type: 'final' },
      },
      onDone: 'committing',
    },
    objecting: {
      description:
        'The source could not read all rows, or a server reported something and the user wants all or nothing: it is not committed.',
      on: { pause: undefined },
      invoke: {
        id: 'describeReports',
        src: 'describeReports',
        input: ({ context }) => context.reported,
        onDone: { target: 'rollingBack', actions: 'rememberReports' },
        onError: { target: 'rollingBack', actions: 'rememberFailure' },
      },
    },
    committing: {
      initial: 'gate',
      states: {
        gate: {
          always: [
            { guard: 'isObjectionable', target: '#transfer.objecting' },
            { guard: 'isToPause', target: 'paused' },
            { target: 'replacing' },
          ],
        },
        paused: { tags: 'paused', on: { resume: { target: 'gate', actions: 'forgetPause' } } },
        replacing: {
          on: { pause: undefined },
          invoke: {
            src: 'commit',
            onDone: '#transfer.closing',
            onError: { target: '#transfer.rollingBack', actions: 'rememberFailure' },
          },
        },
      },
    },
    rollingBack: {
      on: { abort: undefined, 'end.lost': undefined, pause: undefined, 'connection.cut': undefined },
      invoke: {
        id: 'rollBack',
        src: 'rollBack',
        onDone: { target: 'closing', actions: 'rememberLeftovers' },
        onError: 'closing',
      },
      after: { rollbackTimeout: 'closing' },
    },
    closing: {
      on: { abort: undefined, 'end.lost': undefined, pause: undefined, 'connection.cut': undefined },
      invoke: {
        src: 'closeEnds',
        input: ({ context }) => ({ completed: context.failure === null }),
        onDone: 'over',
        onError: 'over',
      },
      after: { closeTimeout: 'over' },
    },
    over: {
      always: [
        { guard: 'wasAborted', target: 'aborted' },
        { guard: 'hasFailed', target: 'failed' },
        { target: 'completed' },
      ],
    },
    completed: { type: 'final' },
    failed: { type: 'final' },
    aborted: { type: 'final' },
  },
});
