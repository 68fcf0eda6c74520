import { stockMergeSuite } from '../support/stock-merge-suite.js';
import { startStrapi } from './harness/strapi.js';

stockMergeSuite('SQLite', (version) => startStrapi({ version, content: 'hard' }));
