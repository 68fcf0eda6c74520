/** `transferring.streaming`: a state as messages and records name it. */
export function statePath(stateValue: unknown): string {
  const names: string[] = [];
  let value = stateValue;
  while (typeof value === 'object' && value !== null) {
    const [name, inner] = Object.entries(value)[0] ?? [];
    if (name !== undefined) names.push(name);
    value = inner;
  }
  return [...names, ...(typeof value === 'string' ? [value] : [])].join('.');
}
