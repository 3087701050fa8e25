import { eventually } from '../support/eventually.js';
import { startTestSimulator } from '../support/simulator.js';
import { openTestGateway } from '../whatsapp/open-gateway.js';

describe('an address book whose phone told its history before the offline queue was at its end', function () {
  this.timeout(120_000);

  it('is asked for once Baileys has given up waiting for that history', async () => {
    const own = '4915112345678';
    const simulator = await startTestSimulator({ settings: { offlineEnd: false } });
    const gateway = await openTestGateway(simulator, { offlineEndMs: 4_000 });
    try {
      const contacts = simulator.addContacts(3);
      simulator.controls.linking.addAccount({ phoneNumber: own, name: 'Ada' });
      await simulator.controls.accounts.fillAddressBook(own, { all: true });
      const linking = gateway.open();
      const { qr } = await linking.event('qr');
      await simulator.scanQr(qr, { phoneNumber: own });
      await linking.event('closed');
      const live = gateway.open();
      await live.event('open');
      const saved = () => live.addressBook.filter((news) => news.type === 'contact' && news.savedName !== undefined);
      // Baileys waits for 20 s, from the end of the queue on.
      await eventually(() => saved().length === contacts.length, { timeoutMs: 60_000, what: 'the saved contacts' });
      await eventually(() => live.addressBook.some(({ type }) => type === 'synced'), { what: 'the end of the book' });
    } finally {
      await gateway.stop();
      await simulator.stop();
    }
  });
});
