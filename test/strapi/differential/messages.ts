import type { Direction } from '../../../machines/lifecycle.machine.js';

/** One message of a client, before uuids and ids are known. */
export interface Message {
  /** In words, for the list of what differs. */
  readonly says: string;
  readonly body?: Readonly<Record<string, unknown>>;
  /** Sent as it is. */
  readonly raw?: string;
  /** @default 'right' for what carries one */
  readonly transferID?: 'right' | 'wrong' | 'missing';
  /** Another uuid than a new one: that of the last message that had one of its own, of the one before, none. */
  readonly uuid?: 'last' | 'earlier' | 'missing';
}

export interface Sequence {
  readonly direction: Direction;
  readonly messages: readonly Message[];
}

type ID = Message['transferID'];

const withID = (id: ID) => (id === undefined || id === 'right' ? {} : { transferID: id });
const noteOf = (id: ID) => (id === undefined || id === 'right' ? '' : ` with ${id} transferID`);

export const command = (name: string, params?: object): Message => ({
  says: name,
  body: { type: 'command', command: name, ...(params === undefined ? {} : { params }) },
});

export const end = (transferID?: ID): Message => ({
  says: `end${noteOf(transferID)}`,
  body: { type: 'command', command: 'end', params: {} },
  ...withID(transferID),
});

export const action = (name: string, transferID?: ID): Message => ({
  says: `${name}${noteOf(transferID)}`,
  body: { type: 'transfer', kind: 'action', action: name },
  ...withID(transferID),
});

export const step = (name: string, stage: string, data?: unknown, transferID?: ID): Message => ({
  says: `${name} ${stage}${data === undefined ? '' : ` ${JSON.stringify(data).slice(0, 40)}`}${noteOf(transferID)}`,
  body: {
    type: 'transfer',
    kind: 'step',
    action: name,
    step: stage,
    ...(data === undefined ? {} : { data }),
  },
  ...withID(transferID),
});

/** Deletes nothing where `beforeTransfer` would clear: both servers have to outlive thousands of these. */
const options = (assets: boolean) => ({
  strategy: 'restore',
  restore: { assets, configuration: { coreStore: false, webhook: false }, entities: { include: [] } },
});

export const init = {
  push: (assets = true): Message =>
    command('init', {
      options: options(assets),
      transfer: 'push',
      checksums: true,
      assetEncoding: 'base64',
    }),
  pull: (): Message => command('init', { transfer: 'pull', checksums: true }),
  strange: (): Message => ({
    ...command('init', { options: { ...options(true), strategy: 'merge' }, transfer: 'push' }),
    says: 'init with a strange strategy',
  }),
  bare: (): Message => ({ ...command('init'), says: 'init without params' }),
};

export const unknownType = (): Message => ({ says: 'unknown type', body: { type: 'dream' } });
export const unknownKind = (): Message => ({
  says: 'unknown kind',
  body: { type: 'transfer', kind: 'dream' },
});
export const noUuid = (): Message => ({ ...command('status'), says: 'status without uuid', uuid: 'missing' });
export const notJson = (): Message => ({ says: 'no JSON', raw: '{"type":"command"' });

/** Whether a server remembers its uuid: a Strapi does not even look at an unknown type. */
export const isRemembered = ({ uuid, body }: Message): boolean =>
  uuid === undefined && (body?.['type'] === 'command' || body?.['type'] === 'transfer');

export const again = (message: Message, uuid: 'last' | 'earlier'): Message => ({
  ...message,
  says: `${uuid} uuid again: ${message.says}`,
  uuid,
});
