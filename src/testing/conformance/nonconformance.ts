import { AssertionError } from 'node:assert/strict';

/** What a case found: the same for every path that meets it. */
interface Finding {
  /** In words, without the path. */
  readonly finding: string;
  /** How long the path is; a report shows the shortest. */
  readonly length: number;
}

interface NonconformanceOptions extends Finding {
  readonly message: string;
  readonly expected: string;
  readonly actual: string;
  readonly operator: string;
}

/** A case of the kit that failed. */
export class Nonconformance extends AssertionError implements Finding {
  readonly finding: string;
  readonly length: number;

  constructor({ finding, length, ...options }: NonconformanceOptions) {
    super(options);
    this.finding = finding;
    this.length = length;
  }
}
