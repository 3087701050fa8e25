import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { allMutations } from '../mutations/all.js';
import { mutate, type Mutation } from '../mutations/mutation.js';
import { ScratchTree } from '../mutations/scratch-tree.js';

/** `MUTATIONS=words` runs those whose file, test or name has these words. */
const wanted = process.env['MUTATIONS'] ?? '';
const mutations = allMutations.filter((mutation) => JSON.stringify(mutation).includes(wanted));

/** The tests that have to notice something, each once. */
function testsOf(list: readonly Mutation[]): Mutation['noticedBy'][] {
  return [...new Map(list.map(({ noticedBy }) => [JSON.stringify(noticedBy), noticedBy])).values()];
}

describe('a wrong change to the program', function () {
  this.timeout(200_000);
  let tree: ScratchTree;
  before(async () => {
    tree = await ScratchTree.make(process.cwd());
  });
  after(() => tree.remove());

  it('is one that can be made: what it changes is there, once', () => {
    for (const mutation of allMutations) assert.ok(mutate(readFileSync(mutation.file, 'utf8'), mutation));
  });

  it('has a name of its own', () => {
    assert.equal(new Set(allMutations.map(({ what }) => what)).size, allMutations.length);
  });

  for (const { file, test } of testsOf(mutations)) {
    it(`is missed by ${file}${test === undefined ? '' : ` (${test})`} as long as there is none`, async () => {
      const { passed, failed, output } = await tree.run(file, test);
      assert.deepEqual(failed, []);
      assert.ok(passed > 0, `No test ran.\n${output}`);
    });
  }

  for (const mutation of mutations) {
    it(`is noticed: ${mutation.what}`, async () => {
      const { passed, failed, output } = await tree.try(mutation);
      assert.ok(failed.length > 0, passed > 0 ? `${mutation.noticedBy.file} passes.` : `No test ran.\n${output}`);
    });
  }
});
