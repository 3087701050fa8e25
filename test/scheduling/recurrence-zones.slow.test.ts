import { assertByTheWall } from './two-years-of-rules.js';

/** The clocks change by half an hour, for Ramadan, at 45 minutes past, and not at all. */
const timeZones = ['Australia/Lord_Howe', 'Africa/Casablanca', 'Pacific/Chatham', 'Asia/Kolkata'];

describe('what comes again in other places', function () {
  this.timeout(60_000);
  for (const timeZone of timeZones) {
    it(`comes in ${timeZone} when the clock on the wall says so, for two years`, () => assertByTheWall(timeZone));
  }
});
