import { createInspection, type Inspection } from '../../src/inspect/inspection.js';
import { createRecorder } from '../../src/inspect/recorder.js';
import { replayRecording } from '../../src/inspect/replay/replay.js';
import { hasKind, type Schedule } from '../simulation/schedule.js';
import { createSimulator } from '../simulation/simulate.js';

/**
 * Writes a recording of both ends for the inspector, and replays it through the charts: every state that was seen must
 * be one that the charts themselves come to. Gives where they do not.
 */
export async function recordSchedule(schedule: Schedule, path: string): Promise<readonly string[]> {
  const inspections: Inspection[] = [];
  await createSimulator().simulate(schedule, {
    inspectBy(clock) {
      const inspection = createInspection({ clock, now: () => 0, waiting: Number.POSITIVE_INFINITY });
      inspections.push(inspection);
      inspection.attach(createRecorder({ path }));
      return inspection.inspect;
    },
  });
  for (const inspection of inspections) await inspection.close();
  // A kill cuts the recording off, and of a clock that leaped it knows nothing.
  if (hasKind(schedule, 'kill', 'clockJump')) return [];
  const { differences } = await replayRecording({ path });
  return differences.map((difference) => JSON.stringify(difference));
}
