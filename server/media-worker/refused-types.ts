/** What a file is that cannot be taken, as people call it, and what to do. */
export interface RefusedType {
  name: string;
  advice: string;
}

const asJpeg = 'Save it as JPEG.';
const asPng = 'Save it as PNG.';
const asMp4 = 'Save it as MP4.';
const raw = (camera: string): RefusedType => ({
  name: `a raw picture of a ${camera} camera`,
  advice: 'Develop it as JPEG.',
});

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
  'audio/x-ms-asf': { name: 'a Windows Media recording (WMA)', advice: 'Save it as MP3.' },
  'application/vnd.ms-asf': { name: 'a Windows Media file (WMV or WMA)', advice: 'Save it as MP4 or MP3.' },
  'application/vnd.rn-realmedia': { name: 'a RealMedia file', advice: 'Save it as MP4 or MP3.' },
  'video/x-flv': { name: 'a Flash video (FLV)', advice: asMp4 },
  'audio/midi': { name: 'a MIDI score', advice: 'Record it as MP3.' },
};

/** Undefined for what may be taken, or is not known at all. `beginning` are the first bytes: text has no other mark. */
export function nameOfRefused(mimeType: string | undefined, beginning: Buffer): RefusedType | undefined {
  if (/<svg[\s>]/i.test(beginning.toString('latin1')) && (mimeType === undefined || mimeType === 'application/xml')) {
    return { name: 'a drawing (SVG)', advice: asPng };
  }
  return mimeType === undefined ? undefined : refusedTypes[mimeType];
}
