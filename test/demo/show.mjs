/** The states of the lifecycle chart of one end, as its actor passes them. */
export function recordLifecycle() {
  const passed = [];
  return {
    inspect({ type, actorRef, snapshot }) {
      if (type !== '@xstate.snapshot' || actorRef.logic?.id !== 'lifecycle') return;
      const name = typeof snapshot.value === 'string' ? snapshot.value : Object.keys(snapshot.value)[0];
      if (passed.at(-1) !== name) passed.push(name);
    },
    states: () => passed,
  };
}

/** What moved, a line for each stage. */
export function printTable(counts) {
  const rows = Object.entries(counts).map(([stage, { items, bytes }]) => [stage, items, bytes || '']);
  console.log('');
  for (const [stage, items, bytes] of [['stage', 'moved', 'bytes'], ...rows]) {
    console.log(`  ${stage.padEnd(14)}${String(items).padStart(6)}${String(bytes).padStart(8)}`.trimEnd());
  }
}
