import type { PhoneList } from '../../server/audiences/left-out.js';
import type { LeaveOuts } from '../../server/posting/posting-service.js';
import type { PersonAddress } from '../../server/whatsapp/gateway.js';

/** Opt-outs by number, and the phone's list, that a test changes while a status is in work; `readings` counts how often they were read. */
export class TestLeaveOuts implements LeaveOuts {
  optedOut: string[] = [];
  phoneList: PhoneList = { mode: 'contacts', people: [] };
  readings = 0;

  rulesOfSession(): ReturnType<LeaveOuts['rulesOfSession']> {
    this.readings += 1;
    const optedOut = this.optedOut.map((phoneNumber): PersonAddress => ({ phoneNumber, lid: null }));
    const own = { phoneNumber: null, lid: null };
    return Promise.resolve({ own, optedOut, excepted: [], phoneList: this.phoneList });
  }

  rulesVersion(): Promise<string> {
    return Promise.resolve(this.optedOut.join());
  }

  isLeftOut(_place: unknown, { phoneNumber }: { phoneNumber: string | null }): Promise<boolean> {
    return Promise.resolve(phoneNumber !== null && this.optedOut.includes(phoneNumber));
  }

  statusSetting(): ReturnType<LeaveOuts['statusSetting']> {
    return Promise.resolve('contacts');
  }
}
