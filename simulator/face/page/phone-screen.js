import { avatar, make, timeAgo } from './dom.js';

/**
 * The "Updates" screen of a phone: whose stories there are, and private messages.
 * @param {any} phone @param {(authorPhone: string) => void} onOpen
 */
export function updatesScreen(phone, onOpen) {
  const authors = new Map();
  for (const story of phone.storyList) {
    if (story.deletedAt !== null) continue;
    const list = authors.get(story.author.phoneNumber) ?? [];
    authors.set(story.author.phoneNumber, [...list, story]);
  }
  const lines = [...authors.values()].reverse().map((stories) => authorLine(stories, onOpen));
  const deleted = phone.storyList.filter((story) => story.deletedAt !== null).length;
  return make('div', { class: 'updates' }, [
    make('header', {}, [
      make('h2', { text: 'Updates' }),
      make('small', { text: `${phone.name} · +${phone.phoneNumber}` }),
    ]),
    make('h3', { text: 'Status' }),
    ...(lines.length > 0
      ? lines
      : [make('p', { class: 'quiet', text: 'No stories yet. They appear here the moment they arrive.' })]),
    deleted > 0 && make('p', { class: 'quiet', text: `${deleted} deleted by the author` }),
    phone.messages.length > 0 && make('h3', { text: 'Messages' }),
    ...phone.messages
      .slice(-8)
      .map((message) =>
        make('div', { class: 'bubble' }, [
          make('small', { text: message.from }),
          make('span', { text: message.text ?? '(no text)' }),
        ]),
      ),
  ]);
}

/** @param {any[]} stories @param {(authorPhone: string) => void} onOpen */
function authorLine(stories, onOpen) {
  const [{ author }] = stories;
  const last = stories[stories.length - 1];
  const unseen = stories.filter((story) => story.viewedAt === null && !author.isSelf).length;
  return make(
    'button',
    { type: 'button', class: 'author', 'data-author': author.phoneNumber, onclick: () => onOpen(author.phoneNumber) },
    [
      avatar(author.name, unseen > 0 ? 'new' : 'seen'),
      make('span', { class: 'person-words' }, [
        make('strong', { text: author.isSelf ? 'My status' : author.name }),
        make('small', {
          text: `${timeAgo(last.receivedAt)} · ${stories.length === 1 ? '1 story' : `${stories.length} stories`}`,
        }),
      ]),
      unseen > 0 && make('span', { class: 'count', text: unseen }),
    ],
  );
}

/** Facts about a story as it came over the wire. @param {any} story @param {any} report facts of its file, or a sentence */
export function wireFacts(story, report) {
  if (!story) {
    return [
      make('h2', { text: 'On the wire' }),
      make('p', {
        class: 'quiet',
        text: 'Open a story to see what really arrived: its id, devices, copies, colours, file.',
      }),
    ];
  }
  const rows = [
    ['Message id', story.id],
    ['Type', story.type ?? 'not decrypted'],
    ['Received', new Date(story.receivedAt).toLocaleTimeString()],
    ['Viewed', story.viewedAt === null ? 'not yet' : new Date(story.viewedAt).toLocaleTimeString()],
    ['Devices', story.devices.map((id) => (id === 0 ? 'phone' : `linked ${id}`)).join(', ')],
    ['Copies', String(story.copies)],
    ['Background', story.background],
    ['Text colour', story.color],
    ['Font', story.font === null ? null : String(story.font)],
    ['Reshare', story.type === 'voice' || story.type === null ? null : story.canBeReshared ? 'allowed' : 'not allowed'],
  ];
  if (report?.facts) {
    const { facts, thumbnail } = report;
    rows.push(
      ['File', `${facts.mimetype}, ${Math.ceil(facts.sizeBytes / 1024)} KiB`],
      ['Picture', facts.width === null ? null : `${facts.width} × ${facts.height}`],
      ['Duration', facts.seconds === null ? null : `${facts.seconds.toFixed(1)} s`],
      ['Codecs', [facts.videoCodec, facts.audioCodec].filter(Boolean).join(' + ') || null],
      ['Thumbnail', thumbnail ? `${thumbnail.width} × ${thumbnail.height}` : 'none'],
    );
  }
  const notes = [...story.warnings, ...(report?.problems ?? []), ...(typeof report === 'string' ? [report] : [])];
  if (story.misaddressed) notes.push('It came as a resend that named the device, not the status list.');
  return [
    make('h2', { text: 'On the wire' }),
    make(
      'dl',
      {},
      rows
        .filter(([, value]) => value)
        .flatMap(([name, value]) => [make('dt', { text: name }), make('dd', { text: value })]),
    ),
    notes.length > 0
      ? make(
          'ul',
          { class: 'notes' },
          notes.map((note) => make('li', { text: note })),
        )
      : verdict(story, report),
  ];
}

/** Says no more than what was really checked so far. @param {any} story @param {any} report */
function verdict(story, report) {
  if (story.type === null)
    return make('p', { class: 'quiet', text: 'Nobody watches this phone, so nothing was decrypted.' });
  if (story.media && !report) return make('p', { class: 'quiet', text: 'Fetching the file…' });
  return make('p', { class: 'fine', text: 'Decrypted; signatures and hashes checked; nothing to complain about.' });
}
