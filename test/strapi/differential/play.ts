import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { isRemembered, type Message, type Sequence } from './messages.js';
import { normalise, type Outcome } from './outcome.js';

export interface Peer {
  readonly name: string;
  readonly adminUrl: string;
  readonly token: string;
}

export interface Played {
  /** One to each message; fewer where the connection was closed. */
  readonly outcomes: readonly Outcome[];
  /** Whether a `status` was answered afterwards. */
  readonly alive: boolean;
  /** A message that has an answer in every other state got none in time: the server hangs. */
  readonly hung: boolean;
}

/** Longest wait for an answer that has to come. */
const patience = 15_000;
/** A pull takes messages side by side, so an answer may come after that to a later `status`; so many later, none. */
const rounds = 5;

interface Answer {
  readonly uuid?: string;
  readonly data: unknown;
  readonly error: { code: string; message: string; details?: unknown } | null;
}

/** Plays a sequence on a connection of its own, each message once the one before has come to something. */
export async function play(peer: Peer, { direction, messages }: Sequence): Promise<Played> {
  const socket = new WebSocket(`${peer.adminUrl.replace('http', 'ws')}/transfer/runner/${direction}`, {
    headers: { Authorization: `Bearer ${peer.token}` },
  });
  const answers: Answer[] = [];
  const endedStages = new Set<string>();
  let closeCode: number | null = null;
  let wake = () => {};
  const closed = new Promise<void>((resolve) => {
    socket.on('close', (code) => {
      closeCode = code;
      wake();
      resolve();
    });
  });
  socket.on('error', () => {});
  socket.on('message', (frame) => {
    const message = JSON.parse(String(frame));
    if (message.diagnostic !== undefined) return;
    if (message.data?.type === 'transfer' && 'ended' in message.data) {
      if (message.data.ended) endedStages.add(message.data.id);
      socket.send(JSON.stringify({ uuid: message.uuid }));
    } else {
      answers.push(message);
    }
    wake();
  });
  const until = async (holds: () => boolean, ms = patience): Promise<boolean> => {
    const deadline = Date.now() + ms;
    while (!holds() && closeCode === null) {
      const left = deadline - Date.now();
      if (left <= 0) return false;
      const stop = new AbortController();
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      await Promise.race([woken, sleep(left, undefined, { signal: stop.signal }).catch(() => {})]);
      stop.abort();
    }
    return holds();
  };
  const answerTo = (uuid: string, from = 0) => answers.slice(from).find((answer) => answer.uuid === uuid);

  /** Once this is answered, what was sent before and has no answer gets none. */
  const fence = async (): Promise<boolean> => {
    for (let round = direction === 'pull' ? rounds : 1; round > 0; round -= 1) {
      const uuid = randomUUID();
      socket.send(JSON.stringify({ type: 'command', command: 'status', uuid }));
      if (!(await until(() => answerTo(uuid) !== undefined, 5000))) return false;
    }
    return true;
  };

  const opened = await new Promise<boolean>((resolve) => {
    socket.on('open', () => resolve(true));
    socket.on('close', () => resolve(false));
  });
  if (!opened) return { outcomes: [], alive: false, hung: true };

  const outcomes: Outcome[] = [];
  const sent: string[] = [];
  let transferID: string | undefined;
  let hung = false;
  for (const message of messages) {
    const from = answers.length;
    const uuid = uuidOf(message, sent);
    if (uuid !== undefined && isRemembered(message)) sent.push(uuid);
    socket.send(
      message.raw ??
        JSON.stringify({ ...bodyOf(message, transferID), ...(uuid === undefined ? {} : { uuid }) }),
    );
    if (mayBeSilent(message)) await fence();
    else hung = !(await until(() => answerTo(uuid ?? '', from) !== undefined)) && closeCode === null;

    const answer = uuid === undefined ? undefined : answerTo(uuid, from);
    const unaddressed = answers.slice(from).find((each) => each.uuid === undefined || each.uuid === null);
    if (answer !== undefined) {
      const outcome = outcomeOf(answer);
      const { transferID: given, id } = Object(answer.data);
      if (given !== undefined) transferID = given;
      const isStage = direction === 'pull' && outcome.kind === 'answer' && typeof id === 'string';
      const stage = isStage ? ((await until(() => endedStages.has(id))) ? 'ended' : 'stalled') : undefined;
      outcomes.push(stage === undefined ? outcome : ({ ...outcome, stage } as Outcome));
    } else if (closeCode !== null) outcomes.push({ kind: 'closed', code: closeCode });
    else if (unaddressed?.error) outcomes.push({ kind: 'unaddressed', message: unaddressed.error.message });
    else outcomes.push({ kind: 'silence' });
    if (closeCode !== null || hung) break;
  }
  const alive = closeCode === null && !hung && (await fence());
  socket.close();
  const gone = await Promise.race([closed.then(() => true), sleep(3000, false)]);
  if (!gone) socket.terminate();
  return { outcomes, alive, hung };
}

function uuidOf({ uuid }: Message, sent: readonly string[]): string | undefined {
  if (uuid === 'missing') return undefined;
  if (uuid === 'last') return sent.at(-1) ?? randomUUID();
  if (uuid === 'earlier') return sent.at(-2) ?? randomUUID();
  return randomUUID();
}

function bodyOf(message: Message, transferID: string | undefined): object {
  const { body = {}, transferID: which = 'right' } = message;
  const id =
    which === 'missing' ? undefined : which === 'wrong' ? randomUUID() : (transferID ?? randomUUID());
  if (body['type'] === 'transfer') return { ...body, ...(id === undefined ? {} : { transferID: id }) };
  if (body['command'] === 'end') return { ...body, params: id === undefined ? {} : { transferID: id } };
  return body;
}

const mayBeSilent = ({ raw, uuid, body }: Message) =>
  raw !== undefined || uuid !== undefined || (body?.['type'] !== 'command' && body?.['type'] !== 'transfer');

function outcomeOf({ data, error }: Answer): Outcome {
  if (error === null) return { kind: 'answer', data: normalise(data) };
  return { kind: 'error', error: normalise(error) as { code: string; message: string } };
}
