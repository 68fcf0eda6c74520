import type { AsyncCommand } from 'fast-check';
import { handles } from '../../../machines/handles.js';
import type { Direction } from '../../../machines/lifecycle.machine.js';
import type { Step } from '../../protocol/content.js';
import { draw, type FastCheck } from './drawing.js';
import { after, expectationOf, type Move, nameOf, nonsenseOf } from './moves.js';
import { findingOf, type Playing, type ServerDifference } from './play.js';
import type { SequenceId } from './sequences.js';
import { type Avoid, whyNot } from './server-plans.js';
import type { FailedPath } from './shorten.js';
import { begin, type Position, requestsOf } from './walk.js';

/** Where a sequence stands. */
interface Model {
  position: Position;
  /** What was said, oldest first. */
  readonly said: Move[];
  /** Of each request by its name, whether the last message of it was accepted. */
  readonly accepted: Map<string, boolean>;
  /** An answer differed. */
  isOver: boolean;
}

type Command = AsyncCommand<Model, Playing>;

interface ServerSequence {
  readonly direction: Direction;
  readonly steps: readonly Step[];
  readonly avoid: Avoid;
  readonly id: SequenceId;
  /** Opens a connection. */
  readonly open: () => Promise<Playing>;
  /** A difference that is known does not count; the sequence ends there. */
  readonly isNew: (difference: ServerDifference) => boolean;
}

/** Draws one sequence and plays it; resolves with null where every answer is as the charts expect. */
export const playDrawn = (fastCheck: FastCheck, sequence: ServerSequence) => drawn(fastCheck, sequence, null);

/** Makes a sequence that fails smaller, for as long as it fails in the same way. */
export const shrunk = async (fastCheck: FastCheck, sequence: ServerSequence, failed: FailedPath) =>
  (await drawn(fastCheck, sequence, findingOf(failed.difference))) ?? failed;

function drawn(
  fastCheck: FastCheck,
  sequence: ServerSequence,
  finding: string | null,
): Promise<FailedPath | null> {
  const { direction, id, open, isNew } = sequence;
  return draw(fastCheck, {
    arbitrary: commandsOf(fastCheck, sequence),
    id,
    shrinks: finding !== null,
    async attempt(commands) {
      const playing = await open();
      const model: Model = { position: begin(direction), said: [], accepted: new Map(), isOver: false };
      await fastCheck.asyncModelRun(() => ({ model, real: playing }), commands);
      const difference = await playing.end();
      if (difference === null || !isNew(difference)) return null;
      if (finding !== null && findingOf(difference) !== finding) return null;
      return { difference, moves: model.said.slice(0, difference.before.length + 1) };
    },
  });
}

/** Commands that do not apply where a sequence stands are left out of it: about three of four. */
const mostCommands = 200;

/** The commands are told apart by what they are expected to come to, so that most of them lead on. */
function commandsOf(fastCheck: FastCheck, { direction, steps, avoid }: ServerSequence) {
  const requests = requestsOf(direction, steps);
  const plain = requests.map((request): Move => ({ request }));
  const as = (...hows: readonly NonNullable<Move['how']>[]) =>
    requests.flatMap((request) => hows.map((how): Move => ({ request, how })));
  const anyOf = (applies: (position: Position, move: Move) => boolean, moves: readonly Move[]) => {
    const commands = moves.map((move) => commandOf(move, (position) => applies(position, move)));
    // Shrinks to requests that come earlier in the list.
    return fastCheck.nat(commands.length - 1).map((place) => commands[place] as Command);
  };
  const isTaken = (position: Position, { request }: Move) => handles(position, request);
  const always = () => true;
  const command = fastCheck.oneof(
    { weight: 12, arbitrary: anyOf(isTaken, plain) },
    { weight: 3, arbitrary: anyOf((...about) => !isTaken(...about), [...plain, ...nonsenseOf(direction)]) },
    { weight: 3, arbitrary: anyOf(always, as('again', 'twice', 'offers nothing', 'offers nonsense')) },
    { weight: 1, arbitrary: anyOf(always, as('another transferID', 'no transferID')) },
    { weight: 1, arbitrary: anyOf(always, as('late', 'wrong checksum', 'no checksum')) },
  );
  return fastCheck.commands([command], { maxCommands: mostCommands, size: 'max', disableReplayLog: true });

  function commandOf(move: Move, applies: (position: Position) => boolean): Command {
    const name = move.request.uuid;
    return {
      check: ({ position, said, accepted, isOver }) =>
        !isOver &&
        applies(position) &&
        expectationOf(position, move) !== null &&
        // What was refused may be taken when it comes again: the charts say nothing of that.
        (move.how !== 'late' || accepted.get(name) === true) &&
        whyNot(direction, [...said, move], avoid) === null,
      async run(model, playing) {
        model.said.push(move);
        model.isOver = !(await playing.next(move));
        if (move.how !== 'late') model.accepted.set(name, expectationOf(model.position, move) === 'accepted');
        model.position = after(model.position, move);
      },
      toString: () => nameOf(move),
    };
  }
}
