import { once } from 'node:events';
import { WebSocket } from 'ws';

/** What a server sends, as it came. */
interface RawFrame {
  readonly uuid?: string;
  readonly data?: unknown;
  readonly error?: { readonly code: string; readonly message: string; readonly details: unknown } | null;
}

interface RawBatch {
  readonly uuid: string;
  readonly items: readonly unknown[] | null;
  readonly ended: boolean;
  readonly error: unknown;
}

/** A client that says whatever it is told, in or out of order. */
export interface RawClient {
  readonly socket: WebSocket;
  /** Every frame that has come, oldest first. */
  readonly frames: readonly RawFrame[];
  /** Resolves with the close code and the reason. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  /** What `init` answered. */
  transferID: string | undefined;
  send(frame: string | object): void;
  /** Sends a message under a new uuid, with the transfer's id, and waits for its answer. */
  ask(message: object, patience?: number): Promise<RawFrame>;
  /** Without a uuid: the answer to a message that had none. */
  answerTo(uuid: string | undefined, patience?: number): Promise<RawFrame>;
  /** The next batch of a pull that was not seen yet. */
  batch(patience?: number): Promise<RawBatch>;
  confirm(batch: { readonly uuid: string }): void;
  /**
   * Resolves once the server has read all that was sent to it, and what it said to that at once is here: two round
   * trips, one for each. Rejects where the connection ends before.
   */
  settled(): Promise<void>;
}

let asked = 0;
/** A uuid that no other message of this process has. */
const freshUuid = () => `raw-${++asked}`;

export async function openRaw(url: string, token = 'token'): Promise<RawClient> {
  const socket = new WebSocket(url, { headers: { Authorization: `Bearer ${token}` } });
  socket.on('error', () => {});
  const frames: RawFrame[] = [];
  const waiting = new Set<() => void>();
  const look = () => {
    for (const one of [...waiting]) one();
  };
  let end: { code: number; reason: string } | null = null;
  socket.on('message', (data) => {
    frames.push(JSON.parse(String(data)) as RawFrame);
    look();
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => {
      end = { code, reason: String(reason) };
      resolve(end);
      look();
    });
  });
  let batchesSeen = 0;
  const pongs = new Set<string>();
  socket.on('pong', (data) => {
    pongs.add(String(data));
    look();
  });

  function find<T>(what: string, test: () => T | undefined, patience: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer);
        waiting.delete(check);
      };
      const check = () => {
        const found = test();
        if (found !== undefined) {
          stop();
          resolve(found);
        } else if (end !== null) {
          stop();
          reject(new Error(`closed with ${end.code} before ${what}`));
        }
      };
      const timer = setTimeout(() => {
        stop();
        reject(new Error(`no ${what} in ${patience} ms`));
      }, patience);
      waiting.add(check);
      check();
    });
  }

  const client: RawClient = {
    socket,
    frames,
    closed,
    transferID: undefined,
    send: (frame) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
    async ask(message, patience = 5000) {
      const { transferID } = client;
      const uuid = freshUuid();
      client.send({ uuid, ...(transferID === undefined ? {} : { transferID }), ...message });
      const answer = await client.answerTo(uuid, patience);
      const id = Object(answer.data).transferID;
      if (typeof id === 'string') client.transferID = id;
      return answer;
    },
    answerTo: (uuid, patience = 5000) =>
      find(
        `answer to ${uuid}`,
        () => frames.find((frame) => frame.uuid === uuid && Object(frame.data).type !== 'transfer'),
        patience,
      ),
    async batch(patience = 5000) {
      const isBatch = (frame: RawFrame) => Object(frame.data).type === 'transfer';
      const frame = await find('batch', () => frames.filter(isBatch)[batchesSeen], patience);
      batchesSeen += 1;
      const { data, ended, error } = Object(frame.data);
      return { uuid: frame.uuid ?? '', items: data, ended, error };
    },
    confirm: ({ uuid }) => client.send({ uuid }),
    async settled() {
      for (const name of [freshUuid(), freshUuid()]) {
        socket.ping(name);
        await find('pong', () => pongs.has(name) || undefined, 5000);
      }
    },
  };
  await Promise.race([once(socket, 'open'), closed]);
  return client;
}

const command = (name: string, params?: unknown) => ({ type: 'command', command: name, params });
const action = (name: string, data?: unknown) => ({ type: 'transfer', kind: 'action', action: name, data });
const step = (name: string, of: string, data?: unknown) => ({
  type: 'transfer',
  kind: 'step',
  action: name,
  step: of,
  data,
});
export const say = { command, action, step };

export const asset = {
  start: (assetID: string, filename: string, size: number) => ({
    action: 'start',
    assetID,
    data: { filename, filepath: `/x/${filename}`, stats: { size }, metadata: { name: filename } },
  }),
  stream: (assetID: string, bytes: Uint8Array) => ({
    action: 'stream',
    assetID,
    encoding: 'base64',
    data: Buffer.from(bytes).toString('base64'),
  }),
  end: (assetID: string, checksum?: string) => ({
    action: 'end',
    assetID,
    ...(checksum === undefined ? {} : { checksum: { algorithm: 'sha256', value: checksum } }),
  }),
};
