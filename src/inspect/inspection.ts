import type { InspectionEvent } from 'xstate';
import { type Clock, realClock } from '../ports/clock.js';
import { createConversation } from './conversation.js';
import type { InspectionRecord, RecordingHeader, Side } from './records.js';
import { recordingFormat } from './records.js';
import { createSinkQueue, type Sink, type SinkQueue } from './sink.js';
import { ferryVersion } from './version.js';
import { createXStateAdapter } from './xstate-adapter.js';

/** Options of `createInspection`. */
export interface InspectionOptions {
  /** The ends of a connection that this process runs, for readers of the records. @defaultValue both */
  readonly roles?: readonly Side[] | undefined;
  /** Records that may wait for a slow sink. Further ones are dropped, and a record says so. @defaultValue 10000 */
  readonly waiting?: number | undefined;
  /** Called with the error of a sink. That sink gets no more records; the transfer goes on. */
  readonly onError?: ((error: unknown) => void) | undefined;
  readonly clock?: Clock | undefined;
  /** Milliseconds since the epoch. */
  readonly now?: (() => number) | undefined;
}

/** The charts of one process, reported to any number of sinks. */
export interface Inspection {
  /**
   * Pass it as `inspect` to `createTransfer`, `attachTransferServer`, … and to any actor of your own. It never throws,
   * and does nothing slow.
   */
  readonly inspect: (event: InspectionEvent) => void;
  /** Attaches a sink for what happens from now on; call it before the transfer begins. The result detaches it. */
  attach(sink: Sink): () => void;
  /** Resolves once every sink has received everything so far. */
  flush(): Promise<void>;
  /** Ends the records, and closes the sinks. */
  close(): Promise<void>;
}

/**
 * Watches charts: pass its `inspect` to `createTransfer`, `attachTransferServer` and the remote ends. It writes records
 * to every sink that was attached before.
 */
export function createInspection(options: InspectionOptions = {}): Inspection {
  const { clock = realClock, now = () => Date.now(), onError = () => {}, waiting = 10_000 } = options;
  const began = clock.now();
  const startedAt = new Date(now()).toISOString();
  const channels = new Map<boolean, Channel>();
  let isClosed = false;

  function open(data: boolean): Channel {
    const channel = createChannel(() => Math.round((clock.now() - began) * 1000) / 1000, {
      ferry: 'recording',
      format: recordingFormat,
      version: ferryVersion,
      startedAt,
      roles: options.roles ?? ['client', 'server'],
      data,
    });
    channels.set(data, channel);
    return channel;
  }

  return {
    inspect(event) {
      if (isClosed) return;
      for (const [data, channel] of channels) {
        if (channel.queues.size === 0) continue;
        try {
          channel.take(event);
        } catch (error) {
          // A bug in here must not end the transfer.
          channels.delete(data);
          onError(error);
        }
      }
    },
    attach(sink) {
      const data = sink.data ?? false;
      const { queues, header } = channels.get(data) ?? open(data);
      const queue = createSinkQueue(sink, {
        waiting,
        header,
        clock,
        onError(error) {
          queues.delete(queue);
          onError(error);
        },
      });
      queues.add(queue);
      return () => {
        queues.delete(queue);
        void queue.close();
      };
    },
    async flush() {
      await Promise.all(queuesOf(channels).map((queue) => queue.flush()));
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      for (const channel of channels.values()) channel.end();
      await Promise.all(queuesOf(channels).map((queue) => queue.close()));
      channels.clear();
    },
  };
}

/** The records for all sinks with the same `data`: with peers' words, or without. */
interface Channel {
  readonly header: RecordingHeader;
  readonly queues: Set<SinkQueue>;
  take(event: InspectionEvent): void;
  end(): void;
}

function createChannel(ms: () => number, header: RecordingHeader): Channel {
  const queues = new Set<SinkQueue>();
  let seq = 0;
  const stamp = () => {
    seq += 1;
    return { seq, ms: ms() };
  };
  const emit = (record: InspectionRecord) => {
    for (const queue of queues) queue.push(record);
  };
  const conversation = createConversation({ emit, stamp });
  const take = createXStateAdapter({
    stamp,
    data: header.data,
    emit(record) {
      emit(record);
      conversation.take(record);
    },
  });
  return { header, queues, take, end: () => emit({ type: 'end', ...stamp() }) };
}

const queuesOf = (channels: ReadonlyMap<boolean, Channel>) =>
  [...channels.values()].flatMap(({ queues }) => [...queues]);
