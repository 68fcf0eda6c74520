export { settled, TestClock } from '../../src/testing/test-clock.js';
