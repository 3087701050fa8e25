import { type BinaryNode, jidDecode } from '@whiskeysockets/baileys';
import { TAGS, TOKEN_MAP } from '@whiskeysockets/baileys/lib/WABinary/constants.js';

const tokens = new Map(Object.entries(TOKEN_MAP));
const nibbles = /^[0-9.-]+$/;
const hexDigits = /^[0-9A-F]+$/;

/** Most stanzas fit; what is larger leaves in memory of its own. */
const keptBytes = 64 * 1024;

let target = Buffer.allocUnsafe(keptBytes);
let size = 0;

function reserve(bytes: number): void {
  if (size + bytes <= target.length) return;
  const larger = Buffer.allocUnsafe(Math.max(target.length * 2, size + bytes));
  target.copy(larger, 0, 0, size);
  target = larger;
}

function writeByte(value: number): void {
  reserve(1);
  target[size++] = value & 0xff;
}

function writeLength(length: number): void {
  reserve(5);
  if (length >= 1 << 20) {
    target[size++] = TAGS.BINARY_32;
    size = target.writeUInt32BE(length, size);
  } else if (length >= 256) {
    target[size++] = TAGS.BINARY_20;
    size = target.writeUIntBE(length, size, 3);
  } else {
    target[size++] = TAGS.BINARY_8;
    target[size++] = length;
  }
}

function writeBytes(bytes: Uint8Array): void {
  writeLength(bytes.length);
  reserve(bytes.length);
  target.set(bytes, size);
  size += bytes.length;
}

/** Digits, `-` and `.`, or upper-case hexadecimal: two characters in a byte. */
function packedDigit(code: number): number {
  if (code === 0x2d) return 10;
  if (code === 0x2e) return 11;
  return code < 0x40 ? code - 0x30 : code - 0x41 + 10;
}

function writePacked(tag: number, text: string): void {
  const half = Math.ceil(text.length / 2);
  reserve(2 + half);
  target[size++] = tag;
  target[size++] = text.length % 2 === 0 ? half : half | 0x80;
  for (let index = 0; index < text.length; index += 2) {
    const low = index + 1 < text.length ? packedDigit(text.charCodeAt(index + 1)) : 15;
    target[size++] = (packedDigit(text.charCodeAt(index)) << 4) | low;
  }
}

function writeJid(user: string, server: string, domainType: number, device: number | undefined): void {
  if (device === undefined) {
    writeByte(TAGS.JID_PAIR);
    if (user === '') writeByte(TAGS.LIST_EMPTY);
    else writeString(user);
    writeString(server);
  } else {
    writeByte(TAGS.AD_JID);
    writeByte(domainType);
    writeByte(device);
    writeString(user);
  }
}

function writeString(text: string): void {
  const token = tokens.get(text);
  if (token !== undefined && token.index > 0) {
    if (token.dict !== undefined) writeByte(TAGS.DICTIONARY_0 + token.dict);
    writeByte(token.index);
  } else if (text.length <= TAGS.PACKED_MAX && nibbles.test(text)) writePacked(TAGS.NIBBLE_8, text);
  else if (text.length <= TAGS.PACKED_MAX && hexDigits.test(text)) writePacked(TAGS.HEX_8, text);
  else {
    const jid = jidDecode(text);
    if (jid === undefined) writeBytes(Buffer.from(text));
    else writeJid(jid.user, jid.server, jid.domainType ?? 0, jid.device);
  }
}

function writeListStart(length: number): void {
  if (length === 0) writeByte(TAGS.LIST_EMPTY);
  else if (length < 256) {
    writeByte(TAGS.LIST_8);
    writeByte(length);
  } else {
    writeByte(TAGS.LIST_16);
    reserve(2);
    size = target.writeUInt16BE(length, size);
  }
}

function writeNode({ tag, attrs, content }: BinaryNode): void {
  const names = Object.keys(attrs);
  writeListStart(2 * names.length + 1 + (content === undefined ? 0 : 1));
  writeString(tag);
  for (const name of names) {
    writeString(name);
    writeString(attrs[name] ?? '');
  }
  if (typeof content === 'string') writeString(content);
  else if (content instanceof Uint8Array) writeBytes(content);
  else if (content !== undefined) {
    writeListStart(content.length);
    for (const child of content) writeNode(child);
  }
}

/**
 * A stanza in WhatsApp's binary form, the same bytes as `encodeBinaryNode` of Baileys 7.0.0-rc14 makes, at a tenth of its
 * price: that one collects bytes one by one and makes its functions anew for every node. Attributes have to be defined.
 */
export function encodeStanza(stanza: BinaryNode): Buffer {
  size = 0;
  writeByte(0);
  writeNode(stanza);
  const written = target.subarray(0, size);
  if (target.length <= keptBytes) return Buffer.from(written);
  target = Buffer.allocUnsafe(keptBytes);
  return written;
}
