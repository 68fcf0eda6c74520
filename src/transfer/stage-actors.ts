import { fromCallback, fromPromise } from 'xstate';
import { failureOf } from '../../machines/failure.js';
import {
  type StageEvent,
  type StageGoOn,
  type StageTotals,
  stageMachine,
} from '../../machines/stage.machine.js';
import { withImplementations } from '../../machines/with-implementations.js';
import type { Asset, RowStep, StageStats, Step, StreamOptions } from '../protocol/content.js';
import { TransferError } from '../protocol/errors.js';
import type { AssetWriter, RowWriter, TransferDestination, TransferSource } from '../stores/store.js';
import type { Filters } from './filters.js';
import type { Fit } from './fit.js';
import type { LeftOutCounts } from './left-out.js';

export interface StageWork {
  readonly source: TransferSource;
  readonly destination: TransferDestination;
  readonly filters: Filters;
  readonly leftOut: LeftOutCounts;
  /** Where the schemas differ and the user goes on: what the destination knows. */
  readonly fit: () => Fit | null;
  /** What a look through the source has counted; undefined for a stage that was not looked through. */
  readonly totals: (step: Step) => StageTotals | undefined;
  /** Throws NOT_RESUMABLE where the destination was not prepared by this process. */
  readonly goesOn: () => void;
}

/** Progress of a long asset is told this often. */
const bytesBetweenProgress = 1024 * 1024;

type Send = (event: StageEvent) => void;

/** What moving items has to do with the chart. */
interface Carrier {
  readonly send: Send;
  readonly signal: AbortSignal;
  /** After each item, where there is a throttle. */
  readonly rest?: () => Promise<void>;
}

const none = { items: 0, bytes: 0, dropped: 0, excluded: 0 };

/** The stage chart with actors that carry: the rows and bytes go from store to store and never through a chart. */
export function createStageLogic(work: StageWork) {
  let rows: RowWriter<RowStep> | null = null;
  let assets: AssetWriter | null = null;
  const writerOf = (step: Step) => {
    const writer = step === 'assets' ? assets : rows;
    // The chart was restored in the middle of a stage, whose writer ended with its process.
    if (writer === null) throw new TransferError('NOT_RESUMABLE');
    return writer;
  };

  const startStage = fromPromise<void, { step: Step }>(async ({ input: { step } }) => {
    work.goesOn();
    if (step === 'assets') assets = await work.destination.assetWriter();
    else rows = await work.destination.rowWriter(step);
  });

  const carryItems = fromCallback<StageGoOn, { step: Step; throttle: number }>((actor) => {
    const { step, throttle } = actor.input;
    const stop = new AbortController();
    const send: Send = (event) => {
      if (!stop.signal.aborted) actor.sendBack(event);
    };
    let goOn = () => {};
    actor.receive(() => goOn());
    /** How long is the chart's to say. */
    const rest = () =>
      new Promise<void>((resolve) => {
        goOn = resolve;
        send({ type: 'stage.resting' });
      });
    const carrier = { send, signal: stop.signal, ...(throttle > 0 ? { rest } : {}) };
    const carrying = carry(step, carrier);
    carrying.then(
      () => send({ type: 'stage.exhausted' }),
      (error: unknown) => send({ type: 'stage.broken', failure: failureOf({ error }) }),
    );
    return () => {
      stop.abort();
      goOn();
    };
  });

  const endStage = fromPromise<StageStats | undefined, { step: Step }>(async ({ input: { step } }) => {
    return writerOf(step).end();
  });

  async function carry(step: Step, carrier: Carrier): Promise<void> {
    writerOf(step);
    await (step === 'assets' ? carryAssets(carrier) : carryRows(step, carrier));
  }

  const sendTotals = (step: Step, send: Send) => {
    const totals = work.source.totals?.(step) ?? work.totals(step);
    if (totals?.count !== undefined || totals?.bytes !== undefined) send({ type: 'stage.totals', totals });
  };

  async function carryRows(step: RowStep, { send, signal, rest }: Carrier): Promise<void> {
    const fit = work.fit();
    let sentTotals = false;
    for await (const batch of work.source.rows(step)) {
      if (!sentTotals) sendTotals(step, send);
      sentTotals = true;
      if (signal.aborted) return;
      const counts = { items: 0, bytes: 0, dropped: 0, excluded: 0 };
      const kept: (typeof batch)[number][] = [];
      for (const row of batch) {
        const verdict = work.filters.verdictOf(step, row);
        const fitted = verdict === 'kept' && fit !== null ? fit.fitted(step, row) : row;
        if (verdict !== 'kept') work.leftOut.add(step, row);
        if (verdict === 'dropped') counts.dropped += 1;
        else if (verdict === 'excluded' || fitted === null) counts.excluded += 1;
        else kept.push(fitted);
      }
      if (rest === undefined) {
        if (kept.length > 0) await rows?.write(kept);
        counts.items = kept.length;
        send({ type: 'stage.progress', ...counts });
        continue;
      }
      send({ type: 'stage.progress', ...counts });
      for (const row of kept) {
        await rows?.write([row]);
        send({ type: 'stage.progress', ...none, items: 1 });
        await rest();
        if (signal.aborted) return;
      }
    }
  }

  async function carryAssets({ send, signal, rest }: Carrier): Promise<void> {
    let sentTotals = false;
    for await (const asset of work.source.assets()) {
      if (!sentTotals) sendTotals('assets', send);
      sentTotals = true;
      if (signal.aborted) return;
      await assets?.write(counted(asset, send));
      send({ type: 'stage.progress', ...none, items: 1 });
      await rest?.();
    }
  }

  return withImplementations(stageMachine, { actors: { startStage, carryItems, endStage } });
}

/** The asset, telling how many of its bytes have passed. */
function counted(asset: Asset, send: Send): Asset {
  async function* stream(options?: StreamOptions): AsyncGenerator<Uint8Array> {
    let bytes = 0;
    for await (const chunk of asset.stream(options)) {
      yield chunk;
      bytes += chunk.length;
      if (bytes >= bytesBetweenProgress) {
        send({ type: 'stage.progress', ...none, bytes });
        bytes = 0;
      }
    }
    if (bytes > 0) send({ type: 'stage.progress', ...none, bytes });
  }
  return { ...asset, stream };
}
