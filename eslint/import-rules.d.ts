import type { Rule } from 'eslint';

/** Reports an import that docs/architecture.md ("Who may import whom") does not allow. */
export const importRules: Rule.RuleModule;
