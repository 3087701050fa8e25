import { organizationOf, type Principal } from '../access/principal.js';
import type { OptOutsService } from '../audiences/opt-outs-service.js';
import type { OptOutRule } from '../contract/inbox/replies.js';
import type { Tx, UnitOfWork } from '../db/unit-of-work.js';
import type { Clock } from '../lib/clock.js';
import type { PeopleScope } from '../people/person.js';
import type { OptOutRulesStore } from './opt-out-rules-store.js';
import { defaultOptOutWords, wordKey } from './opt-out-words.js';

/** Longer texts are no single word. */
const longestWord = 200;

/** People who answer with a word that says so get no more posts, where the organization wants that. */
export class OptingOut {
  constructor(
    private readonly rules: OptOutRulesStore,
    private readonly optOuts: Pick<OptOutsService, 'addAsked'>,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  async rule(principal: Principal): Promise<OptOutRule> {
    return (await this.rules.find(organizationOf(principal))) ?? initialRule();
  }

  /** Words that are not given stay as they are. */
  async change(principal: Principal, { isOn, words }: { isOn: boolean; words?: string[] | undefined }) {
    const organizationId = organizationOf(principal);
    return this.unitOfWork.run(async (tx) => {
      const before = (await this.rules.find(organizationId, tx)) ?? initialRule();
      const rule = { isOn, words: withoutRepeats(words ?? before.words) };
      await this.rules.save(tx, organizationId, rule, this.clock.now().getTime());
      return rule;
    });
  }

  /** Whether somebody who writes this wants no more posts. */
  async isMeant(tx: Tx, { organizationId }: PeopleScope, text: string): Promise<boolean> {
    if (text.length > longestWord) return false;
    const rule = await this.rules.find(organizationId, tx);
    if (rule?.isOn !== true) return false;
    const said = wordKey(text);
    return said !== '' && rule.words.some((word) => wordKey(word) === said);
  }

  /** From posts of all accounts of the organization. */
  async optOut(tx: Tx, { organizationId }: PeopleScope, phoneNumber: string): Promise<void> {
    await this.optOuts.addAsked(tx, organizationId, phoneNumber);
  }
}

function initialRule(): OptOutRule {
  return { isOn: false, words: [...defaultOptOutWords] };
}

/** Of words that are the same to the rule, the first. */
function withoutRepeats(words: readonly string[]): string[] {
  return [...new Map([...words].reverse().map((word) => [wordKey(word), word])).values()].reverse();
}
