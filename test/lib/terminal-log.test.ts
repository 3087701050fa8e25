import assert from 'node:assert/strict';
import { createLogger } from '../../server/lib/logger.js';
import { terminalLog } from '../../server/lib/terminal-log.js';

function linesOf(log: (logger: ReturnType<typeof createLogger>) => void, colored = false): string[] {
  let text = '';
  const out = { write: (chunk: string) => (text += chunk) };
  log(createLogger({ logLevel: 'info' }, terminalLog(out, { colored })));
  return text.split('\n').slice(0, -1);
}

describe('the log on a terminal', () => {
  it('says time, level, message and values in one line', () => {
    const [line] = linesOf((logger) => {
      logger.child({ sessionId: 'acc1' }).warn({ count: 2, what: 'two words', to: null }, 'it happened');
    });
    assert.match(line ?? '', /^\d\d:\d\d:\d\d warn {2}it happened sessionId=acc1 count=2 what="two words" to=null$/);
  });

  it('shows where an error comes from, indented below the line', () => {
    const lines = linesOf((logger) => {
      logger.error({ err: new Error('no disk') }, 'could not write');
    });
    assert.match(lines[0] ?? '', /error could not write$/);
    assert.match(lines[1] ?? '', /^ {2}Error: no disk$/);
    assert.match(lines[2] ?? '', /^ {6}at .*terminal-log\.test\.ts/);
  });

  it('still hides secrets', () => {
    const [line] = linesOf((logger) => {
      logger.info({ apiKey: 'sk-1', password: 'pw' }, 'started');
    });
    assert.match(line ?? '', /started apiKey=\*\*\* password=\*\*\*$/);
  });

  it('lets no value move the cursor or forge a line', () => {
    const lines = linesOf((logger) => {
      logger.info({ name: '\u001B[2J\u009Bx\nfake' }, 'named');
    });
    assert.equal(lines.length, 1);
    assert.ok(!/\p{Cc}/u.test(lines[0] ?? ''), JSON.stringify(lines[0]));
  });

  it('colours what needs attention, and nothing else', () => {
    const [info, error] = linesOf((logger) => {
      logger.info('fine');
      logger.error('bad');
    }, true);
    assert.ok(info?.endsWith('info  fine'));
    assert.ok(error?.includes('\u001B[31mbad\u001B[39m'));
  });
});
