import builtUrl from 'elkjs/lib/elk-worker.min.js?url';
import { embeddedWorker } from '../embedded.js';

/** The script that places the boxes and arrows of a chart. */
export const workerUrl = embeddedWorker() ?? builtUrl;
