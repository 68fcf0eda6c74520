import type { AnyActorRef } from 'xstate';
import type { Step } from '../src/protocol/content.js';

/** The invocation of one stage's machine, and where it leads: on to `next`, or to `rest` before that. */
export const stageOf = <S extends Step, N extends string, R extends string>(step: S, next: N, rest: R) =>
  ({
    always: { guard: { type: 'isLeftOut', params: { step } }, target: next },
    entry: { type: 'tellStageStarted', params: { step } },
    invoke: {
      id: 'stage',
      src: 'stage',
      input: ({ self, context }: { self: AnyActorRef; context: { throttle: number } }) => ({
        step,
        throttle: context.throttle,
        report: self,
      }),
      onDone: [
        { guard: 'stageFailed', target: '#transfer.rollingBack', actions: 'rememberStageFailure' },
        {
          guard: 'isObjectionable',
          target: '#transfer.objecting',
          actions: ['rememberStage', 'tellStageCompleted'],
        },
        {
          guard: 'isToPause',
          target: `#transfer.paused.${rest}`,
          actions: ['rememberStage', 'tellStageCompleted'],
        },
        { target: next, actions: ['rememberStage', 'tellStageCompleted'] },
      ],
      onError: { target: '#transfer.rollingBack', actions: 'rememberFailure' },
    },
  }) as const;

/** The rest before a stage: what is left out is not rested before. */
export const restBefore = <S extends Step, R extends string>(step: S, next: R) =>
  ({
    always: { guard: { type: 'isLeftOut', params: { step } }, target: next },
    on: { resume: { target: `#transfer.transferring.${step}`, actions: 'forgetPause' } },
  }) as const;
