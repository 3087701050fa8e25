import { describeHistories } from './live-histories.js';

describeHistories(2, 40);
