import type { Direction, NamedStage } from './refusals.js';

/**
 * How far the last transfer of a connection came. A push is completed when its `close` was accepted; a pull when every
 * stage that was asked for has ended, and `close` was accepted then.
 */
export type Fate = 'none' | 'begun' | 'completed' | 'rolledBack';

export interface FateContext {
  readonly direction: Direction;
  readonly fate: Fate;
  readonly step: NamedStage | null;
  /** The stages that were asked for, and whether each has ended. */
  readonly stages: Readonly<Partial<Record<NamedStage, 'asked' | 'ended'>>>;
}

export const askFor = (step: NamedStage, { stages }: FateContext) => ({
  step,
  stages: { ...stages, [step]: 'asked' as const },
});

export const endOf = ({ step, stages }: FateContext) =>
  step === null ? {} : { stages: { ...stages, [step]: 'ended' as const } };

/** The fate after the server accepted `close`. A client also closes a transfer that was rolled back. */
export function fateOnClose({ direction, fate, stages }: FateContext): Fate {
  if (fate !== 'begun' || direction === 'push') return fate === 'begun' ? 'completed' : fate;
  const asked = Object.values(stages);
  return asked.length > 0 && asked.every((stage) => stage === 'ended') ? 'completed' : 'begun';
}
