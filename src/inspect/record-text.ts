import { parseJson } from '../protocol/json.js';

/** A record has some hundred values, the definition of a chart some thousand. */
const limits = { values: 100_000, depth: 1000 };

/** @throws SyntaxError where the line is no JSON; OverLimit */
export const parseRecordText = (text: string): unknown => parseJson(text, limits);
