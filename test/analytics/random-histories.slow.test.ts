import { describeHistories } from './live-histories.js';

describeHistories(Number(process.env['HISTORIES'] ?? 8), 150);
