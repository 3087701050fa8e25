/** What the demo shows: invented people and an invented bakery. */
export const demoAccount = 'Corner Bakery';

const style = { backgroundColor: '#1F6F5C', font: 'system-bold' };

/** The posts that need no file, and one of each kind of file. `content` of the others is what their upload answers. */
export const demoPosts = {
  text: {
    type: 'text',
    content: 'Fresh croissants at seven this morning 🥐\nFirst ten customers get a coffee with theirs.',
    style,
  },
  link: { type: 'url', caption: 'Breakfast for the whole office? Order by six.', style },
  picture: { type: 'image', caption: 'Sourdough is out of the oven' },
  video: { type: 'video', caption: 'Five seconds of warm bread' },
  voice: { type: 'audio', style: { backgroundColor: '#7C3AED' } },
};

/** Goes out by itself, the next morning. */
export const demoPlanned = {
  type: 'text',
  content: 'Good morning! Today we bake with plums.',
  style: { backgroundColor: '#7C3AED', font: 'calistoga' },
};

/**
 * What was posted on the days before, in this order: how many days ago, at what time of day, and which share of the contacts
 * looked.
 * @type {{ daysAgo: number, at: [number, number], share: number, status: { type: string, content?: string, caption?: string, style?: object } }[]}
 */
export const demoPast = [
  {
    daysAgo: 3,
    at: [7, 4],
    share: 0.7,
    status: { type: 'text', content: 'We are on WhatsApp now: what is warm, as soon as it is warm.', style },
  },
  {
    daysAgo: 2,
    at: [12, 31],
    share: 0.85,
    status: { type: 'image', caption: 'Lunch loaves, three left' },
  },
  {
    daysAgo: 1,
    at: [16, 45],
    share: 0.8,
    status: {
      type: 'text',
      content: 'Last trays of the day: everything half price until six.',
      style: { backgroundColor: '#B45309', font: 'calistoga' },
    },
  },
];

export const demoTemplate = {
  name: 'Dish of the day',
  status: {
    type: 'text',
    content: '{{dish}} today, only {{price}}!\nCome by, it is {{weekday}}.',
    style: { backgroundColor: '#B45309', font: 'calistoga' },
  },
};

/** A list of some of the contacts. */
export const demoList = { name: 'Regulars', size: 12, tag: 'breakfast' };

export const demoReplies = ['Save two for me, please!', 'Are there some with almonds?', 'On my way 🏃'];

/** The page behind the link. Its picture is beside it. */
export const demoPage = `<!doctype html><title>Croissants for your office</title>
<meta property="og:title" content="Croissants for your office">
<meta property="og:description" content="Order by six, warm on your desk at eight. Twelve for the price of ten.">
<meta property="og:image" content="/croissants.jpg">
<h1>Croissants for your office</h1><p>This page is a part of the demo.</p>`;

/** In the examples of the README a second account posts to these two, who are the first of the names. */
export const readmeNumbers = ['12025550101', '12025550102'];

/** The phone that can link that account. */
export const readmePhone = { name: 'Shop', phoneNumber: '12025550100' };

export const demoNames = [
  'Amara Okafor',
  'Ben Lindqvist',
  'Carla Moreno',
  'Dilan Yilmaz',
  'Elena Petrova',
  'Farid Haddad',
  'Grace Mwangi',
  'Hugo Bernard',
  'Ines Carvalho',
  'Jonas Weber',
  'Kavya Nair',
  'Liam Murphy',
  'Mei Lin',
  'Noor Rahman',
  'Oscar Dahl',
  'Priya Sharma',
  'Quentin Roux',
  'Rosa Jimenez',
  'Samir Khan',
  'Tara Novak',
  'Uma Reddy',
  'Viktor Hansen',
  'Wanda Kowalska',
  'Xavier Costa',
  'Yara Mansour',
  'Zoe Papadakis',
  'Adam Fischer',
  'Bianca Rossi',
  'Chidi Eze',
  'Dana Cohen',
  'Emil Horvat',
  'Fatima Zahra',
  'Giorgio Bianchi',
  'Hana Suzuki',
  'Ivan Marković',
  'Julia Nowak',
  'Karim Benali',
  'Lucia Fernandez',
  'Marta Silva',
  'Nils Bergman',
];
