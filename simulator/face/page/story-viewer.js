import { avatar, make, timeAgo } from './dom.js';
import { videoPlayer, voicePlayer } from './media-player.js';
import { api } from './simulator-api.js';

const fonts = { 2: 'script', 6: 'bold', 7: 'breeze', 8: 'calistoga', 9: 'exo', 10: 'courier' };

/**
 * One story, full screen, as WhatsApp shows it.
 * @param {any} phone @param {any[]} stories of one author @param {number} index
 * @param {{ onMove: (step: number) => void, onClose: () => void, onLike: () => void, onReply: (story: any, text: string) => void }} hands
 */
export function storyViewer(phone, stories, index, hands) {
  const story = stories[index];
  const view = make('div', { class: `story ${story.type ?? 'locked'}`, 'data-story': story.id });
  if (story.background) view.style.setProperty('--background', story.background);
  if (story.color) view.style.setProperty('--color', story.color);
  const segments = stories.map((_, at) => make('i', { class: at < index ? 'done' : at === index ? 'now' : '' }));
  view.append(
    make('div', { class: 'segments', 'aria-hidden': 'true' }, segments),
    make('header', { class: 'story-head' }, [
      make('button', { type: 'button', class: 'icon', 'aria-label': 'Back', text: '‹', onclick: hands.onClose }),
      avatar(story.author.name),
      make('span', { class: 'person-words' }, [
        make('strong', { text: story.author.isSelf ? 'My status' : story.author.name }),
        make('small', { text: timeAgo(story.receivedAt) }),
      ]),
    ]),
    content(phone, story),
    make('button', {
      type: 'button',
      class: 'turn left',
      'aria-label': 'Previous story',
      onclick: () => hands.onMove(-1),
    }),
    make('button', { type: 'button', class: 'turn right', 'aria-label': 'Next story', onclick: () => hands.onMove(1) }),
  );
  if (!story.author.isSelf) view.append(answerBar(story, hands));
  return view;
}

/** @param {any} phone @param {any} story */
function content(phone, story) {
  if (story.deletedAt !== null) return make('p', { class: 'words', text: 'This story was deleted by its author.' });
  if (story.type === null)
    return make('p', { class: 'words', text: 'Received without decrypting: nobody watches this phone.' });
  if (story.type === 'text') {
    const length = [...story.text].length;
    const size = length < 40 ? 'large' : length < 160 ? 'medium' : 'small';
    return make('div', { class: 'words-frame' }, [
      make('p', { class: `words ${size} font-${fonts[story.font] ?? 'system'}`, text: story.text }),
      story.link && linkCard(story.link),
    ]);
  }
  const source = api.mediaUrl(phone.phoneNumber, story.id);
  const { file, parts } = player(source, story);
  file.addEventListener('error', () =>
    parts[0]?.replaceWith(make('p', { class: 'words', text: 'The file could not be opened.' })),
  );
  return make('figure', { class: 'media-frame' }, [...parts, story.text && make('figcaption', { text: story.text })]);
}

/** @param {string} source @param {any} story */
function player(source, story) {
  if (story.type === 'video') return videoPlayer(source, story.text ?? 'video');
  if (story.type !== 'image') return voicePlayer(source, story);
  const file = make('img', { src: source, alt: story.text ?? 'image' });
  return { file, parts: [file] };
}

/** @param {{ url: string, title: string | null, description: string | null }} link */
function linkCard(link) {
  let host = link.url;
  try {
    host = new URL(link.url).host;
  } catch {
    // Shown as it came.
  }
  return make('div', { class: 'link-card' }, [
    make('strong', { text: link.title ?? host }),
    link.description && make('span', { text: link.description }),
    make('small', { text: host }),
  ]);
}

/** @param {any} story @param {{ onLike: () => void, onReply: (story: any, text: string) => void }} hands */
function answerBar(story, hands) {
  const input = make('input', { type: 'text', placeholder: 'Reply…', 'aria-label': 'Reply', autocomplete: 'off' });
  const form = make('form', { class: 'answer' }, [
    input,
    make('button', { type: 'button', class: 'icon heart', onclick: hands.onLike }),
  ]);
  showLike(form, story);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (text === '') return;
    input.value = '';
    hands.onReply(story, text);
  });
  return form;
}

/** Shows whether the story is liked, and leaves the rest as it is: a video plays on. @param {HTMLElement} view @param {any} story */
export function showLike(view, { likedWith }) {
  const heart = view.querySelector('.heart');
  if (!heart) return;
  heart.classList.toggle('on', likedWith !== null);
  heart.setAttribute('aria-label', likedWith === null ? 'Like' : 'Take the like back');
  heart.setAttribute('aria-pressed', String(likedWith !== null));
  heart.title = likedWith ?? '';
  // Drawn as a character of text: not every machine has a font with coloured emoji.
  heart.textContent = likedWith === null ? '♡' : '♥';
}
