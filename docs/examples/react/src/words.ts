import type { Step } from 'strapi-ferry/protocol';

/** The stages that move something, in their order, as people call them. */
export const stages: readonly { readonly stage: Step; readonly title: string }[] = [
  { stage: 'entities', title: 'Entries' },
  { stage: 'assets', title: 'Files' },
  { stage: 'links', title: 'Relations' },
  { stage: 'configuration', title: 'Settings' },
];

/** By the beginning of a state of the transfer's chart; the first that fits counts. */
const texts: readonly (readonly [string, string])[] = [
  ['opening', 'Connecting …'],
  ['comparing', 'Comparing the content types …'],
  ['checking', 'Comparing the content types …'],
  ['preparing', 'Clearing what the server had …'],
  ...stages.map(({ stage, title }) => [`transferring.${stage}`, `Moving ${title.toLowerCase()} …`] as const),
  ['transferring', 'Beginning …'],
  ['committing', 'Putting the new content in place …'],
  ['closing', 'Saying goodbye …'],
  ['rollingBack', 'Undoing what has moved …'],
];

/** A state such as `transferring.links.moving` in words. */
export const wordsFor = (state: string) =>
  texts.find(([beginning]) => state.startsWith(beginning))?.[1] ?? 'Working …';

const units = ['B', 'kB', 'MB', 'GB'];

export function sizeOf(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}
