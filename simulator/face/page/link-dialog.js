import { byId, make, toast } from './dom.js';
import { api } from './simulator-api.js';

/**
 * Linking, as on a phone: scan a QR (as text or as a picture of it) or type a code.
 * @param {{ phoneNumber: string, name: string }[]} phones that may link once more @param {(linked: { phoneNumber: string }) => void} onLinked
 */
export function openLinkDialog(phones, onLinked) {
  const dialog = byId('link-dialog');
  const problem = make('p', { class: 'problem', role: 'alert' });
  const busy = make('p', { class: 'quiet' });

  /** @param {string} words @param {() => Promise<{ phoneNumber: string }>} act */
  const attempt = async (words, act) => {
    problem.textContent = '';
    busy.textContent = words;
    try {
      const linked = await act();
      dialog.close();
      toast(`Linked to +${linked.phoneNumber}`);
      onLinked(linked);
    } catch (error) {
      problem.textContent = error.message;
    } finally {
      busy.textContent = '';
    }
  };

  const qr = make('textarea', {
    id: 'qr-text',
    rows: '4',
    placeholder: 'Paste the text of the QR, or a screenshot of it',
  });
  /** @param {Blob | null | undefined} picture */
  const readPicture = async (picture) => {
    if (!picture) return;
    problem.textContent = '';
    try {
      qr.value = (await api.readQr(picture)).text;
      toast('The QR was read from the picture');
    } catch (error) {
      problem.textContent = error.message;
    }
  };
  qr.addEventListener('paste', (event) => {
    const picture = [...(event.clipboardData?.items ?? [])].find((item) => item.type.startsWith('image/'));
    if (!picture) return;
    event.preventDefault();
    void readPicture(picture.getAsFile());
  });
  const drop = make('label', { class: 'drop' }, [
    make('span', { text: 'or drop a screenshot here' }),
    make('input', {
      id: 'qr-picture',
      type: 'file',
      accept: 'image/*',
      onchange: (event) => void readPicture(event.target.files[0]),
    }),
  ]);
  drop.addEventListener('dragover', (event) => event.preventDefault());
  drop.addEventListener('drop', (event) => {
    event.preventDefault();
    void readPicture(event.dataTransfer?.files[0]);
  });
  const who = make('select', { id: 'qr-phone' }, [
    make('option', { value: '', text: 'A fresh phone' }),
    ...phones.map(({ phoneNumber, name }) => make('option', { value: phoneNumber, text: `${name}, +${phoneNumber}` })),
  ]);
  const scan = make('form', { class: 'method' }, [
    make('h3', { text: 'Scan a QR' }),
    make('label', {}, [make('span', { text: 'Which phone' }), who]),
    qr,
    drop,
    make('button', { type: 'submit', class: 'button strong', text: 'Scan' }),
  ]);
  scan.addEventListener('submit', (event) => {
    event.preventDefault();
    void attempt('The phone is linking…', () => api.scanQr(qr.value.trim(), who.value));
  });

  const number = make('input', {
    id: 'code-number',
    inputmode: 'numeric',
    placeholder: '49 1511 2345678',
    autocomplete: 'off',
  });
  const code = make('input', {
    id: 'code-text',
    class: 'code',
    placeholder: 'ABCD-1234',
    maxlength: '9',
    autocomplete: 'off',
    autocapitalize: 'characters',
    spellcheck: 'false',
  });
  // As the phone writes it while it is typed: capitals, and the dash by itself.
  code.addEventListener('input', () => {
    const letters = code.value
      .toUpperCase()
      .replace(/[^A-Z0-9]/g, '')
      .slice(0, 8);
    if (code.selectionStart === code.value.length) code.value = letters.replace(/^(.{4})(.)/, '$1-$2');
  });
  const type = make('form', { class: 'method' }, [
    make('h3', { text: 'Type a code' }),
    make('p', { class: 'quiet', text: 'The eight letters that the other side shows for this number.' }),
    make('label', {}, [make('span', { text: 'Phone number' }), number]),
    make('label', {}, [make('span', { text: 'Code' }), code]),
    make('button', { type: 'submit', class: 'button strong', text: 'Link with code' }),
  ]);
  type.addEventListener('submit', (event) => {
    event.preventDefault();
    const digits = number.value.replace(/\D/g, '');
    void attempt('The phone is linking…', () => api.enterCode(digits, code.value.trim()));
  });

  dialog.replaceChildren(
    make('header', {}, [
      make('h2', { id: 'link-title', text: 'Link a device' }),
      make('button', {
        type: 'button',
        class: 'icon',
        'aria-label': 'Close',
        text: '×',
        onclick: () => dialog.close(),
      }),
    ]),
    make('div', { class: 'methods' }, [scan, type]),
    busy,
    problem,
  );
  dialog.showModal();
  qr.focus();
}
