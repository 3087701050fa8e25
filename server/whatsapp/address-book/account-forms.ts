import type { Clock } from '../../lib/clock.js';
import type { AccountFormsStore } from './account-forms-store.js';
import { type AddressForm, type FormName, formOf } from './address-forms.js';
import type { AccountIdentity } from '../gateway.js';

/** For so long a form that worked is taken first; then the account begins at the top of its ladder again. */
const rememberedForMs = 7 * 24 * 60 * 60 * 1000;

export interface AccountFormsParts {
  sessionId: string;
  store: AccountFormsStore;
  clock: Clock;
}

/** In which form an account's posts are taken, as far as refusals have taught it. */
export class AccountForms {
  /** Nothing is forgotten where nothing is remembered: that would be a write with every post. */
  private mayBeRemembered = true;

  constructor(private readonly parts: AccountFormsParts) {}

  /** The form to begin with. */
  async first(account: AccountIdentity): Promise<AddressForm> {
    const { sessionId, store, clock } = this.parts;
    const known = await store.find(sessionId);
    this.mayBeRemembered = known !== undefined;
    const isCurrent = known !== undefined && Math.abs(clock.now().getTime() - known.learnedAt) < rememberedForMs;
    return formOf(account, isCurrent ? known.form : undefined);
  }

  /** WhatsApp took a post in this form; others before it, from `begun` on, were refused. */
  async worked(account: AccountIdentity, form: FormName, begun: FormName): Promise<void> {
    const { sessionId, store, clock } = this.parts;
    if (form !== begun) {
      this.mayBeRemembered = true;
      await store.save(sessionId, form, clock.now().getTime());
    } else if (this.mayBeRemembered && form === formOf(account, undefined).name) await store.forget(sessionId);
  }
}
