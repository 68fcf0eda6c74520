import { fromCallback, fromPromise } from 'xstate';
import { failureOf } from '../../machines/failure.js';
import { type StageEvent, type StageGoOn, stageMachine } from '../../machines/stage.machine.js';
import type { Asset, RowStep, StageStats, Step, StreamOptions } from '../protocol/content.js';
import { TransferError } from '../protocol/errors.js';
import type { AssetWriter, RowWriter, TransferDestination, TransferSource } from '../stores/store.js';
import type { Filters } from './filters.js';
import type { Fit } from './fit.js';

export interface StageWork {
  readonly source: TransferSource;
  readonly destination: TransferDestination;
  readonly filters: Filters;
  /** Where the schemas differ and the user goes on: what the destination knows. */
  readonly fit: () => Fit | null;
  /** Throws NOT_RESUMABLE where the destination was not prepared by this process. */
  readonly goesOn: () => void;
}

/** Progress of a long asset is told this often. */
const bytesBetweenProgress = 1024 * 1024;

type Tell = (event: StageEvent) => void;

/** What moving items has to do with the chart. */
interface Carrier {
  readonly tell: Tell;
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
    const tell: Tell = (event) => {
      if (!stop.signal.aborted) actor.sendBack(event);
    };
    let goOn = () => {};
    actor.receive(() => goOn());
    /** How long is the chart's to say. */
    const rest = () =>
      new Promise<void>((resolve) => {
        goOn = resolve;
        tell({ type: 'stage.resting' });
      });
    const carrier = { tell, signal: stop.signal, ...(throttle > 0 ? { rest } : {}) };
    const carrying = carry(step, carrier);
    carrying.then(
      () => tell({ type: 'stage.exhausted' }),
      (error: unknown) => tell({ type: 'stage.broken', failure: failureOf({ error }) }),
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

  const tellTotals = (step: Step, tell: Tell) => {
    const totals = work.source.totals?.(step);
    if (totals !== undefined) tell({ type: 'stage.totals', totals });
  };

  async function carryRows(step: RowStep, { tell, signal, rest }: Carrier): Promise<void> {
    const fit = work.fit();
    for await (const batch of work.source.rows(step)) {
      if (signal.aborted) return;
      const counts = { items: 0, bytes: 0, dropped: 0, excluded: 0 };
      const kept: (typeof batch)[number][] = [];
      for (const row of batch) {
        const fate = work.filters.fateOf(step, row);
        const fitted = fate === 'kept' && fit !== null ? fit.fitted(step, row) : row;
        if (fate === 'dropped') counts.dropped += 1;
        else if (fate === 'excluded' || fitted === null) counts.excluded += 1;
        else kept.push(fitted);
      }
      if (rest === undefined) {
        if (kept.length > 0) await rows?.write(kept);
        counts.items = kept.length;
        tell({ type: 'stage.progress', ...counts });
        continue;
      }
      tell({ type: 'stage.progress', ...counts });
      for (const row of kept) {
        await rows?.write([row]);
        tell({ type: 'stage.progress', ...none, items: 1 });
        await rest();
        if (signal.aborted) return;
      }
    }
    tellTotals(step, tell);
  }

  async function carryAssets({ tell, signal, rest }: Carrier): Promise<void> {
    let toldTotals = false;
    for await (const asset of work.source.assets()) {
      if (!toldTotals) tellTotals('assets', tell);
      toldTotals = true;
      if (signal.aborted) return;
      await assets?.write(counted(asset, tell));
      tell({ type: 'stage.progress', ...none, items: 1 });
      await rest?.();
    }
  }

  return stageMachine.provide({ actors: { startStage, carryItems, endStage } });
}

/** The asset, telling how many of its bytes have passed. */
function counted(asset: Asset, tell: Tell): Asset {
  async function* stream(options?: StreamOptions): AsyncGenerator<Uint8Array> {
    let bytes = 0;
    for await (const chunk of asset.stream(options)) {
      yield chunk;
      bytes += chunk.length;
      if (bytes >= bytesBetweenProgress) {
        tell({ type: 'stage.progress', ...none, bytes });
        bytes = 0;
      }
    }
    if (bytes > 0) tell({ type: 'stage.progress', ...none, bytes });
  }
  return { ...asset, stream };
}
