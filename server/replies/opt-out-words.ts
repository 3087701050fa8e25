/** Ways to say "no more" that mean nothing else when they stand alone, in the languages of most who use WhatsApp. */
export const defaultOptOutWords: readonly string[] = [
  'STOP',
  'UNSUBSCRIBE',
  'STOPP',
  'ABMELDEN',
  'ARRÊT',
  'ARRÊTER',
  'DÉSABONNER',
  'BAJA',
  'SAIR',
  'DESCADASTRAR',
  'BASTA',
  'STOPPEN',
  'AFMELDEN',
  'AVSLUTA',
  'AFMELD',
  'LOPETA',
  'WYPISZ',
  'ODHLÁSIT',
  'LEIRATKOZÁS',
  'DEZABONARE',
  'СТОП',
  'ОТПИСАТЬСЯ',
  'ВІДПИСАТИСЯ',
  'İPTAL',
  'إيقاف',
  'توقف',
  'הסר',
  'لغو',
  'रोकें',
  'बंद करो',
  'বন্ধ',
  'நிறுத்து',
  'BERHENTI',
  'HENTI',
  'DỪNG',
  'หยุด',
  '停止',
  '退订',
  '退訂',
  '配信停止',
  '수신거부',
  '중지',
];

/** Accents, the points of Arabic and Hebrew vowels, and what nobody sees: how an emoji is drawn, too. */
const unheard = /[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u0640\p{Cf}\p{Variation_Selector}]/gu;

/**
 * What two ways to write one word have in common: the same letters, whatever their case, their accents, the width they have, the
 * points of vowels, and whatever stands before and after them. Marks that make another letter, as in Indian scripts, stay.
 */
export function wordKey(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(unheard, '')
    .toLowerCase()
    .replaceAll(/[\u0300-\u036f]/gu, '')
    .replaceAll('ı', 'i')
    .replaceAll(/^[^\p{L}\p{N}]+|(?:[^\p{L}\p{M}\p{N}]\p{M}*)+$/gu, '')
    .replaceAll(/\s+/gu, ' ');
}
