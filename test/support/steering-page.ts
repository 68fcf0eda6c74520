import { WebSocket } from 'ws';
import type { ControlCommand, FromPage, ToPage } from '../../src/inspector/live-messages.js';

type Answer = Extract<ToPage, { type: 'controlled' }>;

/** The page of an inspector, as far as it steers. */
export interface SteeringPage {
  /** In the link that it was opened by; empty where there is none. */
  readonly token: string;
  /** The first message: whether the inspector lets itself be steered. */
  hello(): Promise<Extract<ToPage, { type: 'hello' }>>;
  /** Resolves when so many processes have reported. */
  reporters(count: number): Promise<readonly string[]>;
  /** Asks, and waits for the answer. */
  ask(command: ControlCommand, of?: Partial<Pick<FromPage, 'token' | 'reporter'>>): Promise<Answer>;
  /** Asks, and waits for nothing. */
  say(frame: object): void;
  /** Everything that has come so far has been answered, a ping last. */
  settled(): Promise<void>;
  close(): void;
}

export function openSteeringPage(link: string): SteeringPage {
  const url = new URL(link);
  const token = new URLSearchParams(url.hash.slice(1)).get('token') ?? '';
  const socket = new WebSocket(`ws://${url.host}/records`, { headers: { Origin: url.origin } });
  const messages: ToPage[] = [];
  const waiting = new Set<() => void>();
  let ids = 0;
  socket.on('message', (data) => {
    messages.push(JSON.parse(String(data)) as ToPage);
    for (const look of [...waiting]) look();
  });
  const until = <T>(find: () => T | undefined) =>
    new Promise<T>((resolve, reject) => {
      const look = () => {
        const found = find();
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      socket.once('close', () => reject(new Error('the inspector has gone')));
      socket.once('error', reject);
      look();
    });
  const reporters = () =>
    messages.flatMap((message) => (message.type === 'reporter' ? [message.reporter] : []));
  const isHello = (message: ToPage) => message.type === 'hello';
  return {
    token,
    hello: () => until(() => messages.find(isHello)),
    reporters: (count) => until(() => (reporters().length >= count ? reporters() : undefined)),
    async ask(command, of = {}) {
      ids += 1;
      const id = ids;
      socket.send(JSON.stringify({ type: 'control', id, token, reporter: 'p1', command, ...of }));
      const isAnswer = (message: ToPage): message is Answer =>
        message.type === 'controlled' && message.id === id;
      return until(() => messages.find(isAnswer));
    },
    say: (frame) => socket.send(JSON.stringify(frame)),
    settled: () =>
      new Promise((resolve) => {
        socket.once('pong', () => resolve());
        socket.ping();
      }),
    close: () => socket.terminate(),
  };
}
