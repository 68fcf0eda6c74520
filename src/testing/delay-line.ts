// Runs callbacks when they are due, in the order in which they came; none may be due before an earlier one.
export function createDelayLine(): (due: number, happen: () => void) => void {
  const queue: { readonly due: number; readonly happen: () => void }[] = [];

  function happenDue(): void {
    while (queue[0] !== undefined && queue[0].due <= performance.now()) queue.shift()?.happen();
    if (queue[0] !== undefined) setTimeout(happenDue, queue[0].due - performance.now());
  }

  return (due, happen) => {
    queue.push({ due, happen });
    if (queue.length === 1) happenDue();
  };
}
