import type { InspectionEvent } from 'xstate';
import { type Clock, realClock } from '../ports/clock.js';
import { createConversation } from './conversation.js';
import type { InspectionRecord, RecordingHeader, Side } from './records.js';
import { recordingFormat } from './records.js';
import { createSinkQueue, type Sink, type SinkQueue } from './sink.js';
import { ferryVersion } from './version.js';
import { createXStateAdapter } from './xstate-adapter.js';

/** Of `createInspection`. */
export interface InspectionOptions {
  /** Which ends of a link this process runs, for whoever reads the records. @defaultValue both */
  readonly roles?: readonly Side[];
  /** Records that may wait for a slow sink; those beyond are dropped, and that is said. @defaultValue 10000 */
  readonly waiting?: number;
  /** A sink that threw gets no more records. The transfer goes on. */
  readonly onError?: (error: unknown) => void;
  readonly clock?: Clock;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** The charts of one process, told to any number of sinks. */
export interface Inspection {
  /**
   * For `inspect` of `createTransfer`, `attachTransferServer`, … and of any actor of yours. Never throws, and does
   * nothing that takes long.
   */
  readonly inspect: (event: InspectionEvent) => void;
  /** Attach before the transfer begins: a sink is told what happens from now on. Gives what detaches it again. */
  attach(sink: Sink): () => void;
  /** Resolves when every sink has what has happened so far. */
  flush(): Promise<void>;
  /** Ends the records, and closes the sinks. */
  close(): Promise<void>;
}

/**
 * Watches charts: its `inspect` is what `createTransfer`, `attachTransferServer` and the remote ends take, and what it
 * makes of that goes to every sink that was attached before.
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
          // A fault of ours here would be the transfer's end.
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

/** The records for all sinks that are told the same: those that asked for peers' words, and those that did not. */
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
