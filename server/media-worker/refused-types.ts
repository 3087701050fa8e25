/** What a file is that cannot be taken, as people call it, and what to do. */
export interface RefusedType {
  name: string;
  advice: string;
}

const asJpeg = 'Save it as JPEG.';
const asMp3 = 'Save it as MP3.';
const unpackIt = 'Unpack it and upload what is in it.';
const asPng = 'Save it as PNG.';
const asMp4 = 'Save it as MP4.';
const raw = (camera: string): RefusedType => ({
  name: `a raw picture of a ${camera} camera`,
  advice: 'Develop it as JPEG.',
});

const picture = (name: string, advice = asJpeg): RefusedType => ({ name: `${name} picture`, advice });
const recording = (name: string): RefusedType => ({ name: `${name} recording`, advice: asMp3 });
const archive = (name: string): RefusedType => ({ name: `an archive (${name})`, advice: unpackIt });
const program: RefusedType = { name: 'a program', advice: 'It cannot be shown.' };
const office = (name: string): RefusedType => ({ name, advice: 'Save the page as a picture.' });
const webPage: RefusedType = {
  name: 'a web page (HTML)',
  advice: 'Save the picture or recording itself, not the page that shows it.',
};
const text = (name: string): RefusedType => ({ name, advice: 'Post it as text, or save the page as a picture.' });

const refusedTypes: Readonly<Record<string, RefusedType>> = {
  'application/pdf': { name: 'a PDF document', advice: 'Save the page as a picture.' },
  'application/postscript': { name: 'a PostScript document', advice: 'Save the page as a picture.' },
  'application/eps': { name: 'a PostScript drawing (EPS)', advice: asPng },
  'image/vnd.adobe.photoshop': { name: 'a Photoshop document (PSD)', advice: asJpeg },
  'image/x-adobe-dng': { name: 'a raw picture (DNG)', advice: 'Develop it as JPEG.' },
  'image/x-canon-cr2': raw('Canon'),
  'image/x-canon-cr3': raw('Canon'),
  'image/x-nikon-nef': raw('Nikon'),
  'image/x-sony-arw': raw('Sony'),
  'image/x-fujifilm-raf': raw('Fujifilm'),
  'image/x-olympus-orf': raw('Olympus'),
  'image/x-panasonic-rw2': raw('Panasonic'),
  'image/jxl': { name: 'a JPEG XL picture', advice: asJpeg },
  'image/jp2': { name: 'a JPEG 2000 picture', advice: asJpeg },
  'image/x-icon': { name: 'an icon (ICO)', advice: asPng },
  'image/x-xcf': { name: 'a GIMP document (XCF)', advice: asJpeg },
  'video/x-ms-asf': { name: 'a Windows Media video (WMV)', advice: asMp4 },
  'audio/x-ms-asf': { name: 'a Windows Media recording (WMA)', advice: asMp3 },
  'application/vnd.ms-asf': { name: 'a Windows Media file (WMV or WMA)', advice: 'Save it as MP4 or MP3.' },
  'application/vnd.rn-realmedia': { name: 'a RealMedia file', advice: 'Save it as MP4 or MP3.' },
  'video/x-flv': { name: 'a Flash video (FLV)', advice: asMp4 },
  'application/x-shockwave-flash': { name: 'a Flash film (SWF)', advice: asMp4 },
  'application/mxf': { name: 'a video of a film camera (MXF)', advice: asMp4 },
  'audio/midi': { name: 'a MIDI score', advice: 'Record it as MP3.' },
  'audio/vnd.dolby.dd-raw': recording('a Dolby Digital (AC-3)'),
  'audio/wavpack': recording('a WavPack'),
  'audio/ape': recording('a Monkey’s Audio (APE)'),
  'audio/x-dsf': recording('a DSD (DSF)'),
  'audio/x-musepack': recording('a Musepack'),
  'audio/x-voc': recording('a Creative Voice (VOC)'),
  'audio/qcelp': recording('a PureVoice (QCP)'),
  'audio/x-it': recording('a tracker module (IT)'),
  'audio/x-s3m': recording('a tracker module (S3M)'),
  'audio/x-xm': recording('a tracker module (XM)'),
  'image/jxr': picture('a JPEG XR'),
  'image/jpx': picture('a JPEG 2000'),
  'image/jpm': picture('a JPEG 2000'),
  'image/mj2': picture('a JPEG 2000'),
  'image/flif': picture('a FLIF'),
  'image/bpg': picture('a BPG'),
  'image/ktx': picture('a KTX'),
  'image/icns': { name: 'an icon (ICNS)', advice: asPng },
  'application/zip': archive('ZIP, which documents of office programs are, too'),
  'application/x-7z-compressed': archive('7z'),
  'application/x-rar-compressed': archive('RAR'),
  'application/x-tar': archive('TAR'),
  'application/gzip': archive('GZIP'),
  'application/x-bzip2': archive('BZIP2'),
  'application/x-xz': archive('XZ'),
  'application/zstd': archive('ZSTD'),
  'application/x-msdownload': program,
  'application/x-elf': program,
  'application/x-mach-binary': program,
  'application/wasm': program,
  'application/java-vm': program,
  'application/rtf': office('a document (RTF)'),
  'application/x-cfb': office('a document of an office program'),
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': office('a Word document'),
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': office('an Excel workbook'),
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': office('a PowerPoint presentation'),
  'application/vnd.oasis.opendocument.text': office('an OpenDocument text'),
  'application/epub+zip': office('an e-book (EPUB)'),
  'application/xml': text('an XML document'),
};

const bareStream: RefusedType = { name: 'a bare H.264 or HEVC stream', advice: asMp4 };
const targa = picture('a Targa (TGA)');

/** Of what the library for types does not know: how it begins, in Latin-1, and what stands behind so many bytes. */
const beginnings: readonly { at?: number; marks: readonly string[]; type: RefusedType }[] = [
  { marks: ['.snd'], type: recording('a Sun audio (AU)') },
  { marks: ['TTA1', 'TTA2'], type: recording('a True Audio (TTA)') },
  { marks: ['riff\x2e\x91\xcf\x11'], type: recording('a Wave64 (W64)') },
  { marks: ['.ra\xfd'], type: recording('a RealAudio') },
  {
    marks: ['\0\0\0\x01\x67', '\0\0\0\x01\x27', '\0\0\0\x01\x09', '\0\0\0\x01\x40', '\0\0\0\x01\x46'],
    type: bareStream,
  },
  { marks: ['\0\0\x01\x67', '\0\0\x01\x27', '\0\0\x01\x09', '\0\0\x01\x40'], type: bareStream },
  { marks: ['YUV4MPEG2'], type: { name: 'an unpacked video (Y4M)', advice: asMp4 } },
  { marks: ['AT&TFORM'], type: office('a scanned document (DjVu)') },
  { marks: ['P1\n', 'P2\n', 'P3\n', 'P4\n', 'P5\n', 'P6\n', 'P7\n'], type: picture('a portable bitmap (PNM)') },
  { marks: ['v/1\x01'], type: picture('an OpenEXR') },
  { marks: ['#?RADIANCE'], type: picture('a Radiance HDR') },
  { marks: ['qoif'], type: picture('a QOI', asPng) },
  { marks: ['DDS '], type: picture('a DirectDraw (DDS)', asPng) },
  { at: 40, marks: [' EMF'], type: { name: 'a Windows drawing (EMF)', advice: asPng } },
  { marks: ['\xd7\xcd\xc6\x9a'], type: { name: 'a Windows drawing (WMF)', advice: asPng } },
  { marks: ['\0\0\x02\0\0\0\0\0', '\0\0\x03\0\0\0\0\0', '\0\0\x0a\0\0\0\0\0', '\0\0\x0b\0\0\0\0\0'], type: targa },
  {
    marks: ['#EXTM3U'],
    type: { name: 'a playlist (M3U8), which only names other files', advice: 'Save the video as MP4.' },
  },
];

/** Undefined for what may be taken, or is not known at all. `beginning` are the first bytes: text has no other mark. */
export function nameOfRefused(mimeType: string | undefined, beginning: Buffer): RefusedType | undefined {
  const isPlain = mimeType === undefined || mimeType === 'application/xml';
  const written = beginning.toString('latin1');
  if (isPlain && /<svg[\s>]/i.test(written)) return { name: 'a drawing (SVG)', advice: asPng };
  if (isPlain && /^\s*(<!--[^]*?-->\s*)*<(!doctype\s+html|html|head|body)[\s>]/i.test(written)) return webPage;
  if (mimeType !== undefined && !isEmptyIcon(mimeType, beginning)) return refusedTypes[mimeType];
  const known = beginnings.find(({ at = 0, marks }) => marks.some((mark) => written.startsWith(mark, at)));
  if (known) return known.type;
  return isText(beginning) ? text('a text file') : undefined;
}

/** A Targa picture begins like an icon of no pictures. */
function isEmptyIcon(mimeType: string, beginning: Buffer): boolean {
  return mimeType === 'image/x-icon' && beginning.subarray(4, 6).equals(Buffer.alloc(2));
}

/** Letters and line breaks alone, whatever the language; a letter may be cut in two at the end of what was read. */
function isText(beginning: Buffer): boolean {
  const [tab, carriageReturn, escape, space] = [9, 13, 27, 32];
  const hasOthers = beginning.some((byte) => byte < space && (byte < tab || byte > carriageReturn) && byte !== escape);
  return !hasOthers && !beginning.toString('utf8').slice(0, -1).includes('\ufffd');
}
