/** On better-sqlite3 every await is a microtask: without this no timer and no socket has a turn. */
export const giveWay = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
