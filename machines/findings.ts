/** What reading both ends found. */
export interface Comparison {
  /** Paths at which the schemas differ; 0 where they match, or where one end has none. */
  readonly differences: number;
  /** The first of them, a line each, for people. */
  readonly listed: string;
  /** The user goes on all the same. */
  readonly ignored: boolean;
}

/** Something in the content that a server will not take as it is meant. */
export interface SourceFinding {
  readonly text: string;
}
