/** How much servers reported in the course of a transfer. */
export interface ReportedCounts {
  readonly warnings: number;
  readonly errors: number;
}

export const noReports: ReportedCounts = { warnings: 0, errors: 0 };

/** @param type Of the event that told of it; what is no warning and no error does not count. */
export const withReport = ({ warnings, errors }: ReportedCounts, type: string): ReportedCounts => ({
  warnings: warnings + (type === 'diagnostic.warning' ? 1 : 0),
  errors: errors + (type === 'diagnostic.error' ? 1 : 0),
});
