/*
 * What headings say of a column, in the words of Google Contacts, Outlook, HubSpot and spreadsheets in the languages of most of
 * their users. They are compared without case, accents and marks.
 */

/** Small letters without accents, words apart: `phoneNumber` and `E-mail` are two words each. */
export function plainWords(heading: string): string {
  return heading
    .replaceAll(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .normalize('NFKD')
    .replaceAll(/\p{Mn}/gu, '')
    .toLowerCase()
    .replaceAll(/[ıłđø]/g, (letter) => withoutStrokes[letter] ?? letter)
    .replaceAll(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
    .trim();
}
const withoutStrokes: Readonly<Record<string, string>> = { ı: 'i', ł: 'l', đ: 'd', ø: 'o' };

/** Words between slashes. */
function wordsIn(text: string): string[] {
  return text.split('/').map(plainWords);
}

/** Whether a heading in plain words is one of these. */
function oneOf(text: string): (heading: string) => boolean {
  const words = new Set(wordsIn(text));
  return (heading) => words.has(heading);
}

/** Whether one of these stands in a heading, also as a part of a word. */
function withOneOf(text: string): (heading: string) => boolean {
  const words = wordsIn(text);
  return (heading) => words.some((word) => heading.includes(word));
}

const hasMobileWord = withOneOf(
  'mobil/mobiel/movil/movel/handy/celular/cellulare/cellphone/cell phone/portable/whatsapp/komork/matkapuhelin/gsm/κινητο/נייד/' +
    'جوال/موبايل/محمول/मोबाइल/มือถือ/手机/手機/携帯/휴대/핸드폰/di động/сотов',
);
const isMobileWord = oneOf('cell/cep/hp/nomor hp/no hp/cep no/cep numarası/komórka');
const hasPhoneWord = withOneOf(
  'phone/telefon/telefoon/telephone/puhelin/τηλεφωνο/טלפון/هاتف/فون/फोन/โทร/电话/電話/전화/điện thoại/телефон',
);
const isPhoneWord = oneOf(
  'tel/tlf/tel no/nummer/number/numero/numer/numara/nomor/msisdn/contact number/contact no/номер/號碼/号码/番号/번호',
);
/** Columns of a contact that say something about a number, or have one at which nobody reads. */
const hasOtherWord = withOneOf(
  'fax/faks/факс/ファックス/ファクス/传真/傳真/팩스/φαξ/פקס/فاكس/फैक्स/แฟกซ์/type/label/pager',
);

/** A column that says that it holds phone numbers; `isMobile` when it says that of mobile ones. */
export function isNumberHeading(heading: string): boolean {
  return isMobileHeading(heading) || hasPhoneWord(heading) || isPhoneWord(heading);
}

export function isMobileHeading(heading: string): boolean {
  return hasMobileWord(heading) || isMobileWord(heading);
}

/** A fax, or what says of which kind a number is. */
export function isNoNumberHeading(heading: string): boolean {
  return hasOtherWord(heading) || /\btyp$/.test(heading);
}

export const isNameHeading = oneOf(
  'name/full name/display name/file as/contact name/contact/customer/client/kunde/vollständiger name/anzeigename/nom/nom complet/' +
    'client/nombre/nombre completo/cliente/nome/nome completo/naam/volledige naam/klant/isim/ad soyad/adı soyadı/müşteri/' +
    'imię i nazwisko/nazwa/klient/namn/namn/navn/kund/nimi/jméno/jméno a příjmení/meno/név/teljes név/nume/όνομα/ονοματεπώνυμο/' +
    'שם/שם מלא/имя/фио/клиент/імʼя/піб/име/ime/姓名/名前/氏名/お名前/客户/이름/성명/الاسم/الاسم الكامل/nama/nama lengkap/' +
    'họ tên/họ và tên/नाम/ชื่อ/ชื่อ นามสกุล',
);
export const isGivenNameHeading = oneOf(
  'first name/given name/forename/vorname/prénom/primer nombre/primeiro nome/nome próprio/voornaam/ad/adı/imię/förnamn/fornavn/' +
    'etunimi/křestní jméno/krstné meno/keresztnév/utónév/prenume/שם פרטי/الاسم الأول/名/名字/nama depan/tên/पहला नाम/प्रथम नाम',
);
export const isMiddleNameHeading = oneOf(
  'middle name/additional name/zweiter vorname/weitere vornamen/deuxième prénom/segundo nombre/segundo nome/nome do meio/' +
    'secondo nome/tweede naam/middelste naam/ikinci ad/drugie imię/mellannamn/mellemnavn/mellomnavn/toinen nimi/отчество/' +
    'по батькові/ミドル ネーム/ミドルネーム',
);
export const isFamilyNameHeading = oneOf(
  'last name/family name/surname/nachname/familienname/nom de famille/apellido/apellidos/sobrenome/apelido/cognome/achternaam/' +
    'familienaam/soyad/soyadı/nazwisko/efternamn/efternavn/etternavn/sukunimi/příjmení/priezvisko/vezetéknév/családnév/' +
    'nume de familie/επώνυμο/επίθετο/שם משפחה/اسم العائلة/الاسم الأخير/اللقب/фамилия/прізвище/презиме/prezime/姓/姓氏/성/' +
    'nama belakang/họ/उपनाम/นามสกุล',
);
/** Family names that are said first. */
export const isFamilyNameFirst = oneOf('vezetéknév/családnév/姓/姓氏/성/họ');
export const isTagsHeading = oneOf(
  'tag/tags/label/labels/group/groups/group membership/category/categories/kategorie/kategorien/gruppe/gruppen/etiketten/' +
    'étiquette/étiquettes/groupe/groupes/libellés/catégorie/catégories/etiqueta/etiquetas/categoría/categorías/grupo/grupos/' +
    'rótulos/marcadores/etichetta/etichette/gruppo/gruppi/categoria/categorie/groep/groepen/categorieën/etiket/etiketler/grup/' +
    'gruplar/kategori/kategoriler/etykieta/etykiety/grupa/grupy/etiketter/grupp/grupper/kategorier/ryhmä/ryhmät/luokat/' +
    'tunnisteet/štítky/skupina/skupiny/csoport/csoportok/címkék/kategóriák/grupuri/etichete/ετικέτες/ομάδα/ομάδες/κατηγορίες/' +
    'תוויות/קבוצה/קבוצות/مجموعة/مجموعات/تصنيفات/группа/группы/ярлыки/метки/теги/категория/категории/група/групи/ラベル/グループ/' +
    'タグ/分類/カテゴリ/标签/標籤/分组/组/类别/라벨/그룹/태그/범주/nhóm/nhãn/समूह/กลุ่ม/ป้ายกำกับ',
);
