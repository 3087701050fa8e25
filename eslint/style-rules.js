import path from 'node:path';

const kebabCase = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const emptyWords = /(?:^|-)(?:utils?|helpers?|common|misc|manager|impl|index)$/;

/** A file is called after what it holds: kebab-case, and no word that could hold anything. */
/** @type {import('eslint').Rule.RuleModule} */
export const fileNames = {
  meta: { type: 'suggestion', schema: [], messages: { name: '{{problem}}' } },
  create(context) {
    return {
      Program(node) {
        const [name = ''] = path.basename(context.filename).split('.');
        if (!kebabCase.test(name)) {
          context.report({ node, messageId: 'name', data: { problem: `Name the file in kebab-case, not "${name}".` } });
        } else if (emptyWords.test(name)) {
          context.report({ node, messageId: 'name', data: { problem: `"${name}" says nothing: name what it holds.` } });
        }
      },
    };
  },
};

/** A rule may be switched off only with a reason, after ` -- `. */
/** @type {import('eslint').Rule.RuleModule} */
export const reasonsForExceptions = {
  meta: { type: 'suggestion', schema: [], messages: { reason: 'Say why, after " -- ".' } },
  create(context) {
    return {
      Program() {
        for (const comment of context.sourceCode.getAllComments()) {
          const text = comment.value.trim();
          if (comment.loc && text.startsWith('eslint-disable') && !/ -- \S/.test(text)) {
            context.report({ loc: comment.loc, messageId: 'reason' });
          }
        }
      },
    };
  },
};
