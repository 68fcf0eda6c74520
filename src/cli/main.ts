#!/usr/bin/env node
import { outliveOutput } from './output.js';
import { createProgram } from './program.js';

outliveOutput(process);
await createProgram(process).parseAsync();
