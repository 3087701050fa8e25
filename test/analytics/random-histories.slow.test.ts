import { describeHistories } from './live-histories.js';

describeHistories(Number(process.env['HISTORIES'] ?? 40), 150);
