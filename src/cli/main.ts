#!/usr/bin/env node
import { openFileLimit } from '../ports/open-files.js';
import { outliveOutput } from './output.js';
import { createProgram } from './program.js';

outliveOutput(process);
await createProgram(Object.assign(process, { openFiles: openFileLimit })).parseAsync();
