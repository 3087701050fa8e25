import assert from 'node:assert/strict';
import { attachmentName, servedType } from '../../server/replies/served-file.js';

describe('the file of a stranger, as it is served', () => {
  it('is of the type that its sender says only where a browser runs nothing that is in it', () => {
    for (const [claimed, served] of [
      ['image/jpeg', 'image/jpeg'],
      ['audio/ogg; codecs=opus', 'audio/ogg'],
      [' VIDEO/MP4 ', 'video/mp4'],
      ['image/png;charset=x;a=b', 'image/png'],
    ] as const) {
      assert.equal(servedType(claimed), served);
    }
    for (const claimed of [
      'text/html',
      'image/svg+xml',
      'application/xhtml+xml',
      'application/pdf',
      'text/javascript',
      'image/jpeg, text/html',
      'image/jpeg\r\nset-cookie: a=b',
      'constructor',
      '',
      ';',
      null,
    ]) {
      assert.equal(servedType(claimed), 'application/octet-stream', String(claimed));
    }
  });

  it('is saved under its own name, in plain letters and in all', () => {
    assert.equal(attachmentName('order.pdf'), `attachment; filename="order.pdf"; filename*=UTF-8''order.pdf`);
    assert.equal(
      attachmentName('Größe (2).pdf'),
      `attachment; filename="Gr__e (2).pdf"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%282%29.pdf`,
    );
  });

  it('has a name that leads to no other folder, ends no header and turns no letters round', () => {
    for (const [name, plain] of [
      ['../../etc/passwd', '.._.._etc_passwd'],
      ['..\\boot.ini', '.._boot.ini'],
      ['a"; filename="b.exe', 'a_; filename=_b.exe'],
      ['a\r\nset-cookie: b', 'a__set-cookie: b'],
      ['100%41.txt', '100_41.txt'],
      ['cv\u202efdp.exe', 'cv_fdp.exe'],
      ['\ud800.txt', '_.txt'],
    ] as const) {
      const header = attachmentName(name);
      assert.ok(header.startsWith(`attachment; filename="${plain}"; filename*=UTF-8''`), header);
      assert.match(header, /^[ -~]+$/);
      assert.ok(!/[/\\\u202e]/.test(decodeURIComponent(header.split("''")[1] ?? '')), header);
    }
  });
});
